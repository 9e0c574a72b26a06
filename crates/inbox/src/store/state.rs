//! The states of an entry.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// The state of an entry. The names are those of Oban and River.
///
/// ```text
/// Available --claim--> Running --done, ignored--> Completed
///                      Running --retry, attempts left--> Retryable --due--> Running
///                      Running --lease expired, attempts left--> Running, the next attempt
///                      Running --lease expired again, attempts left--> Retryable, isolated
///                      Running --retry or lease expired, last attempt; discard--> Discarded, a dead letter
///                      Running --unreadable for this version, or its profile was changed--> Parked
///                      Running --released--> Retryable, the attempt does not count
/// Waiting --the earlier entries of its subject are finished--> Available
/// Parked --a worker handles unknown events--> Running
/// Parked, Discarded --redecoded, readable--> Available, with fresh attempts
/// Available, Waiting, Retryable, Parked, Discarded --cancelled--> Cancelled
/// Available, Waiting, Retryable, Parked --discarded by an operator--> Discarded
/// Available, Waiting, Retryable, Parked, Discarded, Cancelled --marked as done--> Completed
/// Completed, Parked, Discarded, Cancelled --redelivered--> Available, with fresh attempts
/// Discarded --a repeat arrives--> Available, with fresh attempts
/// ```
///
/// ```
/// use referral_webhooks_inbox::store::State;
///
/// assert_eq!(State::from_word("parked"), Some(State::Parked));
/// assert_eq!("parked".parse(), Ok(State::Parked));
/// assert_eq!(State::Parked.to_string(), "parked");
/// assert!(State::Parked.is_finished());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Due for its first attempt, or for the first one after a redelivery.
    Available,
    /// Waiting for an earlier entry of its subject.
    Waiting,
    /// Leased by a worker. Its worker may have died since.
    Running,
    /// Waiting for its next attempt.
    Retryable,
    /// Processed.
    Completed,
    /// Kept until a version can read the event or a handler accepts unknown events.
    Parked,
    /// A dead letter: out of attempts, or discarded by the handler.
    Discarded,
    /// Cancelled by an operator.
    Cancelled,
}

impl State {
    /// All states.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::State;
    ///
    /// let finished = State::ALL.iter().filter(|state| state.is_finished()).count();
    /// assert_eq!((finished, State::ALL.len()), (4, 8));
    /// ```
    pub const ALL: [Self; 8] = [
        Self::Available,
        Self::Waiting,
        Self::Running,
        Self::Retryable,
        Self::Completed,
        Self::Parked,
        Self::Discarded,
        Self::Cancelled,
    ];

    /// Returns the state as one word, as stores write it.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::State;
    ///
    /// assert_eq!(State::Retryable.as_str(), "retryable");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Retryable => "retryable",
            Self::Completed => "completed",
            Self::Parked => "parked",
            Self::Discarded => "discarded",
            Self::Cancelled => "cancelled",
        }
    }

    /// Returns the state of a word.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::State;
    ///
    /// assert_eq!(State::from_word("discarded"), Some(State::Discarded));
    /// assert_eq!(State::from_word("Discarded"), None);
    /// ```
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Returns whether an entry stays in this state until a repeat or a person changes it.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::State;
    ///
    /// assert!(State::Discarded.is_finished());
    /// assert!(!State::Retryable.is_finished());
    /// ```
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        matches!(self, Self::Completed | Self::Parked | Self::Discarded | Self::Cancelled)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::from_word(word).ok_or(UnknownState)
    }
}

/// The error of a word that is no [`State`]. Its text lists the states.
///
/// ```
/// use referral_webhooks_inbox::store::State;
///
/// let error = "done".parse::<State>().unwrap_err();
/// assert!(error.to_string().contains("completed"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownState;

impl fmt::Display for UnknownState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states = State::ALL.map(|state| state.as_str()).join(", ");
        write!(f, "unknown state: use one of {states}")
    }
}

impl Error for UnknownState {}
