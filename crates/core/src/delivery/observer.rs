//! Observers of the requests that an endpoint receives and refuses.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use time::OffsetDateTime;

use crate::Error;

/// An observer of the requests that an endpoint receives and refuses: a counter, a log, a store of refused requests.
///
/// [`Endpoint::observed_by`](crate::Endpoint::observed_by) attaches it, and the web crates call it after their log events.
/// A call delays the answer to the request, so it must not block. A panic of an observer is caught and changes no answer.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{Endpoint, Observer, Refused};
///
/// #[derive(Default)]
/// struct Counter(AtomicU64);
///
/// impl Observer for Counter {
///     fn refused(&self, refused: &Refused<'_>) {
///         println!("{} refused a request: {}", refused.platform, refused.error.kind().as_str());
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let counter = Arc::new(Counter::default());
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.observed_by(counter.clone());
/// assert!(endpoint.is_observed());
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub trait Observer: Send + Sync {
    /// Returns the number of bytes of a refused body that the observer reads; 0 if not implemented. A web crate keeps the
    /// most that any observer of the endpoint reads.
    fn body_bytes(&self) -> usize {
        0
    }

    /// Returns whether the observer reads a request that was refused for this reason; `true` if not implemented. The
    /// request is masked and copied only afterwards, so that an observer can bound its cost under a flood.
    fn wants(&self, error: &Error) -> bool {
        let _ = error;
        true
    }

    /// Observes a verified delivery, before its handler runs.
    fn received(&self, received: &Received<'_>) {
        let _ = received;
    }

    /// Observes a refused request.
    fn refused(&self, refused: &Refused<'_>) {
        let _ = refused;
    }
}

/// A verified delivery, as an [`Observer`] sees it.
///
/// ```
/// use referral_webhooks::{Observer, Received};
///
/// struct Rotation;
///
/// impl Observer for Rotation {
///     fn received(&self, received: &Received<'_>) {
///         if received.secret_index > 0 {
///             println!("{:?} still accepts a previous secret", received.endpoint);
///         }
///     }
/// }
/// # let _ = Rotation;
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Received<'r> {
    /// The platform's name.
    pub platform: &'static str,
    /// The endpoint's [name](crate::Endpoint::named).
    pub endpoint: Option<&'r str>,
    /// The position of the secret that matched: 0 is the current one.
    pub secret_index: usize,
    /// The time of arrival.
    pub received_at: OffsetDateTime,
}

/// A refused request, as an [`Observer`] sees it.
///
/// Path and headers are masked: a URL token, the values of query parameters and headers with credentials are `***`. The
/// body and the other headers are as they came, and may hold personal data. `Debug` omits them.
///
/// ```
/// use referral_webhooks::{Observer, Refused};
///
/// /// Appends refused requests to a file.
/// struct File;
///
/// impl Observer for File {
///     fn body_bytes(&self) -> usize {
///         64 * 1024
///     }
///
///     fn refused(&self, refused: &Refused<'_>) {
///         println!("{} {}: {} bytes", refused.method, refused.path, refused.body.len());
///     }
/// }
/// # let _ = File;
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Refused<'r> {
    /// The platform's name.
    pub platform: &'static str,
    /// The endpoint's [name](crate::Endpoint::named).
    pub endpoint: Option<&'r str>,
    /// The reason.
    pub error: Error,
    /// The status of the answer.
    pub status: StatusCode,
    /// The time of the refusal.
    pub at: OffsetDateTime,
    /// The method.
    pub method: &'r Method,
    /// The masked path and query.
    pub path: Cow<'r, str>,
    /// The headers, with masked credentials.
    pub headers: Cow<'r, HeaderMap>,
    /// The first bytes of the body, at most as many as the observers of the endpoint [read](Observer::body_bytes). A token
    /// in them is masked.
    pub body: Bytes,
    /// The length of the whole body in bytes: received if it came to its end, and else announced. `None` if neither is
    /// known. It is that of the masked body, if a token is masked.
    pub body_length: Option<u64>,
}

impl Refused<'_> {
    /// Returns whether [`body`](Self::body) is the whole body.
    ///
    /// ```
    /// use referral_webhooks::Refused;
    ///
    /// fn note(refused: &Refused<'_>) -> &'static str {
    ///     if refused.is_whole() { "whole" } else { "cut" }
    /// }
    /// # let _ = note;
    /// ```
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.body_length == Some(self.body.len() as u64)
    }
}

impl fmt::Debug for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("platform", &self.platform)
            .field("endpoint", &self.endpoint)
            .field("error", &self.error)
            .field("status", &self.status)
            .field("at", &self.at)
            .field("body_length", &self.body_length)
            .finish_non_exhaustive()
    }
}

/// An endpoint's name and observers.
#[derive(Clone, Default)]
pub(super) struct Watch {
    pub(super) name: Option<Arc<str>>,
    pub(super) observers: Vec<Arc<dyn Observer>>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("name", &self.name).field("observers", &self.observers.len()).finish()
    }
}
