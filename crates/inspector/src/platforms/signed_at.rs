//! The signed time in headers.

use http::HeaderMap;
use referral_webhooks::platform::Facts;
use time::OffsetDateTime;

/// Returns the time in the headers of a platform's proof: the only part of them that is 10 digits (seconds) or 13
/// (milliseconds).
pub(super) fn signed_at(facts: &Facts, headers: &HeaderMap) -> Option<OffsetDateTime> {
    if !facts.scheme.signs_time() {
        return None;
    }
    let proof = headers.iter().filter(|(name, _)| facts.scheme.reads(name));
    let texts = proof.filter_map(|(_, value)| value.to_str().ok());
    let mut times = texts.flat_map(|text| text.split([',', '=', ';', ' '])).filter_map(time);
    times.next()
}

fn time(text: &str) -> Option<OffsetDateTime> {
    let number: i128 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
    match text.len() {
        10 => OffsetDateTime::from_unix_timestamp_nanos(number * 1_000_000_000).ok(),
        13 => OffsetDateTime::from_unix_timestamp_nanos(number * 1_000_000).ok(),
        _ => None,
    }
}
