//! Why an inspector cannot be built.

use std::error::Error;
use std::fmt;

/// Why an inspector cannot be built.
///
/// ```
/// use referral_webhooks_inbox::{Inbox, MemoryStore};
/// use referral_webhooks_inspector::{BuildError, Inspector};
///
/// let error = Inspector::new(Inbox::new(MemoryStore::new())).build().unwrap_err();
/// assert_eq!(error, BuildError::NoAuthorisation);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// Neither [`authorise`](crate::Inspector::authorise) nor [`with_link`](crate::Inspector::with_link) was called.
    NoAuthorisation,
    /// Both [`authorise`](crate::Inspector::authorise) and [`with_link`](crate::Inspector::with_link) were called.
    TwoAuthorisations,
    /// The path has other characters than letters, digits, `-`, `_`, `.` and `~`, or begins with a segment of the page.
    BadPath(String),
    /// The name of a host is invalid. Wildcards are invalid too.
    BadHost(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthorisation => f.write_str(
                "nothing decides who may see the deliveries: call `authorise`, or `with_link` on a developer's machine",
            ),
            Self::TwoAuthorisations => {
                f.write_str("`authorise` and `with_link` both decide who may see the deliveries: call one of them")
            }
            Self::BadPath(path) => write!(f, "the page cannot be mounted at `{path}`"),
            Self::BadHost(host) => write!(f, "`{host}` is no name of a host"),
        }
    }
}

impl Error for BuildError {}
