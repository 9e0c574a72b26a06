//! A scheme with its keys.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use time::OffsetDateTime;

use super::error::Hint;
use super::message::{Draft, Message, SignError};
use super::scheme::evidence::Evidence;
use super::scheme::key::Key;
use super::scheme::policy::{AgeRule, Policy};
use super::verified::Verified;
use crate::{
    ConfigError, Error, ErrorKind, Fingerprint, Scheme, Secret, SecretRole, Tolerance, UrlToken, Variant, Weakness,
};

/// A scheme with its keys: verifies that the sender of a request holds one of them.
///
/// An [`Endpoint`](crate::Endpoint) adds a platform's events. Use a `Verifier` alone for a sender that is not one of the
/// platforms.
///
/// ```
/// use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
/// # use time::OffsetDateTime;
///
/// let verifier = Verifier::new(Scheme::BodyHmac(BodyHmac::new("x-shop-signature")), "correct horse battery staple")?;
/// let now = OffsetDateTime::UNIX_EPOCH;
/// let request = verifier.sign(&Message::new("{}", now))?;
/// assert_eq!(verifier.verify(&request, now)?.secret_index(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    pub(super) scheme: Scheme,
    pub(crate) keys: Vec<Key>,
    /// The names of `keys`, computed once.
    pub(super) names: Vec<Vec<Fingerprint>>,
    /// The keys that reopen stored deliveries, and accept none.
    pub(super) reopening: Vec<Key>,
    tokens: Vec<Key>,
    pub(crate) policy: Policy,
    weaknesses: Vec<Weakness>,
}

