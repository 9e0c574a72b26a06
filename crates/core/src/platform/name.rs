//! The member that names an event.
//!
//! If a platform does not publish its format, several members may hold the name, and some of them may describe a person or
//! another object. An attacker may choose the text about a person, so that text never decides the event:
//!
//! - A member that can only be a name decides, whether its text is a known name or not.
//! - `type` and `name` count only if no such member is present.
//! - Members that disagree, and a name that is not a string, make the event `Other`.
//! - A name in another spelling (`Event`, `event-type`) also makes it `Other`, unless a member in a known spelling names
//!   the event.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::decode::Unreadable;
use super::why::Why;
use crate::value::Word;

/// Returns the text on which all of these members agree, or `None` if all are absent.
///
/// # Errors
///
/// If one of them is not a string, or if two of them differ.
pub(super) fn only_name<'t>(members: &[Option<&'t RawValue>]) -> Result<Option<Cow<'t, str>>, Unreadable> {
    let mut name: Option<Cow<'t, str>> = None;
    for member in members.iter().copied().flatten() {
        match (text(member), &name) {
            (None, _) => return Err((name.map(Cow::into_owned), Why::NameNotText)),
            (Some(other), Some(found)) if *found != other => {
                return Err((name.map(Cow::into_owned), Why::Ambiguous));
            }
            (found, _) => name = found,
        }
    }
    Ok(name)
}

/// Returns an error if an object has a member that names events in a spelling which is not among the known members.
///
/// Such a member may contradict an event that only its shape or a doubtful member names.
pub(super) fn no_other_spelling(object: &str, known: &[&str]) -> Result<(), Unreadable> {
    let mut reader = serde_json::Deserializer::from_str(object);
    match reader.deserialize_map(Spellings(known)) {
        Ok(true) => Err((None, Why::Ambiguous)),
        Ok(false) => Ok(()),
        Err(error) => Err((None, Why::from(error))),
    }
}

/// Finds out whether an object has a member that names events in another spelling than the known members.
struct Spellings<'k>(&'k [&'k str]);

impl<'t> Visitor<'t> for Spellings<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<bool, A::Error> {
        let mut is_found = false;
        while let Some(Word(name)) = members.next_key()? {
            if !is_spelling(&name) || self.0.contains(&&*name) {
                members.next_value::<IgnoredAny>()?;
            } else {
                is_found |= members.next_value::<Option<IgnoredAny>>()?.is_some();
            }
        }
        Ok(is_found)
    }
}

/// Returns whether a member's name is that of one that names events, without regard to case and punctuation.
fn is_spelling(name: &str) -> bool {
    const NAMES: [&str; 7] = ["event", "eventtype", "eventname", "webhookevent", "action", "topic", "type"];
    let letters = || name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    NAMES.iter().any(|known| letters().eq(known.bytes()))
}

/// Returns the text of a member that holds a string.
pub(super) fn text(member: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Word<'_>>(member.get()).ok().map(|word| word.0)
}
