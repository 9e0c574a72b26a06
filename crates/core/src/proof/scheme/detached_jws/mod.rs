//! A detached JSON Web Signature in one header, with keys that the platform publishes (RFC 7515, RFC 7517).
//!
//! - Guarantees: a signature is accepted if a key of the endpoint's sets made it, with the algorithm of that key, over the
//!   protected header and the body as they came. A header can choose among the keys and nothing else.
//! - Assumes: the sets come from the platform. Fetching and refreshing them is the application's, because this crate opens
//!   no connection.
//! - Without it: `alg: none` needs no key, `HS256` makes an HMAC key of the public one, and a key inside the header is the
//!   forger's.

mod algorithm;
mod base64url;
mod compact;
mod jwk;
mod key;
mod key_set;
mod protected;
mod published;

use http::header::{HeaderMap, HeaderName};

use self::algorithm::Algorithm;
use self::compact::{Compact, signing_input};
use self::key::JwsKey;
use self::key_set::Choice;
pub(crate) use self::key_set::KeySet;
use super::evidence::{Evidence, Proof};
use super::header::only_value;
use super::key::Key;
use super::naming;
use super::variant::Variant;
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::weakness::Doubt;
use crate::{ConfigError, Error, ErrorKind, Secret};

/// The maximum length of the header, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// A detached JSON Web Signature over the body, in one header: `<protected>..<signature>`.
///
/// The signature covers the protected header, a full stop, and the body in base64url, as in every JWS. The algorithms are
/// `RS256` and `ES256`.
///
/// The secret is a JWK set as JSON (or a single JWK), such as the content of the platform's `jwks.json`. A header's `kid`
/// selects the key, and each key has one algorithm. A header without `kid` is accepted if the set has exactly one key of
/// its algorithm. A `kid` that no set has is [`ErrorKind::UnknownKey`]: fetch the set again, at a bounded rate, and try
/// once more. Keys of other purposes are ignored. A set with a private or symmetric key is refused.
///
/// A single private JWK is the secret of a sender. It signs, and an endpoint with it has a [`Weakness`](crate::Weakness).
///
/// ```
/// use referral_webhooks::{DetachedJws, ErrorKind, Message, Scheme, Variant, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let scheme = Scheme::DetachedJws(DetachedJws::new("x-shop-jws"));
/// // The private key and its public half, of RFC 7515, appendix A.3.
/// let sender = Verifier::new(
///     scheme.clone(),
///     r#"{"kty":"EC","crv":"P-256","kid":"1","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
///         "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
/// )?;
/// let receiver = Verifier::new(
///     scheme,
///     r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
///         "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#,
/// )?;
/// let mut request = sender.sign(&Message::new("{}", now))?;
/// assert_eq!(receiver.verify(&request, now)?.variant(), Variant::Es256);
/// *request.body_mut() = "[]".into();
/// assert_eq!(receiver.verify(&request, now).unwrap_err().kind(), ErrorKind::SignatureMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DetachedJws {
    header: HeaderName,
    label: &'static str,
    /// The only accepted algorithm, if the platform has one.
    only: Option<Algorithm>,
}

impl DetachedJws {
    /// Makes the scheme with its signature in this header.
    ///
    /// # Panics
    ///
    /// If `header` is not a lower-case header name. In a constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{DetachedJws, Scheme, Variant};
    /// let scheme = Scheme::DetachedJws(DetachedJws::new("x-shop-jws"));
    /// assert!(scheme.reads(&http::HeaderName::from_static("x-shop-jws")));
    /// assert_eq!(scheme.variants(), [Variant::Rs256, Variant::Es256]);
    /// ```
    #[must_use]
    pub const fn new(header: &'static str) -> Self {
        Self { header: HeaderName::from_static(header), label: header, only: None }
    }

