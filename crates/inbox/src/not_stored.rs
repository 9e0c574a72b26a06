//! The error of a delivery that must not be acknowledged.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use referral_webhooks::chain;

use crate::fulfilment::Unfulfilled;
use crate::store::StoreError;

/// The error of a delivery that must not be acknowledged: it is not known to be stored, or its success would mean more than
/// that. Ask the platform to send it again. `{error:#}` writes the error
/// with its sources.
///
/// ```
/// use referral_webhooks_inbox::NotStored;
///
/// fn retry_after(error: &NotStored) -> u32 {
///     match error {
///         NotStored::AdmissionFull | NotStored::OverBudget(_) => 5,
///         _ => 60,
///     }
/// }
/// # assert_eq!(retry_after(&NotStored::AdmissionFull), 5);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum NotStored {
    /// Too many deliveries are in flight to the store.
    AdmissionFull,
    /// The store took longer than this budget.
    OverBudget(Duration),
    /// The store failed.
    Store(StoreError),
    /// The body holds this number of events, more than [`Intake::MOST_ITEMS`](crate::Intake::MOST_ITEMS).
    TooManyItems(usize),
    /// The platform takes the answer as a [decision](referral_webhooks::Acknowledges::Decision), so that a handler of the
    /// application has to give it.
    Decision,
    /// The delivery is stored. The platform takes a success as a
    /// [fulfilment](referral_webhooks::Acknowledges::Fulfilment), and the handler has not completed.
    Unfulfilled(Unfulfilled),
}

impl NotStored {
    /// Returns the error as one word, for metrics.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::AdmissionFull | Self::OverBudget(_) => "busy",
            Self::Store(_) => "failed",
            Self::TooManyItems(_) => "too_many_items",
            Self::Decision => "decision",
            Self::Unfulfilled(_) => "unfulfilled",
        }
    }
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if f.alternate() => chain(self).fmt(f),
            Self::AdmissionFull => f.write_str("too many deliveries are being stored"),
            Self::OverBudget(budget) => write!(f, "not stored within {} ms", budget.as_millis()),
            Self::Store(_) => f.write_str("could not be stored"),
            Self::TooManyItems(items) => write!(f, "the body holds {items} events, too many for one transaction"),
            Self::Decision => f.write_str(
                "the platform takes the answer as a decision, so a handler that answers itself has to receive the event",
            ),
            Self::Unfulfilled(why) => write!(f, "stored, and not fulfilled: {why}"),
        }
    }
}

impl Error for NotStored {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
