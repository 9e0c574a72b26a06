//! The errors of an inbox's settings, found at start-up.

use std::fmt;
use std::time::Duration;

/// An error of an inbox's settings, found at start-up.
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_inbox::{Inbox, MemoryStore, SetupError};
///
/// let inbox = Inbox::new(MemoryStore::new());
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// assert_eq!(inbox.intake("redpin main", endpoint).unwrap_err(), SetupError::BadName);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The name is empty, longer than 100 bytes, or has characters other than letters, digits, `-`, `_` and `.`.
    BadName,
    /// The inbox has an endpoint of this name already.
    NameTaken(String),
    /// The replacing endpoint accepts repeats for longer than the replaced one's ids are kept. Restart with it, so that
    /// the retention follows.
    AcceptsForLonger {
        /// The time for which ids are kept.
        kept: Duration,
    },
    /// Ids would be deleted while repeats can still come, and the repeats would be processed as new events.
    IdsKeptTooShort {
        /// The required time; `None` if a repeat can come at any time.
        needed: Option<Duration>,
        /// The time that was set.
        set: Duration,
    },
    /// An encryption key or the pepper is not 32 bytes in base64.
    BadKey,
    /// An encryption key or the pepper repeats a pattern: zeros, one byte, one word.
    KeyRepeats,
    /// The encryption key with this number equals the pepper.
    PepperIsKey(u32),
    /// The ring has another encryption key with this number.
    KeyNumberTaken(u32),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName => f.write_str("the endpoint's name must be 1 to 100 letters, digits, `-`, `_` and `.`"),
            Self::NameTaken(name) => write!(f, "the inbox has an endpoint named `{name}` already"),
            Self::IdsKeptTooShort { needed: Some(needed), set } => write!(
                f,
                "ids are kept for {} s, and repeats can come for {} s; raise `keep_ids`, or leave it out",
                set.as_secs(),
                needed.as_secs()
            ),
            Self::IdsKeptTooShort { needed: None, set } => write!(
                f,
                "ids are kept for {} s, and a repeat can come at any time; leave `keep_ids` out",
                set.as_secs()
            ),
            Self::AcceptsForLonger { kept } => write!(
                f,
                "ids are kept for {} s, and the replacing endpoint accepts repeats for longer; restart with it",
                kept.as_secs()
            ),
            Self::BadKey => f.write_str("a key is not 32 bytes in base64; make one with `openssl rand -base64 32`"),
            Self::KeyRepeats => f.write_str(
                "a key or the pepper repeats a pattern, such as zeros; make one with `openssl rand -base64 32`",
            ),
            Self::PepperIsKey(number) => write!(
                f,
                "key {number} is the pepper; make another key with `openssl rand -base64 32`, and keep the pepper"
            ),
            Self::KeyNumberTaken(number) => write!(f, "the ring has a key with the number {number} already"),
        }
    }
}

impl std::error::Error for SetupError {}
