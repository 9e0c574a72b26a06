//! A static secret in a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use super::evidence::{Carrier, Evidence, Proof};
use super::header::only_value;
use super::key::Key;
use super::seal::check_seal;
use super::variant::Variant;
use super::{naming, token};
use crate::proof::error::Hint;
use crate::proof::message::{Draft, SignError};
use crate::{ConfigError, Error, ErrorKind, Secret, Trust};

/// The maximum length of the header, in bytes.
const MAX_HEADER: usize = 4 * 1024;

/// The prefix of credentials with a user's name (RFC 7617).
const BASIC: &str = "Basic ";

/// The name of the user in credentials whose secret is only the password.
const USER: &str = "webhook";

/// A static secret in a header, for platforms without signatures: `Authorization: Bearer …`, `X-Webhook-Token: …`.
///
/// The header must be sent once, and its value is the prefix (in any letter case) and the token. Tokens have at least 16
/// printable characters. They are compared in constant time (their length is not secret).
///
/// With the prefix `Basic `, the value is base64 of `user:password`. The secret is the password, for any user, or
/// `user:password`.
///
/// A token proves that the sender knows it, and proves no content. The header's value is `***` in a delivery, and absent
/// from its stored form. Ask the platform for confirmation before you pay.
///
/// ```
/// use referral_webhooks::{ErrorKind, HeaderToken, Message, Scheme, Trust, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// const SCHEME: Scheme = Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Bearer "));
/// let verifier = Verifier::new(SCHEME, "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
/// let mut request = verifier.sign(&Message::new("{}", now))?;
/// assert_eq!(request.headers()["authorization"], "Bearer rT7kQ2mX9vB4nL6pW3sY8zD5");
/// assert_eq!(verifier.verify(&request, now)?.trust(), Trust::SharedSecret);
///
/// request.headers_mut().insert("authorization", "Bearer another-token-here".parse()?);
/// assert_eq!(verifier.verify(&request, now).unwrap_err().kind(), ErrorKind::TokenMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct HeaderToken {
    header: HeaderName,
    label: &'static str,
    prefix: &'static str,
}

impl HeaderToken {
    /// Makes the scheme with its token in this header.
    ///
    /// # Panics
    ///
    /// If `header` is not a lower-case header name. In a constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{HeaderToken, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::HeaderToken(HeaderToken::new("x-shop-token"));
    /// let request = Verifier::new(scheme, "rT7kQ2mX9vB4nL6pW3sY8zD5")?.sign(&Message::new("{}", now))?;
    /// assert_eq!(request.headers()["x-shop-token"], "rT7kQ2mX9vB4nL6pW3sY8zD5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(header: &'static str) -> Self {
        Self { header: HeaderName::from_static(header), label: header, prefix: "" }
    }

    /// Makes the scheme with a header name that is known at run time, in any letter case. Each different name is kept
    /// until the process ends, so make each scheme once.
    ///
    /// # Errors
    ///
    /// [`ConfigError::HeaderName`], [`ConfigError::ReservedHeader`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, HeaderToken};
    /// assert!(HeaderToken::try_new(&String::from("X-Shop-Token")).is_ok());
    /// assert_eq!(HeaderToken::try_new("Content-Type").unwrap_err(), ConfigError::ReservedHeader);
    /// ```
    pub fn try_new(header: &str) -> Result<Self, ConfigError> {
        let (header, label) = naming::header(header)?;
        Ok(Self { header, label, prefix: "" })
    }

    /// Demands this text before the token, in any letter case: `Bearer `, `Basic `.
    ///
    /// # Panics
    ///
    /// If `prefix` has more than 64 bytes, begins with a blank, or has a character that is not printable ASCII. In a
    /// constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{HeaderToken, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Basic "));
    /// let verifier = Verifier::new(scheme, "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// let credentials = "c2hvcDpyVDdrUTJtWDl2QjRuTDZwVzNzWTh6RDU="; // base64 of shop:rT7kQ2mX9vB4nL6pW3sY8zD5
    /// let request = http::Request::post("/").header("authorization", format!("Basic {credentials}")).body("{}")?;
    /// assert!(verifier.verify(&request, now).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_prefix(mut self, prefix: &'static str) -> Self {
        assert!(naming::is_prefix(prefix), "a prefix has at most 64 printable ASCII characters, and no blank first");
        self.prefix = prefix;
        self
    }

    /// Sets a prefix that is known at run time, as [`with_prefix`](Self::with_prefix).
    ///
    /// # Errors
    ///
    /// [`ConfigError::HeaderPrefix`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{ConfigError, HeaderToken};
    /// assert!(HeaderToken::new("authorization").try_with_prefix("Bearer ").is_ok());
    /// let error = HeaderToken::new("authorization").try_with_prefix("Bearer\t").unwrap_err();
    /// assert_eq!(error, ConfigError::HeaderPrefix);
    /// ```
    pub fn try_with_prefix(mut self, prefix: &str) -> Result<Self, ConfigError> {
        self.prefix = naming::prefix(prefix)?;
        Ok(self)
    }

    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        let text = secret.expose();
        if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(ConfigError::HeaderTokenCharacter);
        }
        let password = text.split_once(':').filter(|_| self.is_basic()).map(|(_, password)| password);
        token::key(secret, password.unwrap_or(text))
    }

    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let (secret, carrier) = match evidence.uri {
            Some(_) => (self.check_head(keys, evidence.headers)?, Some(Carrier::Header(self.label))),
            None => (check_seal(keys, evidence)?, None),
        };
        Ok(Proof { trust: Trust::SharedSecret, carrier, ..Proof::signed(secret, Variant::HeaderToken) })
    }

    /// Returns the position of the token that the header carries.
    pub(super) fn check_head(&self, keys: &[Key], headers: &HeaderMap) -> Result<usize, Error> {
        let value = only_value(&headers.get_all(&self.header), self.label, MAX_HEADER)?.trim_ascii();
        let malformed = || Error::from(ErrorKind::MalformedHeader(self.label));
        let (prefix, claimed) = value.split_at_checked(self.prefix.len()).ok_or_else(malformed)?;
        if !prefix.eq_ignore_ascii_case(self.prefix.as_bytes()) || claimed.is_empty() {
            return Err(malformed());
        }
        let found = if self.is_basic() {
            let credentials = STANDARD.decode(claimed.trim_ascii()).map(Zeroizing::new).map_err(|_| malformed())?;
            let colon = credentials.iter().position(|byte| *byte == b':').ok_or_else(malformed)?;
            token::position(keys, &credentials).or_else(|_| token::position(keys, &credentials[colon + 1..]))
        } else {
            token::position(keys, claimed)
        };
        found.map_err(|error| error.with(Hint::HeaderToken(self.label)))
    }

    /// Returns whether this header carries the token.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        *header == self.header
    }

    /// Writes the first token into the header.
    pub(super) fn sign(&self, keys: &[Key], draft: &mut Draft) -> Result<(), SignError> {
        let Some(Key::Token { text, .. }) = keys.first() else { return Err(SignError::NoSigningKey) };
        let text = text.expose();
        let value = match (self.is_basic(), text.contains(':')) {
            (false, _) => text.to_owned(),
            (true, true) => STANDARD.encode(text),
            (true, false) => STANDARD.encode(format!("{USER}:{text}")),
        };
        draft.header(&self.header, &format!("{}{value}", self.prefix));
        Ok(())
    }

    const fn is_basic(&self) -> bool {
        self.prefix.eq_ignore_ascii_case(BASIC)
    }
}
