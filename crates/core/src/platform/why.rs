//! The reasons for which a verified payload is the event `Other`.

use std::fmt;

use serde::Serialize;

/// The reason for which a verified payload is the event [`Other`](super::Other).
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::platform::{Event, Platform, Why};
///
/// let event = Redpin.decode(&r#"{"event_name":"REFERRAL_CREATED"}"#.into());
/// assert_eq!(event.why_other(), Some(&Why::MissingMember("status")));
/// assert_eq!(event.why_other().unwrap().to_string(), "member `status` is missing");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Why {
    /// This version does not know the event's name.
    UnknownName,
    /// The payload has no name, and its members are those of no known event.
    UnknownShape,
    /// Members disagree about the event's name or kind.
    Ambiguous,
    /// A member that names the event does not hold a string.
    NameNotText,
    /// The payload is not UTF-8.
    NotUtf8,
    /// The payload is not JSON. The reader stopped here.
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The event's members are not as described. The reader stopped here, counted from the beginning of the object that
    /// holds them.
    UnexpectedMember {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The event's name is known, and a member is missing without which the event is meaningless.
    MissingMember(&'static str),
    /// The payload holds more events than a body of the platform can plausibly hold.
    TooManyEvents,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName => f.write_str("unknown event name"),
            Self::UnknownShape => f.write_str("no event name, and the members of no known event"),
            Self::Ambiguous => f.write_str("members disagree about which event it is"),
            Self::NameNotText => f.write_str("the event's name is not a text"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
            Self::NotJson { line, column } => write!(f, "not JSON at line {line} column {column}"),
            Self::UnexpectedMember { line, column } => {
                write!(f, "unexpected member or type before line {line} column {column}")
            }
            Self::MissingMember(name) => write!(f, "member `{name}` is missing"),
            Self::TooManyEvents => f.write_str("too many events in one body"),
        }
    }
}

/// Keeps the position only, because serde's own messages quote the value, which may be personal data.
impl From<serde_json::Error> for Why {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        if error.is_data() { Self::UnexpectedMember { line, column } } else { Self::NotJson { line, column } }
    }
}
