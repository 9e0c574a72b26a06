//! Masked headers and paths.

use super::known::Known;
use super::name::{Sense, sense};
use super::value::{MASK, masked, shortened};

/// Headers whose values are shown as they are, unless a value looks personal.
const PLAIN: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "host",
    "http-version",
    "transfer-encoding",
    "user-agent",
    "via",
    "x-forwarded-proto",
    "x-forwarded-port",
];

/// Parts of names of headers that hold the address of a machine or of a person.
const ADDRESSES: &[&str] =
    &["forwarded", "-ip", "client", "remote", "from", "referer", "origin", "location", "uri", "url"];

/// Parts of names of headers that hold a proof. Its beginning is shown.
const PROOFS: &[&str] = &["signature", "hmac", "digest", "jws"];

/// The minimum length of a segment that may be a token.
const TOKEN: usize = 16;

pub(super) fn header(known: &Known, name: &str, bytes: &[u8]) -> String {
    let name = name.to_ascii_lowercase();
    let Ok(text) = std::str::from_utf8(bytes) else { return format!("{MASK} ({} bytes)", bytes.len()) };
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if text.is_empty() || text == "***" {
        return text.to_owned();
    }
    if PLAIN.contains(&name.as_str()) {
        let is_address = text.contains('@') || text.chars().any(char::is_control);
        return if is_address { MASK.to_owned() } else { cut(text) };
    }
    let is_numbered = name.ends_with("-id") || name.ends_with("-timestamp") || name.contains("event");
    if has(PROOFS) || known.proves(&name) && !is_numbered {
        return shortened(text);
    }
    if sense(&name) == Sense::Secret {
        return MASK.to_owned();
    }
    if has(ADDRESSES) {
        return match text.starts_with('/') {
            true => path(text),
            false => value(text, Sense::Personal),
        };
    }
    value(text, if is_numbered { Sense::Open } else { sense(&name) })
}

fn value(text: &str, sense: Sense) -> String {
    masked(text, sense).unwrap_or_else(|| cut(text))
}

/// Cuts a value that is too long for a line of a table.
fn cut(text: &str) -> String {
    const LONGEST: usize = 1_000;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}… ({} bytes)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}

pub(super) fn path(path: &str) -> String {
    let (segments, query) = path.split_once('?').map_or((path, None), |(segments, query)| (segments, Some(query)));
    let segment = |segment: &str| match segment.len() >= TOKEN && segment.bytes().any(|byte| byte.is_ascii_digit()) {
        true => MASK.to_owned(),
        false => masked(segment, Sense::Open).unwrap_or_else(|| segment.to_owned()),
    };
    let mut shown = segments.split('/').map(segment).collect::<Vec<_>>().join("/");
    for (number, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if number == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, "")) => shown.extend([name, "="]),
            Some((name, _)) => shown.extend([name, "=", MASK]),
            None if pair.len() >= TOKEN => shown.push_str(MASK),
            None => shown.push_str(pair),
        }
    }
    cut(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_persons_and_credentials_are_masked() {
        let signature = "M35lqEd63CxPDPD2cBlkSavpSM5pmjhBAIIUzzfbaqY=";
        for (name, value, want) in [
            ("authorization", "Basic dTpw", MASK),
            ("Authorization", "Bearer x", MASK),
            ("cookie", "session=1", MASK),
            ("set-cookie", "a=b", MASK),
            ("x-api-key", "k", MASK),
            ("x-gitlab-token", "t", MASK),
            ("x-shop-secret", "s", MASK),
            ("proxy-authorization", "x", MASK),
            ("x-forwarded-for", "192.0.2.10, 10.0.0.1", MASK),
            ("forwarded", "for=192.0.2.10;proto=https", MASK),
            ("x-real-ip", "192.0.2.10", MASK),
            ("cf-connecting-ip", "2001:db8::1", MASK),
            ("true-client-ip", "192.0.2.10", MASK),
            ("from", "jane@example.com", "j•••@example.com"),
            ("referer", "https://shop.example/a?b=c", MASK),
            ("x-original-uri", "/hooks/another-token-here-17", "/hooks/•••"),
            ("x-user-email", "jane@example.com", "j•••@example.com"),
            ("x-customer-name", "ada", MASK),
            ("x-anything", "192.0.2.10", MASK),
            ("x-anything", "Ada Lovelace", MASK),
            ("x-anything", "code-7", "code-7"),
            ("svix-signature", &format!("v1,{signature}"), "v1,M35lqE…="),
            ("x-genius-signature-256", &format!("sha256={}", "ab".repeat(32)), "sha256=ababab…"),
            ("x-friendbuy-hmac-sha256", signature, "M35lqE…="),
            ("x-hook-jws-rfc-7797", &format!("{0}..{0}", "eyJhbGciOiJSUzI1NiJ9"), "eyJhbG…"),
            ("svix-id", "msg_toltTest0000000000000001", "msg_toltTest0000000000000001"),
            ("svix-timestamp", "1768473001", "1768473001"),
            ("x-event-type", "commission.approved", "commission.approved"),
            ("content-type", "application/json; charset=utf-8", "application/json; charset=utf-8"),
            ("user-agent", "Svix-Webhooks/1.99 (sender-9YMgn)", "Svix-Webhooks/1.99 (sender-9YMgn)"),
            ("user-agent", "shop (jane@example.com)", MASK),
            ("x-shop-key", "***", "***"),
        ] {
            assert_eq!(header(&Known::default(), name, value.as_bytes()), want, "{name}: {value}");
        }
        assert_eq!(header(&Known::default(), "x", b"\xff\xfe"), "••• (2 bytes)");
        assert!(header(&Known::default(), "user-agent", "é".repeat(1_000_000).as_bytes()).len() < 3_000);
    }

    #[test]
    fn paths_show_no_token() {
        for (path, want) in [
            ("/hooks/redpin", "/hooks/redpin"),
            ("/hooks/***", "/hooks/***"),
            ("/hooks/rT7kQ2mX9vB4nL6pW3sY8zD5/", "/hooks/•••/"),
            ("/hooks/a@b.c", "/hooks/a•••@b.c"),
            ("/h?email=a%40b.c&x=&y", "/h?email=•••&x=&y"),
            ("/h?rT7kQ2mX9vB4nL6pW3sY8zD5", "/h?•••"),
            ("", ""),
        ] {
            assert_eq!(super::path(path), want, "{path}");
        }
    }
}
