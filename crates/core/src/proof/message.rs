//! The sender's side: complete requests, for tests and tools.

use std::fmt;

use bytes::Bytes;
use http::Uri;
use http::header::{HeaderMap, HeaderValue, IntoHeaderName};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::hex;
use super::scheme::variant::Variant;
use super::signed_time::TimeUnit;

/// A message to sign: a body and a time, and optionally an id, a URL and a variant.
///
/// Signing returns an ordinary `http::Request`, so a test makes a bad one by changing it.
///
/// ```
/// use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Variant, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let message = Message::new("{}", now).id("msg_1").uri("/hooks".parse()?).variant(Variant::WebhookHeaders);
/// let mut request = verifier.sign(&message)?;
/// assert_eq!((request.uri().path(), &request.headers()["webhook-id"]), ("/hooks", &"msg_1".parse()?));
///
/// request.headers_mut().remove("webhook-id");
/// let error = verifier.verify(&request, now).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::MissingHeader("webhook-id"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Message {
    pub(crate) body: Bytes,
    sent_at: OffsetDateTime,
    id: Option<String>,
    pub(crate) uri: Uri,
    pub(crate) variant: Option<Variant>,
    pub(crate) as_form: bool,
}

impl Message {
    /// Makes a message with this body, signed as of this time.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = verifier.sign(&Message::new(r#"{"event_name":"X"}"#, now))?;
    /// assert_eq!(request.headers()["svix-timestamp"], "0");
    /// assert_eq!(request.body(), r#"{"event_name":"X"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(body: impl AsRef<[u8]>, sent_at: OffsetDateTime) -> Self {
        Self {
            body: Bytes::copy_from_slice(body.as_ref()),
            sent_at,
            id: None,
            uri: Uri::from_static("/"),
            variant: None,
            as_form: false,
        }
    }

    /// Sets the message id, for schemes that have one. The default is derived from body and time.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = verifier.sign(&Message::new("{}", now).id("msg_1"))?;
    /// assert_eq!(request.headers()["svix-id"], "msg_1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the URL. A URL token is appended to its path.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, UrlToken, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let verifier = Verifier::new(Scheme::UrlToken(UrlToken), "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// let request = verifier.sign(&Message::new("{}", now).uri("/hooks".parse()?))?;
    /// assert_eq!(request.uri(), "/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn uri(mut self, uri: Uri) -> Self {
        self.uri = uri;
        self
    }

    /// Chooses one of the variants that the scheme accepts.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Variant, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = verifier.sign(&Message::new("{}", now).variant(Variant::WebhookHeaders))?;
    /// assert!(request.headers().contains_key("webhook-signature"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn variant(mut self, variant: Variant) -> Self {
        self.variant = Some(variant);
        self
    }

    /// Sends the body as the payload field of a form, if the scheme accepts forms.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = BodyHmac::new("x-shop-signature").or_form("payload");
    /// let verifier = Verifier::new(Scheme::BodyHmac(scheme), "correct horse battery staple")?;
    /// let request = verifier.sign(&Message::new("{}", now).as_form())?;
    /// assert_eq!(request.body(), "payload=%7B%7D");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn as_form(mut self) -> Self {
        self.as_form = true;
        self
    }

    /// Returns the signed time as a Unix time in this unit.
    pub(crate) fn timestamp(&self, unit: TimeUnit) -> Result<String, SignError> {
        u64::try_from(unit.of(self.sent_at)).map(|number| number.to_string()).map_err(|_| SignError::BadTime)
    }

    pub(crate) fn message_id(&self) -> String {
        self.id.clone().unwrap_or_else(|| {
            let digest = Sha256::new()
                .chain_update(&self.body)
                .chain_update(self.sent_at.unix_timestamp_nanos().to_be_bytes())
                .finalize();
            format!("msg_{}", &hex::encode(&digest)[..27])
        })
    }
}

/// Omits body and URL, because the body holds personal data and the URL may hold a token.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("sent_at", &self.sent_at)
            .field("id", &self.id)
            .field("variant", &self.variant)
            .field("as_form", &self.as_form)
            .finish_non_exhaustive()
    }
}

/// A request while a scheme is signing it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Draft {
    /// Sets a header. The scheme makes its text of visible characters.
    pub(crate) fn header(&mut self, name: impl IntoHeaderName, text: &str) {
        let value = HeaderValue::from_str(text).expect("schemes write printable ASCII");
        self.headers.insert(name, value);
    }
}

/// The reason for which a message could not be signed.
///
/// ```
/// use referral_webhooks::{Message, Scheme, SignError, Svix, Verifier};
/// # use time::OffsetDateTime;
///
/// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let message = Message::new("{}", OffsetDateTime::UNIX_EPOCH).id("full.stop");
/// assert_eq!(verifier.sign(&message).unwrap_err(), SignError::BadId);
/// # Ok::<(), referral_webhooks::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The endpoint holds only a public key.
    NoSigningKey,
    /// The id is empty, longer than 256 bytes, or has a full stop or a character that is not printable ASCII.
    BadId,
    /// The time is before 1970.
    BadTime,
    /// The token cannot be appended to the URL.
    BadUri,
    /// The body is not a JSON object in which the token can be a member.
    NoMember,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSigningKey => "a public key cannot sign; give the secret key (`whsk_`, a private JWK)",
            Self::BadId => "the id must be 1 to 256 printable ASCII characters without a full stop",
            Self::BadTime => "the time to sign is before 1970",
            Self::BadUri => "the token cannot be appended to this URL",
            Self::NoMember => "the body must be a JSON object, with the token's member at most once and as a string",
        })
    }
}

impl std::error::Error for SignError {}
