//! Enums that keep values which this version does not know.

use std::borrow::Cow;

use serde::Deserialize;

/// A text for comparisons: borrowed, unless it has escapes. For a bare `Cow`, serde always allocates.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Word<'t>(#[serde(borrow)] pub(crate) Cow<'t, str>);

/// Declares an enum from a table of variants and wire texts. An unknown text is kept in `Other`.
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A value that this version does not know.
            Other(String),
        }

        impl $name {
            /// Returns the text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<std::borrow::Cow<'_, str>> for $name {
            fn from(text: std::borrow::Cow<'_, str>) -> Self {
                match text.as_ref() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(text.into_owned()),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::value::Word::deserialize(deserializer).map(|word| Self::from(word.0))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use open_enum;
