//! A static secret in a member of the body.

use http::header::{CONTENT_TYPE, HeaderValue};
use zeroize::Zeroizing;

use super::evidence::{Carrier, Evidence, Proof};
use super::key::Key;
use super::seal::check_seal;
use super::variant::Variant;
use super::{naming, token};
use crate::proof::error::Hint;
use crate::proof::message::{Draft, Message, SignError};
use crate::proof::{form, member};
use crate::{ConfigError, Error, ErrorKind, Secret, Trust};

/// A static secret in a member of the JSON body, for platforms without signatures: `{"key":"…","type":"…"}`.
///
/// The body must be a JSON object with this member once, at the top level, as a string. An escaped spelling of the name is
/// the name. The token is compared in constant time (its length is not secret) before any other part of the body is
/// interpreted. Tokens have at least 16 bytes.
///
/// A token proves that the sender knows it, and proves no content. Its value is `***` in the body and the payload of a
/// delivery, and in the stored form. Ask the platform for confirmation before you pay.
///
/// ```
/// use referral_webhooks::{BodyToken, ErrorKind, Message, Scheme, Trust, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// const SCHEME: Scheme = Scheme::BodyToken(BodyToken::new("key"));
/// let verifier = Verifier::new(SCHEME, "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
/// let mut request = verifier.sign(&Message::new(r#"{"type":"reward"}"#, now))?;
/// assert_eq!(request.body(), r#"{"key":"rT7kQ2mX9vB4nL6pW3sY8zD5","type":"reward"}"#);
///
/// let verified = verifier.verify(&request, now)?;
/// assert_eq!(verified.trust(), Trust::SharedSecret);
/// assert_eq!(&*verified.payload(), br#"{"key":"***","type":"reward"}"#);
///
/// *request.body_mut() = r#"{"key":"another-token-here"}"#.into();
/// assert_eq!(verifier.verify(&request, now).unwrap_err().kind(), ErrorKind::TokenMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BodyToken {
    member: &'static str,
    form_field: Option<&'static str>,
    /// Whether a form may have the token in a field of the member's name.
    fields: bool,
}

