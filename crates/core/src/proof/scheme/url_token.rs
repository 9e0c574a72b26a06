//! A secret in the URL, for platforms without signatures.

use http::Uri;

use super::evidence::{Evidence, Proof};
use super::key::Key;
use super::seal::check_seal;
use super::token;
use super::variant::Variant;
use crate::proof::message::{Draft, Message, SignError};
use crate::{ConfigError, Error, ErrorKind, Secret, Trust};

/// The query parameter that may carry the token.
const PARAMETER: &str = "token";

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
        let text = secret.expose();
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(ConfigError::TokenCharacter);
        }
        token::key(secret, text)
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
        let claimed = claim(uri).ok_or(ErrorKind::MissingToken)?;
        token::position(keys, claimed.as_bytes())
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

/// Returns the only token of a URL.
fn claim(uri: &Uri) -> Option<&str> {
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
