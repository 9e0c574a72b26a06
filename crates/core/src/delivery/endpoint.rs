//! One URL at which one platform delivers.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode, Uri};
use time::OffsetDateTime;

use super::delivery::{Delivery, Findings};
use super::endpoint_error::EndpointError;
use super::stored::StoredDelivery;
use crate::platform::{Platform, Signed};
use crate::proof::scheme::evidence::Evidence;
use crate::proof::scheme::key::Key;
use crate::proof::scheme::policy::{AgeRule, Policy};
use crate::{
    ConfigError, Contract, Error, ErrorKind, Message, Retention, SecretRole, SignError, Tolerance, Variant, Verified,
    Verifier, Weakness,
};

/// One URL at which one platform delivers: its secrets and its tolerance.
///
/// Cheap to clone. A request is a delivery if
///
/// - the URL carries one of the endpoint's tokens, where it has any,
/// - the platform's signature (or secret URL) was made with one of the endpoint's secrets, over the bytes that came,
/// - the signed time, where there is one, is within the tolerance.
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
/// // What Redpin would send; see `Message` for how to make bad ones.
/// let request = endpoint.sign(&Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, now))?;
///
/// let delivery = endpoint.receive(&request, now)?;
/// assert!(matches!(delivery.event(), redpin::Event::ReferralCreated(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Endpoint<P> {
    settings: Arc<Settings>,
    platform: PhantomData<fn() -> P>,
}

#[derive(Debug, Clone)]
struct Settings {
    verifier: Verifier,
    retry_bad_signatures: bool,
    body_limit: usize,
    body_deadline: Duration,
    /// Whether the weaknesses were taken for a log.
    reported: Arc<AtomicBool>,
}

/// The longest body that an endpoint takes if it does not say otherwise, in bytes: 1 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// The most that a platform can declare as its tolerance: 31 days.
const MOST_OF_A_PLATFORM: Tolerance = Tolerance::minutes(31 * 24 * 60);

/// How long an endpoint waits for a body where the platform publishes no deadline of its own.
const DEFAULT_BODY_DEADLINE: Duration = Duration::from_secs(15);

impl<P: Platform> Endpoint<P> {
    /// An endpoint with one secret, in the platform's format.
    ///
    /// # Errors
    ///
    /// If the secret cannot be a key of this platform or visibly is none; the error names the platform and the accident.
    pub fn new(secret: impl AsRef<str>) -> Result<Self, EndpointError> {
        let refused = |accident| EndpointError::new(P::TITLE, Some(SecretRole::Current), accident);
        let verifier = Verifier::new(P::SCHEME, secret).map_err(refused)?.allow(Self::platforms_tolerance());
        let settings = Settings {
            verifier,
            retry_bad_signatures: false,
            body_limit: DEFAULT_BODY_LIMIT,
            body_deadline: P::CONTRACT.deadline.unwrap_or(DEFAULT_BODY_DEADLINE),
            reported: Arc::default(),
        };
        Ok(Self { settings: Arc::new(settings), platform: PhantomData })
    }