impl BodyToken {
    /// Makes the scheme with its token in this member.
    ///
    /// # Panics
    ///
    /// If `member` is empty, longer than 256 bytes, or has a control character. In a constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{BodyToken, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyToken(BodyToken::new("secret"));
    /// let request = Verifier::new(scheme, "rT7kQ2mX9vB4nL6pW3sY8zD5")?.sign(&Message::new("{}", now))?;
    /// assert_eq!(request.body(), r#"{"secret":"rT7kQ2mX9vB4nL6pW3sY8zD5"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn new(member: &'static str) -> Self {
        assert!(naming::is_member(member), "a member's name has 1 to 256 bytes without a control character");
        Self { member, form_field: None, fields: false }
    }

    /// Makes the scheme with a member that is known at run time. Each different name is kept until the process ends, so
    /// make each scheme once.
    ///
    /// # Errors
    ///
    /// [`ConfigError::MemberName`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{BodyToken, ConfigError};
    /// assert!(BodyToken::try_new(&String::from("key")).is_ok());
    /// assert_eq!(BodyToken::try_new("").unwrap_err(), ConfigError::MemberName);
    /// ```
    pub fn try_new(member: &str) -> Result<Self, ConfigError> {
        Ok(Self { member: naming::member(member)?, form_field: None, fields: false })
    }

    /// Also accepts a form that holds the JSON in this one field.
    ///
    /// A body is such a form if it is well-formed, has the field once, and the decoded field is JSON. Every other body is
    /// its own payload. The media type is ignored, because it is not part of the proof.
    ///
    /// # Panics
    ///
    /// If `field` is empty, longer than 256 bytes, or has a control character. In a constant this is a compile error.
    ///
    /// ```
    /// # use referral_webhooks::{BodyToken, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyToken(BodyToken::new("key").or_form("payload"));
    /// let verifier = Verifier::new(scheme, "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// let request = verifier.sign(&Message::new("{}", now).as_form())?;
    /// assert_eq!(request.body(), "payload=%7B%22key%22%3A%22rT7kQ2mX9vB4nL6pW3sY8zD5%22%7D");
    /// assert_eq!(&*verifier.verify(&request, now)?.payload(), br#"{"key":"***"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn or_form(mut self, field: &'static str) -> Self {
        assert!(naming::is_member(field), "a field's name has 1 to 256 bytes without a control character");
        self.form_field = Some(field);
        self
    }

    /// Sets a form field that is known at run time, as [`or_form`](Self::or_form).
    ///
    /// # Errors
    ///
    /// [`ConfigError::MemberName`] or [`ConfigError::TooManyNames`].
    ///
    /// ```
    /// # use referral_webhooks::{BodyToken, ConfigError};
    /// assert!(BodyToken::new("key").try_or_form("payload").is_ok());
    /// assert_eq!(BodyToken::new("key").try_or_form("\n").unwrap_err(), ConfigError::MemberName);
    /// ```
    pub fn try_or_form(mut self, field: &str) -> Result<Self, ConfigError> {
        self.form_field = Some(naming::member(field)?);
        Ok(self)
    }

    /// Also accepts a form with the token in a field of the member's name: `key=…&type=…&payload=…`. The form is the payload,
    /// without the token.
    ///
    /// A body is such a form if it is well-formed and has the field once. The media type is ignored, because it is not part
    /// of the proof. Signing writes the members of a JSON object as fields.
    ///
    /// ```
    /// # use referral_webhooks::{BodyToken, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// let scheme = Scheme::BodyToken(BodyToken::new("key").or_fields());
    /// let verifier = Verifier::new(scheme, "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
    /// let request = verifier.sign(&Message::new(r#"{"type":"reward","payload":{}}"#, now).as_form())?;
    /// assert_eq!(request.body(), "key=rT7kQ2mX9vB4nL6pW3sY8zD5&payload=%7B%7D&type=reward");
    /// assert_eq!(&*verifier.verify(&request, now)?.payload(), b"key=***&payload=%7B%7D&type=reward");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn or_fields(mut self) -> Self {
        self.fields = true;
        self
    }

    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        token::key(secret, secret.expose())
    }

    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let own_field = form::only_field(evidence.body, self.member).filter(|_| self.fields);
        let field = self.form_field.filter(|_| own_field.is_none());
        let field = field.and_then(|field| form::only_field(evidence.body, field));
        let form_payload = field.filter(form::FormValue::is_json);
        let (secret, carrier) = match evidence.uri {
            Some(_) => {
                let found = match (own_field, form_payload) {
                    (Some(token), _) => token::position(keys, &Zeroizing::new(token.decode())),
                    (None, Some(payload)) => self.check(keys, &payload.decode()),
                    (None, None) => self.check(keys, evidence.body),
                };
                let found = found.map_err(|error| error.with(Hint::BodyToken(self.member)))?;
                let carrier = match own_field {
                    Some(_) => Carrier::Field(self.member),
                    None => Carrier::Member { name: self.member, field: self.form_field },
                };
                (found, Some(carrier))
            }
            None => (check_seal(keys, evidence)?, None),
        };
        let proof = Proof::signed(secret, Variant::BodyToken);
        Ok(Proof { trust: Trust::SharedSecret, carrier, form_payload, ..proof })
    }

    /// Returns the position of the token that a payload carries.
    fn check(&self, keys: &[Key], payload: &[u8]) -> Result<usize, Error> {
        let token = member::only_string(payload, self.member).ok_or(ErrorKind::MissingToken)?;
        token::position(keys, &token)
    }

    /// Returns the name of the member that holds the token.
    #[cfg(feature = "json")]
    pub(crate) const fn member(&self) -> &'static str {
        self.member
    }

    /// Writes the first token into the body: as the first member, or in place of the member's value.
    pub(super) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let Some(Key::Token { text, .. }) = keys.first() else { return Err(SignError::NoSigningKey) };
        let body = member::with_string(&message.body, self.member, text.expose()).ok_or(SignError::NoMember)?;
        draft.body = body.into();
        if let Some(field) = self.form_field.filter(|_| message.as_form) {
            draft.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            draft.body = form::encode(field, &draft.body).into();
        } else if self.fields && message.as_form {
            draft.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            draft.body = as_fields(&draft.body).ok_or(SignError::NoMember)?.into();
        }
        Ok(())
    }
}

/// Writes the members of a JSON object as the fields of a form, sorted by name: a string as its text, another value as JSON.
#[cfg(feature = "json")]
fn as_fields(object: &[u8]) -> Option<Vec<u8>> {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(object).ok()?;
    let fields = members.iter().map(|(name, value)| {
        let text = serde_json::from_str::<String>(value.get()).unwrap_or_else(|_| value.get().to_owned());
        form::encode(name, text.as_bytes())
    });
    Some(fields.collect::<Vec<_>>().join(&b'&'))
}

/// Returns `None`, because this build has no reader of JSON.
#[cfg(not(feature = "json"))]
const fn as_fields(_: &[u8]) -> Option<Vec<u8>> {
    None
}
