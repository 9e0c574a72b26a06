//! The error of a delivery that could not be stored.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use referral_webhooks::chain;

use crate::store::StoreError;

/// The error of a delivery that is not known to be stored. Ask the platform to send it again. `{error:#}` writes the error
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
}

impl NotStored {
    /// Returns the error as one word, for metrics.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::AdmissionFull | Self::OverBudget(_) => "busy",
            Self::Store(_) => "failed",
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
