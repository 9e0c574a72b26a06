//! The actions of operators.

use referral_webhooks_inbox::store::State;

/// An action of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Processes entries again.
    Again,
    /// Decodes entries again that an earlier version could not read.
    Redecode,
    /// Cancels entries.
    Cancel,
    /// Makes dead letters.
    Discard,
    /// Completes entries that were processed elsewhere.
    Done,
    /// Erases the bodies and reasons of entries.
    Erase,
    /// Erases the entries whose body mentions a person.
    ErasePerson,
}

impl Action {
    pub(crate) const ALL: [Self; 7] =
        [Self::Again, Self::Redecode, Self::Cancel, Self::Discard, Self::Done, Self::Erase, Self::ErasePerson];

    /// Returns the word of the action in URLs.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Again => "again",
            Self::Redecode => "redecode",
            Self::Cancel => "cancel",
            Self::Discard => "discard",
            Self::Done => "done",
            Self::Erase => "erase",
            Self::ErasePerson => "erase-person",
        }
    }

    /// Returns the action of a word.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }

    /// Returns the action as a command: `Process again`.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Again => "Process again",
            Self::Redecode => "Decode again",
            Self::Cancel => "Cancel",
            Self::Discard => "Discard",
            Self::Done => "Mark as done",
            Self::Erase => "Erase",
            Self::ErasePerson => "Erase a person",
        }
    }

    /// Returns the action as a command on a number of entries: `Process 7 again`.
    pub(crate) fn verb_for(self, number: &str) -> String {
        match self {
            Self::Again => format!("Process {number} again"),
            Self::Redecode => format!("Decode {number} again"),
            Self::Done => format!("Mark {number} as done"),
            Self::ErasePerson => format!("Erase {number}"),
            Self::Cancel | Self::Discard | Self::Erase => format!("{} {number}", self.verb()),
        }
    }

    /// Returns the action as a command on all entries of a filter.
    pub(crate) fn all(self) -> String {
        match self {
            Self::ErasePerson => self.verb().to_owned(),
            other => other.verb_for("all"),
        }
    }

    /// Returns the action as it has happened, after a number of entries: `are due again`.
    pub(super) const fn happened(self) -> &'static str {
        match self {
            Self::Again => "due again",
            Self::Redecode => "decoded again",
            Self::Cancel => "cancelled",
            Self::Discard => "discarded",
            Self::Done => "marked as done",
            Self::Erase | Self::ErasePerson => "erased",
        }
    }

    /// Returns the effect of the action, as its confirmation states it.
    pub(super) const fn effect(self) -> &'static str {
        match self {
            Self::Again => {
                "Your handler runs again with the stored delivery, and all attempts. What it does, it does once more: if a \
                 reward was paid outside of the inbox's transaction, check first whether it was. The platform is not \
                 contacted."
            }
            Self::Redecode => {
                "This version decodes the stored bodies again. Parked entries and dead letters that it can read are \
                 processed by your handler. Completed ones get the name of their event only."
            }
            Self::Cancel => {
                "The entries are not processed, now or when the platform repeats them. Their bodies are deleted later, like \
                 those of completed ones."
            }
            Self::Discard => {
                "The entries become dead letters: your handler does not run until a person or a repeat of the platform \
                 revives them. Their bodies are kept."
            }
            Self::Done => {
                "The entries count as completed, and your handler does not run. Use it if the work was done elsewhere, a \
                 payout by hand for example. A platform that waits for a fulfilment gets its success with its next repeat."
            }
            Self::Erase => {
                "The bodies and the reasons of the entries are deleted for good, and unprocessed ones are cancelled. Their \
                 ids and history stay, so that repeats are recognized."
            }
            Self::ErasePerson => {
                "Every delivery whose body mentions the text is erased for good, and every kept refused request. Ids and \
                 history stay, so that repeats are recognized."
            }
        }
    }

    /// Returns whether the action permits entries in this state.
    pub(crate) const fn permits(self, state: State) -> bool {
        match self {
            Self::Again => state.is_finished(),
            Self::Redecode => !matches!(state, State::Running),
            Self::Cancel => !matches!(state, State::Running | State::Completed | State::Cancelled),
            Self::Discard => {
                matches!(state, State::Available | State::Waiting | State::Retryable | State::Parked)
            }
            Self::Done => !matches!(state, State::Running | State::Completed),
            Self::Erase | Self::ErasePerson => !matches!(state, State::Running),
        }
    }

    /// Returns whether the action cannot be taken back.
    pub(crate) const fn is_dangerous(self) -> bool {
        matches!(self, Self::Cancel | Self::Erase | Self::ErasePerson)
    }
}