    /// Makes the scheme with its signature in this header, whose name is known at run time only.
    ///
    /// # Errors
    ///
    /// [`ConfigError::HeaderName`] if `header` is not a header name of at most 256 bytes, [`ConfigError::ReservedHeader`] if
    /// it belongs to HTTP, and [`ConfigError::TooManyNames`] if the process holds too many names.
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, DetachedJws};
    /// assert!(DetachedJws::try_new("X-Shop-JWS").is_ok());
    /// assert_eq!(DetachedJws::try_new("x shop").unwrap_err(), ConfigError::HeaderName);
    /// ```
    pub fn try_new(header: &str) -> Result<Self, ConfigError> {
        let (header, label) = naming::header(header)?;
        Ok(Self { header, label, only: None })
    }

    /// Accepts `RS256` alone. Keys of other types are ignored.
    ///
    /// ```
    /// # use referral_webhooks::{DetachedJws, Scheme, Variant};
    /// let scheme = Scheme::DetachedJws(DetachedJws::new("x-shop-jws").rs256());
    /// assert_eq!(scheme.variants(), [Variant::Rs256]);
    /// ```
    #[must_use]
    pub const fn rs256(mut self) -> Self {
        self.only = Some(Algorithm::Rs256);
        self
    }

    /// Accepts `ES256` alone. Keys of other types are ignored.
    ///
    /// ```
    /// # use referral_webhooks::{DetachedJws, Scheme, Variant};
    /// let scheme = Scheme::DetachedJws(DetachedJws::new("x-shop-jws").es256());
    /// assert_eq!(scheme.variants(), [Variant::Es256]);
    /// ```
    #[must_use]
    pub const fn es256(mut self) -> Self {
        self.only = Some(Algorithm::Es256);
        self
    }

    pub(super) const fn variants(&self) -> &'static [Variant] {
        match self.only {
            None => &[Variant::Rs256, Variant::Es256],
            Some(Algorithm::Rs256) => &[Variant::Rs256],
            Some(Algorithm::Es256) => &[Variant::Es256],
        }
    }

    fn set(&self, text: &str) -> Result<KeySet, ConfigError> {
        let set = KeySet::parse(text)?;
        match self.only {
            Some(only) => set.only(only),
            None => Ok(set),
        }
    }

    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        self.set(secret.expose()).map(|set| Key::Jws(set.into()))
    }

    pub(super) fn doubt(&self, secret: &Secret) -> Option<Doubt> {
        self.set(secret.expose()).ok().and_then(|set| set.doubt())
    }

    /// Verifies the signature with the key that the header names, in the first set that has it.
    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let sent = self.claim(evidence.policy.pinned, evidence.headers)?;
        // The check needs the message in one piece: one copy, however many sets have a key of this `kid`.
        let mut message = None;
        let (secret, key) = self.find(keys, &sent, |key| {
            let message = message.get_or_insert_with(|| sent.signing_input(evidence.body));
            key.verifies(message.as_bytes(), &sent.signature)
        })?;
        Ok(Proof { key, ..Proof::signed(secret, sent.protected.algorithm.variant()) })
    }

    /// Checks everything but the signature, which covers the body.
    pub(super) fn check_head(&self, keys: &[Key], pinned: Option<Variant>, headers: &HeaderMap) -> Result<(), Error> {
        let sent = self.claim(pinned, headers)?;
        self.find(keys, &sent, |_| true).map(|_| ())
    }

    /// Attempts the key that a header names, in every set. Returns the position of the secret, and that of the key in its set.
    fn find(
        &self,
        keys: &[Key],
        sent: &Compact<'_>,
        mut attempt: impl FnMut(&JwsKey) -> bool,
    ) -> Result<(usize, usize), Error> {
        let (mut is_known, mut is_ambiguous) = (false, false);
        for (secret, key) in keys.iter().enumerate() {
            let Key::Jws(set) = key else { continue };
            match set.choose(sent.protected.algorithm, sent.protected.kid.as_deref()) {
                Choice::Key(position, key) if attempt(key) => return Ok((secret, position)),
                Choice::Key(..) | Choice::OtherAlgorithm => is_known = true,
                Choice::Ambiguous => is_ambiguous = true,
                Choice::Unknown => {}
            }
        }
        Err(match (is_known, is_ambiguous) {
            (true, _) => ErrorKind::SignatureMismatch.into(),
            (false, true) => ErrorKind::MalformedHeader(self.label).into(),
            (false, false) => ErrorKind::UnknownKey.into(),
        })
    }

    /// Signs with the first private key. [`Message::variant`] chooses among those of several algorithms.
    pub(super) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let is_wanted = |variant: Variant| {
            message.variant.is_none_or(|wanted| wanted == variant || !self.variants().contains(&wanted))
        };
        let all = keys.iter().flat_map(|key| match key {
            Key::Jws(set) => set.keys(),
            _ => &[],
        });
        let mut private = all.filter(|key| key.is_private() && is_wanted(key.algorithm().variant()));
        let key = private.next().ok_or(SignError::NoSigningKey)?;
        let kid = match &key.kid {
            Some(kid) => format!(r#","kid":{}"#, serde_json::to_string(kid).map_err(|_| SignError::NoSigningKey)?),
            None => String::new(),
        };
        let protected = format!(r#"{{"alg":"{}","typ":"JWT"{kid}}}"#, key.algorithm().name());
        let protected = base64url::encode(protected.as_bytes());
        let signature = key.sign(signing_input(&protected, &message.body).as_bytes())?;
        draft.header(&self.header, &format!("{protected}..{}", base64url::encode(&signature)));
        Ok(())
    }

    pub(super) fn secret_from(random: &[u8; 32]) -> String {
        published::private_key(random)
    }

    /// Returns whether this header carries the proof.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        *header == self.header
    }

    /// Parses the header, whose length is bounded.
    fn claim<'r>(&self, pinned: Option<Variant>, headers: &'r HeaderMap) -> Result<Compact<'r>, Error> {
        let header = only_value(&headers.get_all(&self.header), self.label, MAX_HEADER)?;
        let is_accepted = |sent: &Compact<'_>| {
            let algorithm = sent.protected.algorithm;
            self.only.is_none_or(|only| only == algorithm) && pinned.is_none_or(|pinned| pinned == algorithm.variant())
        };
        Compact::parse(header).filter(is_accepted).ok_or_else(|| ErrorKind::MalformedHeader(self.label).into())
    }
}
