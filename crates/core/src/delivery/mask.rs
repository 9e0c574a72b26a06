//! Masks for the secrets in the head of a refused request: tokens, query values, credentials.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

/// The text in place of a secret.
const MASK: &str = "***";

/// Segments of at least this length may be a token with a mistake, or another endpoint's.
const TOKEN: usize = 16;

/// Parts of the names of headers that hold credentials.
const CREDENTIALS: [&str; 7] = ["authorization", "cookie", "secret", "password", "api-key", "apikey", "token"];

/// Masks the path and query of a URL. The last segment of the path and long ones are masked if the endpoint demands a
/// token.
pub(super) fn path(uri: &Uri, has_token: bool) -> String {
    let mut masked = String::with_capacity(uri.path().len());
    let trimmed = uri.path().trim_end_matches('/');
    let last = trimmed.rsplit('/').next().unwrap_or_default();
    let last_at = trimmed.len() - last.len();
    let mut at = 0;
    for segment in uri.path().split_inclusive('/') {
        let text = segment.trim_end_matches('/');
        let is_token = has_token && !text.is_empty() && (at == last_at || text.len() >= TOKEN);
        masked.push_str(if is_token { MASK } else { text });
        masked.push_str(&segment[text.len()..]);
        at += segment.len();
    }
    if let Some(query) = uri.query() {
        for (number, pair) in query.split('&').enumerate() {
            masked.push(if number == 0 { '?' } else { '&' });
            match pair.split_once('=') {
                Some((name, _)) => masked.extend([name, "=", MASK]),
                None if pair.len() >= TOKEN => masked.push_str(MASK),
                None => masked.push_str(pair),
            }
        }
    }
    masked
}

/// The part that a header has in the proof.
pub(super) enum Role {
    /// It holds a token.
    Token,
    /// It holds a signature, or what is signed.
    Proof,
    Other,
}

/// Masks headers with credentials, and headers that quote a token or a secret part of the URL. Proxies add headers with
/// the URL. The headers of a signature are kept.
pub(super) fn headers<'h>(
    headers: &'h HeaderMap,
    role: impl Fn(&HeaderName) -> Role,
    uri: &Uri,
    has_token: bool,
    tokens: &[&str],
) -> Cow<'h, HeaderMap> {
    let query = uri.query().into_iter().flat_map(|query| query.split(['&', '=']));
    let segments = uri.path().split('/').filter(|_| has_token);
    let mut secrets: Vec<&str> = segments.chain(query).filter(|part| part.len() >= TOKEN).collect();
    secrets.extend(tokens);
    let quotes_secret = |value: &HeaderValue| {
        let quotes = |secret: &&str| value.as_bytes().windows(secret.len()).any(|part| part == secret.as_bytes());
        secrets.iter().any(quotes)
    };
    let is_secret = |name: &HeaderName, value: &HeaderValue| {
        let is_credential = CREDENTIALS.iter().any(|part| name.as_str().contains(part));
        match role(name) {
            Role::Token => true,
            Role::Proof => false,
            Role::Other => is_credential || quotes_secret(value),
        }
    };
    let mut masked = Cow::Borrowed(headers);
    if headers.iter().any(|(name, value)| is_secret(name, value)) {
        for (name, value) in masked.to_mut().iter_mut() {
            if is_secret(name, value) {
                *value = HeaderValue::from_static(MASK);
            }
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_url_are_masked() {
        for (uri, has_token, want) in [
            ("/hooks/redpin", false, "/hooks/redpin"),
            ("/", true, "/"),
            ("*", false, "*"),
            ("/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5", true, "/hooks/***"),
            ("/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5/", true, "/hooks/***/"),
            ("/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5//x", true, "/hooks/***//***"),
            ("/hooks/rT7kQ2", true, "/hooks/***"),
            ("/hooks?token=rT7kQ2mX9vB4nL6pW3sY8zD5", true, "/***?token=***"),
            ("/hooks?a=1&rT7kQ2mX9vB4nL6pW3sY8zD5&b&c=", false, "/hooks?a=***&***&b&c=***"),
            ("https://shop.example/hooks/rT7kQ2mX9vB4nL6p?x", true, "/hooks/***?x"),
        ] {
            assert_eq!(path(&uri.parse().expect("it is a URL"), has_token), want, "{uri}");
        }
    }

    #[test]
    fn credentials_in_headers_are_masked() {
        let uri: Uri = "/hooks/another-token-here?key=sixteen-bytes-of-it".parse().expect("it is a URL");
        let mut came = HeaderMap::new();
        for (name, value) in [
            ("authorization", "Basic dTpw"),
            ("cookie", "session=1"),
            ("x-api-key", "k"),
            ("x-gitlab-token", "t"),
            ("x-shop-secret", "s"),
            ("x-original-uri", "/hooks/another-token-here"),
            ("referer", "https://shop.example/?key=sixteen-bytes-of-it"),
            ("x-note", "rT7kQ2mX9vB4nL6pW3sY8zD5!"),
            ("x-token-signature", "proof"),
            ("x-shop-key", "another-token"),
            ("x-genius-signature", "abc"),
            ("content-type", "application/json"),
        ] {
            came.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let role = |name: &HeaderName| match name.as_str() {
            "x-token-signature" => Role::Proof,
            "x-shop-key" => Role::Token,
            _ => Role::Other,
        };
        let masked = headers(&came, role, &uri, true, &["rT7kQ2mX9vB4nL6pW3sY8zD5"]);
        for (name, value) in masked.iter() {
            let is_kept = ["x-token-signature", "x-genius-signature", "content-type"].contains(&name.as_str());
            assert_eq!(value != MASK, is_kept, "{name}");
        }
    }
}
