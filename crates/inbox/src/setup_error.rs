//! What is wrong with an inbox's settings, found at start-up.

use std::fmt;
use std::time::Duration;

/// Why an endpoint could not be taken into an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The name is empty, longer than 100 bytes, or has characters other than letters, digits, `-`, `_` and `.`.
    BadName,
    /// The inbox has an endpoint of this name already.
    NameTaken(String),
    /// Keys would be forgotten while repeats can still come: they would be processed twice.
    KeysKeptTooShort {
        /// How long they must be kept; for good where nothing bounds when a repeat can come.
        needed: Option<Duration>,
        /// How long they would be kept.
        set: Duration,
    },
    /// A key for sealing bodies is not 32 bytes in base64.
    BadKey,
    /// A key or the pepper repeats a pattern: zeros, one byte, one word.
    KeyRepeats,
    /// The key with this number is the pepper.
    PepperIsKey(u32),
    /// The ring has a key with this number already.
    KeyNumberTaken(u32),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName => f.write_str("the endpoint's name must be 1 to 100 letters, digits, `-`, `_` and `.`"),
            Self::NameTaken(name) => write!(f, "the inbox has an endpoint named `{name}` already"),
            Self::KeysKeptTooShort { needed: Some(needed), set } => write!(
                f,
                "keys are kept for {} s, and repeats can come for {} s; raise `keep_ids`, or leave it out",
                set.as_secs(),
                needed.as_secs()
            ),
            Self::KeysKeptTooShort { needed: None, set } => write!(
                f,
                "keys are kept for {} s, and nothing bounds when a repeat can come; leave `keep_ids` out",
                set.as_secs()
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
