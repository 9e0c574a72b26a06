//! Advice for the operator of an endpoint.

use referral_webhooks::{Error, ErrorKind};

use crate::known::{BODY, ID, SECRET, SIGNATURE, TIME, TIME_TEXT, foreign_entry, moment, post, svix, svix_post};

const WRONG: &str = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

#[test]
fn advice_names_the_likely_cause() {
    let right = svix_post(ID, TIME_TEXT, SIGNATURE, BODY);
    let in_milliseconds = svix_post(ID, "1614265330123", &foreign_entry(ID, "1614265330123", BODY), BODY);
    let far_ahead = svix_post(ID, "2614265330", &foreign_entry(ID, "2614265330", BODY), BODY);
    let mut compressed = svix_post(ID, TIME_TEXT, WRONG, BODY);
    compressed.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let mut compressed_and_right = right.clone();
    compressed_and_right.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    for (label, request, now, kind, words) in [
        ("milliseconds", &in_milliseconds, TIME, ErrorKind::TooNew, "read as milliseconds"),
        ("our clock is ahead", &right, TIME + 3600, ErrorKind::TooOld, "the two clocks differ by 3600 s"),
        ("our clock is behind", &right, TIME - 3600, ErrorKind::TooNew, "the two clocks differ by 3600 s"),
        ("far ahead", &far_ahead, TIME, ErrorKind::TooNew, "the two clocks differ by 1000000000 s"),
        ("compressed", &compressed, TIME, ErrorKind::SignatureMismatch, "content encoding"),
        ("compressed, and only late", &compressed_and_right, TIME + 3600, ErrorKind::TooOld, "clocks differ"),
        ("wrong", &svix_post(ID, TIME_TEXT, WRONG, BODY), TIME, ErrorKind::SignatureMismatch, "raw body"),
        ("another id", &svix_post("x", TIME_TEXT, SIGNATURE, BODY), TIME, ErrorKind::SignatureMismatch, "or_previous"),
        ("no headers", &post::<&str>(&[], BODY), TIME, ErrorKind::MissingHeader("svix-id"), "did not carry `svix-id`"),
    ] {
        let error = svix(SECRET).verify(request, moment(now)).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), kind, "{label}");
        let advice = error.advice().to_string();
        assert!(advice.contains(words), "{label}: {advice}");
    }
}

#[test]
fn errors_state_the_direction_of_an_age() {
    let right = svix_post(ID, TIME_TEXT, SIGNATURE, BODY);
    for (now, want) in [
        (TIME + 301, "signed too long ago (by our clock 301 s old)"),
        (TIME - 301, "signed in the future (by our clock 301 s ahead)"),
    ] {
        let error = svix(SECRET).verify(&right, moment(now)).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn every_kind_has_a_word_a_message_and_advice() {
    for (kind, word, message) in [
        (ErrorKind::MissingHeader("svix-id"), "missing-header", "missing header `svix-id`"),
        (ErrorKind::RepeatedHeader("svix-id"), "repeated-header", "repeated header `svix-id`"),
        (ErrorKind::MalformedHeader("svix-id"), "malformed-header", "malformed header `svix-id`"),
        (ErrorKind::SignatureMismatch, "signature-mismatch", "signature does not match"),
        (ErrorKind::TooOld, "too-old", "signed too long ago"),
        (ErrorKind::TooNew, "too-new", "signed in the future"),
        (ErrorKind::MissingToken, "missing-token", "no single token"),
        (ErrorKind::TokenMismatch, "token-mismatch", "the token is not this endpoint's"),
        (ErrorKind::BodyTooLarge, "body-too-large", "body longer than the limit"),
        (ErrorKind::BodyIncomplete, "body-incomplete", "body ended early"),
        (ErrorKind::BodyMalformed, "body-malformed", "the framing of the body is not HTTP"),
        (ErrorKind::BodyLayerFailed, "body-layer-failed", "a layer of the application failed on the body"),
        (ErrorKind::BodyBudgetSpent, "body-budget-spent", "the budget of unproven bodies is spent"),
        (ErrorKind::UnknownKey, "unknown-key", "signed with a key that the key set does not have"),
        (ErrorKind::UnknownTenant, "unknown-tenant", "the URL names no known tenant"),
        (ErrorKind::EndpointUnavailable, "endpoint-unavailable", "the tenant's endpoint could not be looked up"),
    ] {
        assert_eq!(kind.as_str(), word);
        assert_eq!(Error::from(kind).to_string(), message, "{word}");
        assert!(!Error::from(kind).advice().to_string().is_empty(), "{word}");
    }
}
