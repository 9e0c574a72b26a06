//! Envelopes: the members at the top of a payload, which are read once and all optional.
//!
//! Platforms that do not publish their format need many places for one value, so an envelope lists each member once, with
//! its type. The reader, the comparison of names and the list of known members follow from that list.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};

use super::decode::Unreadable;
use super::why::Why;

/// The members at the top of a payload, or under its `data`. The macro `envelope!` declares and implements it.
pub(super) trait Envelope<'t>: Default {
    /// The names of all members.
    const MEMBERS: &'static [&'static str];

    /// Reads an object's members into this envelope. A member that occurs twice is an error.
    fn visit<A: MapAccess<'t>>(&mut self, members: A) -> Result<(), A::Error>;

    /// Returns the text on which the members under `names` agree, or `None` if all are absent.
    fn agreed_name(&self) -> Result<Option<Cow<'t, str>>, Unreadable>;

    /// Adds the members of another envelope that are missing in this one.
    fn add(&mut self, other: Self);

    /// Reads one JSON text, which must be an object, into this envelope.
    fn fill(&mut self, text: &'t str) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        reader.deserialize_map(InPlace(self))?;
        reader.end()
    }

    /// Reads one JSON text, which must be an object.
    fn read(name: Option<&str>, text: &'t str) -> Result<Self, Unreadable> {
        let mut envelope = Self::default();
        envelope.fill(text).map_err(|error| (name.map(str::to_owned), Why::from(error)))?;
        Ok(envelope)
    }
}

/// Reads members where they stay, because a large envelope would otherwise be moved from reader to reader.
struct InPlace<'e, E>(&'e mut E);

impl<'t, E: Envelope<'t>> Visitor<'t> for InPlace<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'t>>(self, members: A) -> Result<(), A::Error> {
        self.0.visit(members)
    }
}

/// Declares an envelope. Members under `names` hold the event's name. A wire name in parentheses replaces the field's.
macro_rules! envelope {
    (
        $(#[$meta:meta])*
        $vis:vis struct $envelope:ident {
            names: [$($name:ident $(($name_text:literal))?),+ $(,)?],
            $($member:ident $(($text:literal))?: $type:ty,)+
        }
    ) => {
        $crate::platform::envelope::envelope! {
            @impl $(#[$meta])* $vis struct $envelope [$($name)+] {
                $($name $(($name_text))?: &'t serde_json::value::RawValue,)+
                $($member $(($text))?: $type,)+
            }
        }
    };
    (
        @impl $(#[$meta:meta])* $vis:vis struct $envelope:ident [$($name:ident)+] {
            $($member:ident $(($text:literal))?: $type:ty,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Default)]
        $vis struct $envelope<'t> {
            $($vis $member: Option<$type>,)+
        }

        impl<'t> $crate::platform::envelope::Envelope<'t> for $envelope<'t> {
            const MEMBERS: &'static [&'static str] =
                &[$($crate::platform::envelope::envelope!(@text $member $($text)?),)+];

            fn visit<A: serde::de::MapAccess<'t>>(&mut self, mut members: A) -> Result<(), A::Error> {
                $(let mut $member = false;)+
                while let Some($crate::value::Word(name)) = members.next_key()? {
                    match &*name {
                        $($crate::platform::envelope::envelope!(@text $member $($text)?) => {
                            if std::mem::replace(&mut $member, true) {
                                return Err(serde::de::Error::custom("a member that occurs twice"));
                            }
                            self.$member = members.next_value()?;
                        })+
                        _ => drop(members.next_value::<serde::de::IgnoredAny>()?),
                    }
                }
                Ok(())
            }

            fn agreed_name(
                &self,
            ) -> Result<Option<std::borrow::Cow<'t, str>>, $crate::platform::decode::Unreadable> {
                $crate::platform::name::only_name(&[$(self.$name),+])
            }

            fn add(&mut self, other: Self) {
                $(if self.$member.is_none() {
                    self.$member = other.$member;
                })+
            }
        }
    };
    (@text $member:ident) => { stringify!($member) };
    (@text $member:ident $text:literal) => { $text };
}

pub(super) use envelope;
