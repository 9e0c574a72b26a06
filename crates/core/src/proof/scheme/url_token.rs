//! A secret in the URL, for platforms without signatures.

use std::sync::Arc;

use http::Uri;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

use super::evidence::{Evidence, Proof};
use super::hmac_key::{HmacKey, Tag};
use super::key::Key;
use super::variant::Variant;
use crate::proof::message::{Draft, Message, SignError};
use crate::{ConfigError, Error, ErrorKind, Secret, Trust};

/// The minimum length of a token, in bytes.
const MIN_TOKEN: usize = 16;

/// The query parameter that may carry the token.
const PARAMETER: &str = "token";

/// The prefix of everything that is sealed, so that an HMAC made for another purpose is never a seal.
const SEALED: &[u8] = b"referral-webhooks stored delivery 1\n";

/// A secret in the URL: the query parameter `token`, or else the last segment of the path.
///
/// If the parameter is present it decides, and it must be present once. Tokens have at least 16 characters that URLs do
/// not escape. They are compared in constant time (their length is not secret).
///
/// A token proves only that the sender knows the URL. Keep the URL out of access logs, and ask the platform for
/// confirmation before you pay.
///
/// ```
/// use referral_webhooks::{ErrorKind, Message, Scheme, UrlToken, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let verifier = Verifier::new(Scheme::UrlToken(UrlToken), "rT7kQ2mX9vB4nL6pW3sY8zD5")?;
/// for (uri, want) in [
///     ("/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5", None),
///     ("/hooks?token=rT7kQ2mX9vB4nL6pW3sY8zD5", None),
///     ("/hooks?token=another-token-here", Some(ErrorKind::TokenMismatch)),
/// ] {
///     let request = http::Request::post(uri).body("{}")?;
///     assert_eq!(verifier.verify(&request, now).err().map(|error| error.kind()), want);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct UrlToken;

impl UrlToken {
    pub(crate) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        let token = secret.expose();
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(ConfigError::TokenCharacter);
        }
        if token.len() < MIN_TOKEN {
            return Err(ConfigError::TokenTooShort);
        }
        secret.text_key()?;
        Ok(Key::Token { text: secret.clone(), seal: Arc::new(HmacKey::new(token.as_bytes())) })
    }

    pub(crate) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let secret = match evidence.uri {
            Some(uri) => self.check_head(keys, uri)?,
            None => check_seal(keys, evidence)?,
        };
        Ok(Proof { trust: Trust::SecretUrl, ..Proof::signed(secret, Variant::UrlToken) })
    }

    /// Returns the position of the token that the URL carries.
    pub(crate) fn check_head(&self, keys: &[Key], uri: &Uri) -> Result<usize, Error> {
        let claimed = token(uri).ok_or(ErrorKind::MissingToken)?;
        let is_claimed = |key: &Key| match key {
            Key::Token { text, .. } => bool::from(text.expose().as_bytes().ct_eq(claimed.as_bytes())),
            _ => false,
        };
        keys.iter().position(is_claimed).ok_or_else(|| ErrorKind::TokenMismatch.into())
    }

    /// Appends the first token to the path.
    pub(crate) fn sign(&self, keys: &[Key], _: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let Some(Key::Token { text, .. }) = keys.first() else { return Err(SignError::NoSigningKey) };
        let path = draft.uri.path().trim_end_matches('/');
        let query = draft.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut parts = draft.uri.clone().into_parts();
        let path_and_query = format!("{path}/{}{query}", text.expose());
        parts.path_and_query = Some(path_and_query.parse().map_err(|_| SignError::BadUri)?);
        draft.uri = Uri::from_parts(parts).map_err(|_| SignError::BadUri)?;
        Ok(())
    }
}

/// Seals a stored delivery: the HMAC of the time of arrival and the body. The store keeps it in place of the token.
pub(crate) fn seal(key: &HmacKey, received_at: OffsetDateTime, body: &[u8]) -> Tag {
    key.tag(&[SEALED, &received_at.unix_timestamp_nanos().to_be_bytes(), body])
}

/// Returns the position of the token with which a stored delivery was sealed.
fn check_seal(keys: &[Key], evidence: &Evidence<'_>) -> Result<usize, Error> {
    let claimed = evidence.seal.ok_or(ErrorKind::MissingToken)?;
    let is_sealed_with = |key: &Key| key.sealer().is_some_and(|key| seal(key, evidence.now, evidence.body).is(claimed));
    keys.iter().position(is_sealed_with).ok_or_else(|| ErrorKind::TokenMismatch.into())
}

/// Returns the only token of a URL.
fn token(uri: &Uri) -> Option<&str> {
    let pairs = uri.query().into_iter().flat_map(|query| query.split('&'));
    let mut values = pairs.filter_map(|pair| match pair.split_once('=') {
        Some((PARAMETER, value)) => Some(value),
        None if pair == PARAMETER => Some(""),
        _ => None,
    });
    let only = match (values.next(), values.next()) {
        (None, _) => uri.path().rsplit('/').next(),
        (Some(value), None) => Some(value),
        (Some(_), Some(_)) => None,
    };
    only.filter(|token| !token.is_empty())
}
