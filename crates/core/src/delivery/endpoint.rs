//! One URL at which one platform delivers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{endpoint_error::EndpointError, observer::Watch};
use crate::platform::{Facts, Platform};
use crate::{ConfigError, SecretRole, Tolerance, Variant, Verifier};

/// One URL at which one platform delivers: its secrets, its tolerance and its limits.
///
/// Cheap to clone. A request is a delivery if
///
/// - the URL carries one of the endpoint's tokens, if it has any,
/// - the platform's signature (or secret URL) was made with one of the endpoint's secrets, over the bytes that came,
/// - the signed time, if the platform signs one, is within the tolerance.
///
/// ```
/// use referral_webhooks::platform::redpin::{self, Redpin};
/// use referral_webhooks::{Endpoint, Message, Tolerance};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?
///     .or_previous("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")? // while a rotation lasts
///     .with_tolerance(Tolerance::minutes(3));
///
/// // The request that Redpin would send; see `Message` for how to make bad ones.
/// let request = endpoint.sign(&Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, now))?;
///
/// let delivery = endpoint.receive(&request, now)?;
/// assert!(matches!(delivery.event(), redpin::Event::ReferralCreated(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Endpoint<P> {
    pub(super) settings: Arc<Settings>,
    pub(super) platform: P,
}

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) verifier: Verifier,
    pub(super) retry_bad_signatures: bool,
    pub(super) body_limit: usize,
    pub(super) body_deadline: Duration,
    pub(super) answers_pings: bool,
    /// Whether the weaknesses were taken for a log.
    pub(super) reported: Arc<AtomicBool>,
    pub(super) watch: Watch,
}

/// The default limit on bodies, in bytes: 1 MiB.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
/// use referral_webhooks::{DEFAULT_BODY_LIMIT, Endpoint};
///
/// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// assert_eq!(endpoint.body_limit(), DEFAULT_BODY_LIMIT);
/// # Ok::<(), referral_webhooks::EndpointError>(())
/// ```
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// The most that a platform can declare as its tolerance: 31 days.
const MOST_OF_A_PLATFORM: Tolerance = Tolerance::minutes(31 * 24 * 60);

/// The deadline for a body, if the platform publishes no deadline for the answer.
const DEFAULT_BODY_DEADLINE: Duration = Duration::from_secs(15);

/// Setting up.
impl<P: Platform> Endpoint<P> {
    /// Makes an endpoint with one secret, in the platform's format.
    ///
    /// # Errors
    ///
    /// If the secret cannot be a key of this platform or visibly is a placeholder. The error names the platform and the
    /// accident.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{ConfigError, Endpoint};
    ///
    /// assert!(Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
    /// let error = Endpoint::<Redpin>::new("changeme").unwrap_err();
    /// assert_eq!(error.accident(), ConfigError::Placeholder);
    /// ```
    pub fn new(secret: impl AsRef<str>) -> Result<Self, EndpointError>
    where
        P: Default,
    {
        Self::of(P::default(), secret)
    }

    /// Makes an endpoint of a platform that is a value, with one secret in the platform's format.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    ///
    /// let endpoint = Endpoint::of(Redpin, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(endpoint.facts().name, "redpin");
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    pub fn of(platform: P, secret: impl AsRef<str>) -> Result<Self, EndpointError> {
        let facts = platform.facts();
        let refused = |accident| EndpointError::new(facts.title, Some(SecretRole::Current), accident);
        let verifier = Verifier::new(facts.scheme.clone(), secret).map_err(refused)?.allow(platforms_tolerance(facts));
        let settings = Settings {
            verifier,
            retry_bad_signatures: false,
            body_limit: DEFAULT_BODY_LIMIT,
            body_deadline: facts.contract.deadline.unwrap_or(DEFAULT_BODY_DEADLINE),
            answers_pings: false,
            reported: Arc::default(),
            watch: Watch::default(),
        };
        Ok(Self { settings: Arc::new(settings), platform })
    }

