//! The result of looking up a tenant's endpoint.

use std::fmt;

use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;
use time::OffsetDateTime;

/// The endpoint of a tenant, with an optional end of its validity.
///
/// A resolver returns an [`Endpoint`], or this type if one of the endpoint's secrets ends at a known time:
///
/// ```
/// use referral_webhooks::Endpoint;
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks_door::Resolved;
/// use time::OffsetDateTime;
///
/// /// Returns a tenant's endpoint from the columns of its row.
/// fn resolved(
///     secret: &str,
///     old: Option<(String, OffsetDateTime)>,
///     now: OffsetDateTime,
/// ) -> Result<Resolved<Redpin>, referral_webhooks::EndpointError> {
///     let endpoint = Endpoint::new(secret)?;
///     Ok(match old {
///         Some((old, grace_ends)) if now < grace_ends => Resolved::until(endpoint.or_previous(old)?, grace_ends),
///         _ => endpoint.into(),
///     })
/// }
/// # resolved("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None, OffsetDateTime::now_utc())?;
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub struct Resolved<P: Platform> {
    pub(crate) endpoint: Endpoint<P>,
    pub(crate) valid_until: Option<OffsetDateTime>,
}

impl<P: Platform> Resolved<P> {
    /// Returns an endpoint that accepts deliveries until a time by this machine's clock. After it the endpoint is looked
    /// up again, before the time for which endpoints are kept has passed.
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks_door::Resolved;
    /// use time::{Duration, OffsetDateTime};
    ///
    /// let (new, old) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    /// let rotating = Endpoint::<Redpin>::new(new)?.or_previous(old)?;
    /// let resolved = Resolved::until(rotating, OffsetDateTime::now_utc() + Duration::seconds(10));
    /// # let _ = resolved;
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub const fn until(endpoint: Endpoint<P>, valid_until: OffsetDateTime) -> Self {
        Self { endpoint, valid_until: Some(valid_until) }
    }
}

impl<P: Platform> From<Endpoint<P>> for Resolved<P> {
    fn from(endpoint: Endpoint<P>) -> Self {
        Self { endpoint, valid_until: None }
    }
}

// Manual impls: `#[derive]` would require `P: Clone` and `P: Debug`.
impl<P: Platform> Clone for Resolved<P> {
    fn clone(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), valid_until: self.valid_until }
    }
}

impl<P: Platform> fmt::Debug for Resolved<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, valid_until } = self;
        f.debug_struct("Resolved").field("endpoint", endpoint).field("valid_until", valid_until).finish()
    }
}