impl Verifier {
    /// Makes a verifier with one secret, in the format of the scheme.
    ///
    /// # Errors
    ///
    /// If the secret cannot be a key of this scheme; the error names the accident.
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, Scheme, Svix, Verifier};
    /// assert!(Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
    /// assert_eq!(Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8G").unwrap_err(), ConfigError::KeyTooShort);
    /// ```
    pub fn new(scheme: Scheme, secret: impl AsRef<str>) -> Result<Self, ConfigError> {
        let secret = scheme.secret(secret.as_ref())?;
        let key = scheme.key(&secret)?;
        let mut verifier = Self::with(scheme, key);
        verifier.look_for_weakness(SecretRole::Current, &secret);
        Ok(verifier)
    }

    /// Makes a verifier whose key is these bytes. The scheme does not decode them.
    ///
    /// For senders that sign with the text of a secret that should have been decoded, or the other way round.
    ///
    /// # Errors
    ///
    /// If `key` is empty or a placeholder, or if the scheme uses a URL token and `key` is not a valid
    /// one.
    ///
    /// ```
    /// use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # use time::OffsetDateTime;
    ///
    /// let literal = Verifier::from_key(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let decoded = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let now = OffsetDateTime::UNIX_EPOCH;
    /// let request = literal.sign(&Message::new("{}", now))?;
    /// assert!(literal.verify(&request, now).is_ok());
    /// assert!(decoded.verify(&request, now).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_key(scheme: Scheme, key: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let key = scheme.key_of_bytes(key.as_ref())?;
        Ok(Self::with(scheme, key))
    }

    fn with(scheme: Scheme, key: Key) -> Self {
        Self {
            scheme,
            names: vec![key.fingerprints()],
            keys: vec![key],
            reopening: Vec::new(),
            tokens: Vec::new(),
            policy: Policy { tolerance: Tolerance::default(), age: AgeRule::Refuse, pinned: None },
            weaknesses: Vec::new(),
        }
    }

    /// Also accepts another secret, while a rotation lasts. Signing uses all secrets if the scheme allows several
    /// signatures, and else the first.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let rotating = Verifier::new(Scheme::Svix(Svix), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?
    ///     .or_previous("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(rotating.verify(&request, now)?.secret_index(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn or_previous(mut self, secret: impl AsRef<str>) -> Result<Self, ConfigError> {
        let secret = self.scheme.secret(secret.as_ref())?;
        self.look_for_weakness(SecretRole::Previous(self.keys.len()), &secret);
        let key = self.scheme.key(&secret)?;
        self.names.push(key.fingerprints());
        self.keys.push(key);
        Ok(self)
    }

    /// Demands a token in the URL in addition to the proof. Several calls accept several tokens.
    ///
    /// # Errors
    ///
    /// If the token is shorter than 16 bytes or has a character that URLs escape, or if the secret is a token itself.
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = verifier.sign(&Message::new("{}", now))?;
    /// let verifier = verifier.and_url_token("rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// assert_eq!(verifier.verify(&request, now).unwrap_err().kind(), ErrorKind::MissingToken);
    /// *request.uri_mut() = "/rT7kQ2mX9vB4nL6pW3sY8zD5".parse()?;
    /// assert!(verifier.verify(&request, now).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn and_url_token(mut self, token: impl AsRef<str>) -> Result<Self, ConfigError> {
        if matches!(self.scheme, Scheme::UrlToken(_)) {
            return Err(ConfigError::TokenTwice);
        }
        self.tokens.push(UrlToken.key(&Secret::new(token)?)?);
        Ok(self)
    }

    /// Returns the doubts about secrets that are accepted nevertheless. Log them when the program starts.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, TimestampedHmac, Verifier};
    /// let scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-shop-signature"));
    /// let verifier = Verifier::new(scheme, "k3v9x2m7q1")?;
    /// assert!(verifier.weaknesses()[0].to_string().starts_with("the current secret has fewer than 16 characters"));
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    #[must_use]
    pub fn weaknesses(&self) -> &[Weakness] {
        &self.weaknesses
    }

    fn look_for_weakness(&mut self, role: SecretRole, secret: &Secret) {
        self.weaknesses.extend(self.scheme.doubt(secret).map(|doubt| Weakness::new(role, doubt)));
    }

    /// Sets the allowed difference between a signed time and now: 5 minutes by default, at most
    /// [24 hours](Tolerance::MOST).
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Tolerance, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let later = now + time::Duration::minutes(4);
    /// assert!(verifier.verify(&request, later).is_ok());
    /// assert!(verifier.with_tolerance(Tolerance::minutes(3)).verify(&request, later).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        self.allow(tolerance.at_most(Tolerance::MOST))
    }

    /// Sets the tolerance without a maximum.
    pub(crate) const fn allow(mut self, tolerance: Tolerance) -> Self {
        self.policy.tolerance = tolerance;
        self
    }

    /// Accepts only one of the variants that the scheme leaves open.
    ///
    /// # Errors
    ///
    /// [`ConfigError::VariantNotOffered`] if the scheme does not have the variant.
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Variant, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let verifier = verifier.pin(Variant::WebhookHeaders)?; // the request has `svix-*` headers
    /// assert_eq!(verifier.verify(&request, now).unwrap_err().kind(), ErrorKind::MissingHeader("webhook-id"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pin(mut self, variant: Variant) -> Result<Self, ConfigError> {
        if !self.scheme.variants().contains(&variant) {
            return Err(ConfigError::VariantNotOffered);
        }
        self.policy.pinned = Some(variant);
        Ok(self)
    }

    /// Accepts genuine deliveries of any age.
    ///
    /// Anyone with a copy of a delivery can then replay it at any time. The caller must therefore keep delivery ids
    /// without a limit of time. Deliveries from the future are still refused.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let verifier = verifier.dangerously_accept_stale();
    /// assert!(verifier.verify(&request, now + time::Duration::days(30))?.is_stale());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn dangerously_accept_stale(mut self) -> Self {
        self.policy.age = AgeRule::AcceptStale;
        self
    }

    /// Verifies a request as of `now`.
    ///
    /// # Errors
    ///
    /// If the proof is missing, malformed, wrong, or right and outside the tolerance; see [`ErrorKind`].
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = verifier.sign(&Message::new("{}", now).id("msg_1"))?;
    /// assert_eq!(verifier.verify(&request, now)?.message_id(), Some("msg_1"));
    /// *request.body_mut() = "forged".into();
    /// assert_eq!(verifier.verify(&request, now).unwrap_err().kind(), ErrorKind::SignatureMismatch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify<'r, B: AsRef<[u8]>>(
        &self,
        request: &'r Request<B>,
        now: OffsetDateTime,
    ) -> Result<Verified<'r>, Error> {
        self.judge(&Evidence::of(request, now, self.policy))
    }

    /// Verifies a request without judging its age. For tools that explain why a request was refused.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), except for the age.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// assert!(verifier.verify(&request, now + time::Duration::days(30)).is_err());
    /// assert_eq!(verifier.dangerously_verify_at_any_age(&request)?.signed_at(), Some(now));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dangerously_verify_at_any_age<'r, B: AsRef<[u8]>>(
        &self,
        request: &'r Request<B>,
    ) -> Result<Verified<'r>, Error> {
        let policy = Policy { age: AgeRule::JudgedBefore, ..self.policy };
        self.judge(&Evidence::of(request, OffsetDateTime::UNIX_EPOCH, policy))
    }

    /// Verifies the token in the URL, if one is demanded, and then the proof of the scheme.
    pub(crate) fn judge<'r>(&self, evidence: &Evidence<'r>) -> Result<Verified<'r>, Error> {
        if let Some(uri) = evidence.uri {
            self.check_token(uri)?;
        }
        let is_compressed = || evidence.headers.contains_key(header::CONTENT_ENCODING);
        match self.scheme.verify(&self.keys, evidence) {
            Ok(proof) => Ok(Verified { proof, body: evidence.body }),
            Err(error) if error.kind() == ErrorKind::SignatureMismatch && is_compressed() => {
                Err(error.with(Hint::Compressed))
            }
            Err(error) if self.is_reopening(error.kind(), evidence) => Err(error.with(Hint::Reopening)),
            Err(error) => Err(error),
        }
    }

    /// Returns the tokens of every kind.
    #[cfg(feature = "json")]
    pub(crate) fn tokens(&self) -> Vec<&str> {
        let keys = self.keys.iter().chain(&self.tokens);
        keys.filter_map(Key::token).collect()
    }

    /// Returns whether a URL must carry a token.
    #[cfg(feature = "json")]
    pub(crate) const fn has_url_token(&self) -> bool {
        !self.tokens.is_empty() || matches!(self.scheme, Scheme::UrlToken(_))
    }

    /// Returns whether a proof that no accepted secret makes was made with a reopening one.
    fn is_reopening(&self, kind: ErrorKind, evidence: &Evidence<'_>) -> bool {
        let policy = Policy { age: AgeRule::JudgedBefore, ..evidence.policy };
        matches!(kind, ErrorKind::SignatureMismatch | ErrorKind::TokenMismatch | ErrorKind::UnknownKey)
            && !self.reopening.is_empty()
            && self.scheme.verify(&self.reopening, &Evidence { policy, ..*evidence }).is_ok()
    }

    fn check_token(&self, uri: &Uri) -> Result<(), Error> {
        if self.tokens.is_empty() { Ok(()) } else { UrlToken.check_head(&self.tokens, uri).map(|_| ()) }
    }

    /// Checks the tokens in the URL, of the scheme and in addition to it.
    #[cfg(feature = "json")]
    pub(crate) fn check_url(&self, uri: &Uri) -> Result<(), Error> {
        self.check_token(uri)?;
        match &self.scheme {
            Scheme::UrlToken(token) => token.check_head(&self.keys, uri).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Checks headers and URL before the body is read.
    ///
    /// # Errors
    ///
    /// Every error is one that [`verify`](Self::verify) would return for any body.
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = verifier.sign(&Message::new("{}", now))?;
    /// request.headers_mut().remove("svix-timestamp");
    /// let error = verifier.check_head(request.uri(), request.headers()).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MissingHeader("svix-timestamp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_head(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        self.check_token(uri)?;
        self.scheme.check_head(&self.keys, self.policy.pinned, uri, headers)
    }

    /// Makes the complete request that the platform would send for a message.
    ///
    /// # Errors
    ///
    /// If the verifier holds only a public key, or id, time or URL cannot be signed.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = verifier.sign(&Message::new("{}", now))?;
    /// assert_eq!((request.method(), request.body().as_ref()), (&http::Method::POST, &b"{}"[..]));
    /// assert!(request.headers()["svix-signature"].to_str()?.starts_with("v1,"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign(&self, message: &Message) -> Result<Request<Bytes>, SignError> {
        let mut draft = Draft { uri: message.uri.clone(), headers: HeaderMap::new(), body: message.body.clone() };
        draft.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.scheme.sign(&self.keys, message, &mut draft)?;
        if !self.tokens.is_empty() {
            UrlToken.sign(&self.tokens, message, &mut draft)?;
        }
        let mut request = Request::new(draft.body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = draft.uri;
        *request.headers_mut() = draft.headers;
        Ok(request)
    }

    /// Returns the scheme.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix, Verifier};
    /// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert!(matches!(verifier.scheme(), Scheme::Svix(_)));
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Returns the tolerance in force.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix, Tolerance, Verifier};
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(verifier.tolerance(), Tolerance::minutes(5));
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn tolerance(&self) -> Tolerance {
        self.policy.tolerance
    }

    /// Returns whether deliveries of any age are accepted.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, Svix, Verifier};
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert!(!verifier.accepts_stale());
    /// assert!(verifier.dangerously_accept_stale().accepts_stale());
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn accepts_stale(&self) -> bool {
        matches!(self.policy.age, AgeRule::AcceptStale)
    }
}
