//! A secret in the URL, for platforms that sign nothing.

use ctutils::CtEq as _;
use http::Uri;

use super::{Evidence, Key, Proof, Variant};
use crate::sign::{Draft, Message, SignError};
use crate::{ConfigError, Error, ErrorKind, Secret, Trust};

/// The fewest bytes of a token.
const MIN_TOKEN: usize = 16;

/// The query parameter that may carry the token.
const PARAMETER: &str = "token";

/// A secret in the URL: the query parameter `token`, or else the last segment of the path.
///
/// Where the parameter is present it decides, and it must stand once. Tokens have at least 16 characters that
/// URLs do not escape, compared in constant time (their length is not secret).
///
/// It proves only that the sender knows the URL: keep it out of access logs, and confirm what you pay for by
/// asking the platform.
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
        Ok(Key::Token(secret.clone()))
    }

    pub(crate) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let secret = self.check_head(keys, evidence.uri)?;
        Ok(Proof { trust: Trust::SecretUrl, ..Proof::signed(secret, Variant::UrlToken) })
    }

    /// The position of the token that the URL carries.
    pub(crate) fn check_head(&self, keys: &[Key], uri: &Uri) -> Result<usize, Error> {
        let claimed = token(uri).ok_or(ErrorKind::MissingToken)?;
        let is_claimed = |key: &Key| match key {
            Key::Token(token) => token.expose().as_bytes().ct_eq(claimed.as_bytes()).to_bool(),
            _ => false,
        };
        keys.iter().position(is_claimed).ok_or_else(|| ErrorKind::TokenMismatch.into())
    }

    /// Appends the first token to the path.
    pub(crate) fn sign(&self, keys: &[Key], _: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let Some(Key::Token(token)) = keys.first() else { return Err(SignError::NoSigningKey) };
        let path = draft.uri.path().trim_end_matches('/');
        let query = draft.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut parts = draft.uri.clone().into_parts();
        let path_and_query = format!("{path}/{}{query}", token.expose());
        parts.path_and_query = Some(path_and_query.parse().map_err(|_| SignError::BadUri)?);
        draft.uri = Uri::from_parts(parts).map_err(|_| SignError::BadUri)?;
        Ok(())
    }
}

/// The only token of a URL.
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