    /// Also accepts another secret, while a rotation lasts.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, Message};
    /// # use time::OffsetDateTime;
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let (new, old) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    /// let before = Endpoint::<Redpin>::new(old)?;
    /// let rotating = Endpoint::<Redpin>::new(new)?.or_previous(old)?;
    ///
    /// let request = before.sign(&Message::new("{}", now))?;
    /// assert_eq!(rotating.receive(&request, now)?.secret_index(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn or_previous(self, secret: impl AsRef<str>) -> Result<Self, EndpointError> {
        let role = SecretRole::Previous(self.settings.verifier.keys.len());
        self.try_change(Some(role), |verifier| verifier.or_previous(secret))
    }

    /// Demands a token in the URL in addition to the platform's own proof. Several calls accept several tokens.
    ///
    /// # Errors
    ///
    /// If the token is shorter than 16 bytes or has a character that URLs escape, or if the platform's secret is a
    /// token itself.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, ErrorKind, Message};
    /// # use time::OffsetDateTime;
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?
    ///     .and_url_token("rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// let mut request = endpoint.sign(&Message::new("{}", now))?;
    /// assert_eq!(request.uri(), "/rT7kQ2mX9vB4nL6pW3sY8zD5");
    ///
    /// *request.uri_mut() = "/".parse()?;
    /// assert_eq!(endpoint.receive(&request, now).unwrap_err().kind(), ErrorKind::MissingToken);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn and_url_token(self, token: impl AsRef<str>) -> Result<Self, EndpointError> {
        self.try_change(Some(SecretRole::UrlToken), |verifier| verifier.and_url_token(token))
    }

    /// Accepts only one of the variants that the platform's documentation leaves open. Stored deliveries of other
    /// variants still [reopen](Self::reopen).
    ///
    /// # Errors
    ///
    /// [`ConfigError::VariantNotOffered`] if this platform's scheme does not have the variant.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, Variant};
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.pin(Variant::SvixHeaders)?;
    /// assert!(endpoint.pin(Variant::HexKey).is_err());
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    pub fn pin(self, variant: Variant) -> Result<Self, EndpointError> {
        self.try_change(None, |verifier| verifier.pin(variant))
    }

    /// Sets the allowed difference between a signed time and now. The default is the platform's own tolerance.
    ///
    /// The maximum in each direction is [24 hours](Tolerance::MOST), or the platform's own tolerance if that is more.
    /// A platform that signs no time is unaffected.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, ErrorKind, Message, Tolerance};
    /// # use time::{Duration, OffsetDateTime};
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?
    ///     .with_tolerance(Tolerance::minutes(3));
    /// let request = endpoint.sign(&Message::new("{}", now))?;
    /// let error = endpoint.receive(&request, now + Duration::minutes(4)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TooOld);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        let (most, own) = (Tolerance::MOST, platforms_tolerance(self.facts()));
        let most = Tolerance::past_and_future(most.past().max(own.past()), most.future().max(own.future()));
        self.change(|settings| settings.verifier = settings.verifier.clone().allow(tolerance.at_most(most)))
    }

    /// Accepts genuine deliveries of any age.
    ///
    /// For Prefinery, whose documentation leaves open whether a retry is signed again: if its retries carry the time of
    /// the first attempt, every late one is stale. The default answers a stale delivery with "send it again later".
    /// That answer loses no event while retries last, and accepts no replay.
    ///
    /// Anyone with a copy of a delivery can then replay it at any time. The caller must therefore keep delivery ids
    /// without a limit of time.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks::{Endpoint, ErrorKind, Message};
    /// # use time::{Duration, OffsetDateTime};
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let endpoint = Endpoint::<Prefinery>::new("correct horse battery staple")?;
    /// let (request, later) = (endpoint.sign(&Message::new("{}", now))?, now + Duration::hours(2));
    /// assert_eq!(endpoint.receive(&request, later).unwrap_err().kind(), ErrorKind::TooOld);
    /// assert!(endpoint.dangerously_accept_stale().receive(&request, later)?.is_stale());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn dangerously_accept_stale(self) -> Self {
        self.change(|settings| settings.verifier = settings.verifier.clone().dangerously_accept_stale())
    }

    /// Answers a signature that does not match with "send it again later" instead of "unproven".
    ///
    /// For Prefinery, where every other answer is final: a secret that was rotated too early then costs no events, if
    /// it is corrected while retries last. The price is that senders of forgeries are invited to retry, so it is off by
    /// default.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::Prefinery;
    /// use referral_webhooks::{Endpoint, ErrorKind};
    ///
    /// let endpoint = Endpoint::<Prefinery>::new("correct horse battery staple")?;
    /// assert_eq!(endpoint.refuse(ErrorKind::SignatureMismatch.into()).status(), 401); // final
    /// let endpoint = endpoint.retry_bad_signatures();
    /// assert_eq!(endpoint.refuse(ErrorKind::SignatureMismatch.into()).status(), 429); // retried
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn retry_bad_signatures(self) -> Self {
        self.change(|settings| settings.retry_bad_signatures = true)
    }

    /// Sets the limit on bodies in bytes, 1 MiB by default. Web crates stop reading at the limit.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, ErrorKind, Message};
    /// # use time::OffsetDateTime;
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.with_body_limit(16);
    /// let request = endpoint.sign(&Message::new(r#"{"event_name":"X"}"#, now))?;
    /// assert_eq!(endpoint.receive(&request, now).unwrap_err().kind(), ErrorKind::BodyTooLarge);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_body_limit(self, bytes: usize) -> Self {
        self.change(|settings| settings.body_limit = bytes)
    }

    /// Sets the time that a web crate waits for the whole body. The default is the platform's deadline for the whole
    /// answer, or 15 seconds if it publishes none.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use referral_webhooks::Endpoint;
    /// use referral_webhooks::platform::redpin::Redpin;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?
    ///     .with_body_deadline(Duration::from_secs(5));
    /// assert_eq!(endpoint.body_deadline(), Duration::from_secs(5));
    /// # Ok::<(), referral_webhooks::EndpointError>(())
    /// ```
    #[must_use]
    pub fn with_body_deadline(self, deadline: Duration) -> Self {
        self.change(|settings| settings.body_deadline = deadline)
    }

    pub(super) fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    pub(super) fn try_change(
        mut self,
        role: Option<SecretRole>,
        change: impl FnOnce(Verifier) -> Result<Verifier, ConfigError>,
    ) -> Result<Self, EndpointError> {
        let title = self.facts().title;
        let settings = Arc::make_mut(&mut self.settings);
        let refused = |accident| EndpointError::new(title, role, accident);
        settings.verifier = change(settings.verifier.clone()).map_err(refused)?;
        settings.reported = Arc::default();
        Ok(self)
    }
}

/// Returns the tolerance of a platform, within the limit for platforms.
pub(super) fn platforms_tolerance(facts: &Facts) -> Tolerance {
    facts.tolerance.unwrap_or_default().at_most(MOST_OF_A_PLATFORM)
}

impl<P: Clone> Clone for Endpoint<P> {
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), platform: self.platform.clone() }
    }
}

impl<P: Platform> fmt::Debug for Endpoint<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("platform", &self.facts().name).field("settings", &self.settings).finish()
    }
}