    /// Also accepts another secret, while a rotation lasts.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn or_previous(self, secret: impl AsRef<str>) -> Result<Self, EndpointError> {
        let role = SecretRole::Previous(self.settings.verifier.keys.len());
        self.try_change(Some(role), |verifier| verifier.or_previous(secret))
    }

    /// Demands a token in the URL beside the platform's own proof; several calls accept several tokens.
    ///
    /// # Errors
    ///
    /// If the token is shorter than 16 bytes or has a character that URLs escape, or if the platform's secret is a
    /// token itself.
    pub fn and_url_token(self, token: impl AsRef<str>) -> Result<Self, EndpointError> {
        self.try_change(Some(SecretRole::UrlToken), |verifier| verifier.and_url_token(token))
    }

    /// Accepts only one of the spellings that the platform's documentation leaves open. What is stored already still
    /// [reopens](Self::reopen).
    ///
    /// # Errors
    ///
    /// [`ConfigError::VariantNotOffered`] if this platform's scheme has no such spelling.
    pub fn pin(self, variant: Variant) -> Result<Self, EndpointError> {
        self.try_change(None, |verifier| verifier.pin(variant))
    }

    /// Returns what is questionable about the secrets, which are accepted nevertheless.
    #[must_use]
    pub fn weaknesses(&self) -> &[Weakness] {
        self.settings.verifier.weaknesses()
    }

    /// Returns the weaknesses to the first caller among all clones of this endpoint, and none to later callers: web
    /// crates log them once.
    #[must_use]
    pub fn unreported_weaknesses(&self) -> &[Weakness] {
        let weaknesses = self.weaknesses();
        let is_reported = weaknesses.is_empty() || self.settings.reported.swap(true, Ordering::Relaxed);
        if is_reported { &[] } else { weaknesses }
    }

    /// Sets how far a signed time may be from now; the platform's own allowance if not set. In each direction, more
    /// than [24 hours](Tolerance::MOST) counts as 24 hours, or as the platform's own allowance if that is more.
    ///
    /// Where no time is signed, a tolerance has no effect.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        let (most, own) = (Tolerance::MOST, Self::platforms_tolerance());
        let most = Tolerance::past_and_future(most.past().max(own.past()), most.future().max(own.future()));
        self.change(|settings| settings.verifier = settings.verifier.clone().allow(tolerance.at_most(most)))
    }

    fn platforms_tolerance() -> Tolerance {
        P::TOLERANCE.unwrap_or_default().at_most(MOST_OF_A_PLATFORM)
    }

    /// Accepts genuine deliveries of any age.
    ///
    /// For Prefinery, whose documentation leaves open whether a retry is signed anew: if its retries turn out to
    /// carry the first attempt's time, every late one is stale. The default answers those with "send it again
    /// later", which loses nothing while retries last, and accepts nothing that a stranger might replay.
    /// Switching this on, you owe a memory of delivery ids that never forgets, for whoever has once seen a
    /// delivery can send it again.
    #[must_use]
    pub fn dangerously_accept_stale(self) -> Self {
        self.change(|settings| settings.verifier = settings.verifier.clone().dangerously_accept_stale())
    }

    /// Answers a signature that does not match with "send it again later" instead of "unproven".
    ///
    /// For Prefinery, where every other answer is final: a secret that was rotated too early then costs no
    /// events, as long as it is put right while retries last. The price is that forgeries are told to come
    /// again, so it is off by default.
    #[must_use]
    pub fn retry_bad_signatures(self) -> Self {
        self.change(|settings| settings.retry_bad_signatures = true)
    }

    /// Sets the longest body that is taken, in bytes; 1 MiB if not set. Web crates stop reading there.
    #[must_use]
    pub fn with_body_limit(self, bytes: usize) -> Self {
        self.change(|settings| settings.body_limit = bytes)
    }

    /// The longest body that is taken, in bytes.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        self.settings.body_limit
    }

    /// Sets how long a web crate waits for the whole body. If not set, as long as the platform waits for the whole
    /// answer, or 15 seconds where that is not published.
    #[must_use]
    pub fn with_body_deadline(self, deadline: Duration) -> Self {
        self.change(|settings| settings.body_deadline = deadline)
    }

    /// How long a web crate waits for the whole body.
    #[must_use]
    pub fn body_deadline(&self) -> Duration {
        self.settings.body_deadline
    }

    /// Checks what can be checked before the body is read: that every header of the proof is there, once, and
    /// readable, and that the URL's token is right. Web crates call it before the first byte of the body.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive) would, for any body.
    pub fn check_head(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        self.settings.verifier.check_head(uri, headers)
    }

    /// Receives a request: verifies it, decodes its event and finds its id.
    ///
    /// # Errors
    ///
    /// If the request is not proven to be the platform's, or is outside the tolerance; see [`ErrorKind`].
    /// A genuine body that cannot be read is no error: it is the event `Other`.
    pub fn receive<B: AsRef<[u8]>>(&self, request: &Request<B>, now: OffsetDateTime) -> Result<Delivery<P>, Error> {
        let evidence = Evidence::of(request, now, self.settings.verifier.policy);
        let verified = self.verify(&evidence)?;
        let body = Bytes::copy_from_slice(evidence.body);
        let payload = payload_of(&verified, &body);
        let event = P::decode(&payload);
        let findings = self.conclude(&evidence, &verified, &event, &payload)?;
        Ok(Delivery::new(event, findings, request.headers().clone(), body))
    }

    /// Receives a request without copying its headers and body: what web frameworks call.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    pub fn receive_owned(&self, request: Request<Bytes>, now: OffsetDateTime) -> Result<Delivery<P>, Error> {
        // The rest of the request is freed before the event's texts are allocated: they take its place.
        let (Parts { uri, headers, .. }, body) = request.into_parts();
        let policy = self.settings.verifier.policy;
        let evidence = Evidence { uri: Some(&uri), seal: None, headers: &headers, body: &body, now, policy };
        let verified = self.verify(&evidence)?;
        let payload = payload_of(&verified, &body);
        let event = P::decode(&payload);
        let findings = self.conclude(&evidence, &verified, &event, &payload)?;
        Ok(Delivery::new(event, findings, headers, body))
    }

    /// Opens what [`Delivery::stored`] gave out and a store has kept: the store's door, beside
    /// [`receive`](Self::receive) the only way to a [`Delivery`].
    ///
    /// The stored bytes are verified again, with the secrets of today; id, event, trust, signed time and matched
    /// secret are found anew. Left out is what was judged at the door: the age, the limit on bodies, the
    /// [pinned](Self::pin) variant, and a URL token that is demanded *beside* a signature. Where the token is the proof itself, the
    /// [seal](StoredDelivery::seal) is checked instead. [`Delivery::is_stale`] says whether the delivery was outside
    /// today's tolerance when it came.
    ///
    /// A delivery whose secret has since been taken away is refused: keep old secrets with
    /// [`or_previous`](Self::or_previous) until all that they proved is processed. Nothing is lost by such a refusal,
    /// for what is stored stays stored, and opens when the secret is back.
    ///
    /// Since the age is not judged, give it nothing that does not come from your store: to a request from the network
    /// this is a door for replays.
    ///
    /// # Errors
    ///
    /// If no secret of this endpoint makes the stored proof over the stored bytes; see [`ErrorKind`].
    pub fn reopen(&self, stored: StoredDelivery) -> Result<Delivery<P>, Error> {
        let StoredDelivery { headers, body, received_at: now, seal } = stored;
        let policy = Policy { age: AgeRule::JudgedBefore, ..self.settings.verifier.policy };
        let mut evidence = Evidence { uri: None, seal: seal.as_ref(), headers: &headers, body: &body, now, policy };
        let mut verified = self.settings.verifier.judge(&evidence);
        // A delivery that was stored before the variant was pinned may have another. The pinned one goes first, because
        // a delivery that came since may hold proofs of both.
        if verified.is_err() && policy.pinned.is_some() {
            evidence.policy.pinned = None;
            verified = self.settings.verifier.judge(&evidence);
        }
        let verified = verified?;
        let payload = payload_of(&verified, &body);
        let event = P::decode(&payload);
        let findings = self.conclude(&evidence, &verified, &event, &payload)?;
        Ok(Delivery::new(event, findings, headers, body))
    }

    /// Verifies a request whose body is within the limit.
    fn verify<'r>(&self, evidence: &Evidence<'r>) -> Result<Verified<'r>, Error> {
        if evidence.body.len() > self.settings.body_limit {
            return Err(ErrorKind::BodyTooLarge.into());
        }
        self.settings.verifier.judge(evidence)
    }

    /// Judges a signed time in the body, and finds the delivery's id.
    fn conclude(
        &self,
        evidence: &Evidence<'_>,
        verified: &Verified<'_>,
        event: &P::Event,
        payload: &Bytes,
    ) -> Result<Findings, Error> {
        let (mut signed_at, mut stale) = (verified.signed_at(), verified.is_stale());
        let body_time = P::BODY_TIME.and_then(|read| read(event));
        if let (None, Some(body_time)) = (signed_at, body_time) {
            stale = evidence.policy.check_age(body_time.unix_timestamp(), evidence.now)?;
            signed_at = Some(body_time);
        }
        Ok(Findings {
            id: P::delivery_id(event, Signed { message_id: verified.message_id(), payload }),
            trust: verified.trust(),
            secret: verified.secret_index(),
            variant: verified.variant(),
            received_at: evidence.now,
            signed_at,
            stale,
            sealer: self.settings.verifier.keys.get(verified.secret_index()).and_then(Key::sealer).cloned(),
        })
    }

    /// Makes the complete request that the platform would send for a message; for tests and tools.
    ///
    /// # Errors
    ///
    /// If the endpoint holds only a public key, or id, time or URL cannot be signed.
    pub fn sign(&self, message: &Message) -> Result<Request<Bytes>, SignError> {
        self.settings.verifier.sign(message)
    }

    /// The platform's contract.
    #[must_use]
    pub const fn contract(&self) -> &'static Contract {
        P::CONTRACT
    }

    /// The status to send for a refused request: the contract's, with this endpoint's choices.
    #[must_use]
    pub fn status(&self, kind: ErrorKind) -> StatusCode {
        match kind {
            ErrorKind::SignatureMismatch if self.settings.retry_bad_signatures => P::CONTRACT.transient,
            kind => P::CONTRACT.status(kind),
        }
    }

    /// How long delivery ids must be remembered to drop every repeat that this endpoint would let in: those that
    /// the platform sends, and those of whoever has seen a delivery.
    ///
    /// For good where no time is signed, whatever tolerance the platform's type declares, and where stale deliveries
    /// are accepted. A single delivery of which [`signed_at`](Delivery::signed_at) is `None` has no age either, and
    /// its id is to be kept for good, whatever this returns.
    #[must_use]
    pub fn retention(&self) -> Retention {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let is_renewed = P::SCHEME.signs_time();
        let is_dated = is_renewed || P::BODY_TIME.is_some();
        // With no limit to the age, nothing bounds when a repeat can come.
        if self.settings.verifier.accepts_stale() || !is_dated {
            return Retention::ForGood;
        }
        let tolerance = self.settings.verifier.tolerance();
        let replayable = tolerance.past().saturating_add(tolerance.future()).saturating_add(DAY);
        match P::CONTRACT.retention() {
            Retention::AtLeast(contract) => Retention::AtLeast(contract.max(replayable)),
            Retention::ForGood if is_renewed => Retention::ForGood,
            // A repeat has the same time in its body, and is refused once that is too old.
            Retention::ForGood => {
                let retries = P::CONTRACT.retries.horizon().unwrap_or_default().saturating_add(DAY);
                Retention::AtLeast(retries.max(replayable))
            }
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    fn try_change(
        mut self,
        role: Option<SecretRole>,
        change: impl FnOnce(Verifier) -> Result<Verifier, ConfigError>,
    ) -> Result<Self, EndpointError> {
        let settings = Arc::make_mut(&mut self.settings);
        let refused = |accident| EndpointError::new(P::TITLE, role, accident);
        settings.verifier = change(settings.verifier.clone()).map_err(refused)?;
        settings.reported = Arc::default();
        Ok(self)
    }
}

/// Returns the bytes that carry the event: the body, or the decoded payload field of a form.
fn payload_of<'b>(verified: &Verified<'_>, body: &'b Bytes) -> Cow<'b, Bytes> {
    match verified.proof.form_payload {
        Some(value) => Cow::Owned(value.decode().into()),
        None => Cow::Borrowed(body),
    }
}

impl<P> Clone for Endpoint<P> {
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), platform: PhantomData }
    }
}

impl<P: Platform> fmt::Debug for Endpoint<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("platform", &P::NAME).field("settings", &self.settings).finish()
    }
}
