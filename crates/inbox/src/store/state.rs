//! What becomes of an entry.

/// What becomes of an entry; the words of Oban and River.
///
/// ```text
/// Available --claim--> Running --done, ignored--> Completed
///                      Running --retry, attempts left--> Retryable --due--> Running
///                      Running --lease over, attempts left--> Running, the next attempt
///                      Running --lease over again, attempts left--> Retryable, for up to a lease
///                      Running --retry or lease over, none left; discard--> Discarded, the dead letters
///                      Running --this version cannot read it--> Parked
///                      Running --released by hand--> Available
/// Parked --a worker asks for unknown events--> Running
/// Parked, Discarded --redecoded, and can be read--> Available, with fresh attempts
/// Available, Waiting, Retryable, Parked, Discarded --by hand--> Cancelled
/// Completed, Parked, Discarded, Cancelled --by hand--> Available, with fresh attempts
/// Discarded --the same key comes again--> Available, with fresh attempts
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Waits for its first attempt, or for the first one of a redelivery.
    Available,
    /// Waits for an earlier entry of its subject.
    Waiting,
    /// Is being processed, or was when its worker died.
    Running,
    /// Waits for another attempt.
    Retryable,
    /// Processed.
    Completed,
    /// Kept until a version can read it, or a handler asks for it: its event is `Other`.
    Parked,
    /// A dead letter: out of attempts, or discarded by the handler.
    Discarded,
    /// Taken out by hand.
    Cancelled,
}

impl State {
    /// All of them.
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

    /// The state as one word: what stores write.
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

    /// The state that a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing happens to it any more by itself.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        matches!(self, Self::Completed | Self::Parked | Self::Discarded | Self::Cancelled)
    }
}
