//! The findings of a verifier.

use referral_webhooks::{BodyHmac, ConfigError, ErrorKind, Message, Scheme, Svix, TimestampedHmac, UrlToken, Verifier};
use time::{Duration, OffsetDateTime};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_768_473_000).unwrap()
}

#[test]
fn a_key_of_bytes_is_taken_as_it_is() {
    let text_keyed = [
        (Scheme::BodyHmac(BodyHmac::new("x-signature")), true),
        (Scheme::BodyHmac(BodyHmac::new("x-signature").or_hex_key()), true),
        (Scheme::TimestampedHmac(TimestampedHmac::new("x-signature")), true),
        (Scheme::Svix(Svix), false),
        (Scheme::UrlToken(UrlToken), true),
    ];
    for (scheme, same_as_text) in text_keyed {
        let by_bytes = Verifier::from_key(scheme.clone(), SECRET).unwrap();
        let by_text = Verifier::new(scheme.clone(), SECRET).unwrap();
        let request = by_bytes.sign(&Message::new("{}", now())).unwrap();
        assert!(by_bytes.verify(&request, now()).is_ok(), "{scheme:?}");
        assert_eq!(by_text.verify(&request, now()).is_ok(), same_as_text, "{scheme:?}");
        assert_eq!(Verifier::from_key(scheme, "").unwrap_err(), ConfigError::EmptySecret);
    }
    let no_text = Verifier::from_key(Scheme::UrlToken(UrlToken), [0xff; 16]);
    assert_eq!(no_text.unwrap_err(), ConfigError::TokenCharacter);
}

#[test]
fn an_error_has_the_age_and_the_header() {
    let verifier = Verifier::new(Scheme::Svix(Svix), SECRET).unwrap();
    let request = verifier.sign(&Message::new("{}", now())).unwrap();
    for (later, kind, age) in [(301, ErrorKind::TooOld, Some(301)), (-301, ErrorKind::TooNew, Some(-301))] {
        let error = verifier.verify(&request, now() + Duration::seconds(later)).unwrap_err();
        assert_eq!((error.kind(), error.age(), error.kind().header()), (kind, age, None), "{later} s later");
    }
    let missing = verifier.verify(&http::Request::new(""), now()).unwrap_err();
    assert_eq!((missing.age(), missing.kind().header()), (None, Some("svix-id")));
}

#[test]
fn a_clock_before_1970_is_compared_like_any_other() {
    let verifier = Verifier::new(Scheme::Svix(Svix), SECRET).unwrap();
    let request = verifier.sign(&Message::new("{}", now())).unwrap();
    for clock in [-301, -1_000_000_000, -377_705_116_800] {
        let error = verifier.verify(&request, OffsetDateTime::from_unix_timestamp(clock).unwrap()).unwrap_err();
        assert_eq!((error.kind(), error.age()), (ErrorKind::TooNew, Some(clock - 1_768_473_000)), "clock {clock}");
    }
}
