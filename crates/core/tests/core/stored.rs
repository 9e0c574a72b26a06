//! A stored delivery opens again as what it was, and as nothing else.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request};
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{Platform, Visit, visit_all};
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Message, StoredDelivery, Tolerance, Trust};
use time::OffsetDateTime;

const SVIX_OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SVIX_NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TOKEN_OLD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TOKEN_NEW: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// With more digits than a store keeps.
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(1_772_366_400_123_456_789).unwrap()
}

fn secret_of<P: Platform>() -> String {
    P::SCHEME.secret_from(&[7; 32])
}

fn received<P: Platform>(endpoint: &Endpoint<P>) -> Delivery<P> {
    let mut request: Request<Bytes> = endpoint.sign(&Message::new(r#"{"id":"1"}"#, now())).unwrap();
    request.headers_mut().insert("cookie", HeaderValue::from_static("session=1"));
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
    endpoint.receive(&request, now()).unwrap()
}

/// Puts a delivery together as a store would, from its parts.
fn from_columns(stored: &StoredDelivery) -> StoredDelivery {
    let micros = stored.received_at.unix_timestamp_nanos() / 1_000;
    let received_at = OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).unwrap();
    StoredDelivery::new(stored.headers.clone(), stored.body.clone(), received_at, stored.seal)
}

struct EveryPlatform;

impl Visit for EveryPlatform {
    fn visit<P: Platform>(&mut self) {
        let endpoint = Endpoint::<P>::new(secret_of::<P>()).unwrap();
        let delivery = received(&endpoint);
        let stored = delivery.stored();
        let again = endpoint.reopen(from_columns(&stored)).unwrap();
        assert_eq!(again.id(), delivery.id(), "{}", P::NAME);
        assert_eq!(format!("{:?}", again.event()), format!("{:?}", delivery.event()), "{}", P::NAME);
        assert_eq!(again.trust(), P::SCHEME.trust(), "{}", P::NAME);
        assert_eq!((again.secret(), again.variant()), (0, delivery.variant()), "{}", P::NAME);
        assert_eq!(again.signed_at(), delivery.signed_at(), "{}", P::NAME);
        assert_eq!(again.body(), delivery.body(), "{}", P::NAME);
        assert_eq!(again.stored(), stored, "{}: storing it again gives the same", P::NAME);

        let mut altered = from_columns(&stored);
        altered.body = Bytes::from_static(br#"{"id":"2"}"#);
        let kind = endpoint.reopen(altered).unwrap_err().kind();
        let want = match P::SCHEME.trust() {
            Trust::Signed => ErrorKind::SignatureMismatch,
            Trust::SecretUrl => ErrorKind::TokenMismatch,
        };
        assert_eq!(kind, want, "{}: an altered body", P::NAME);

        let shown = format!("{stored:?}");
        for (name, value) in &stored.headers {
            assert!(name == "content-type" || !shown.contains(value.to_str().unwrap()), "{}: {name} is shown", P::NAME);
        }
        for name in ["cookie", "x-forwarded-for"] {
            assert!(!stored.headers.contains_key(name), "{}: `{name}` is kept", P::NAME);
        }
    }
}

#[test]
fn what_was_stored_opens_as_the_delivery_that_it_was_at_every_platform() {
    visit_all(&mut EveryPlatform);
}

#[test]
fn age_is_not_judged_again() {
    let endpoint = Endpoint::<Redpin>::new(SVIX_OLD).unwrap();
    let delivery = received(&endpoint);
    let narrow = endpoint.clone().tolerance(Tolerance::seconds(0));
    for skew in [-200, 200] {
        let late = endpoint
            .receive(&endpoint.sign(&Message::new("{}", now())).unwrap(), now() + time::Duration::seconds(skew));
        let again = narrow.reopen(late.unwrap().stored()).unwrap();
        assert_eq!(again.is_stale(), skew > 0, "received {skew} s after it was signed");
    }
    assert!(!endpoint.reopen(delivery.stored()).unwrap().is_stale());
}

#[test]
fn a_time_in_the_body_is_not_judged_again() {
    let endpoint = Endpoint::<ReferralRocket>::new(secret_of::<ReferralRocket>()).unwrap();
    let wide = endpoint.clone().tolerance(Tolerance::past_and_future(Duration::from_secs(1 << 30), Duration::ZERO));
    let body = r#"{"type":"referral.created","timestamp":"2026-02-01T00:00:00Z","data":{}}"#;
    let delivery = wide.receive(&wide.sign(&Message::new(body, now())).unwrap(), now()).unwrap();
    assert_eq!(endpoint.reopen(delivery.stored()).unwrap().id(), delivery.id());
}

#[test]
fn a_secret_that_is_only_previous_still_opens() {
    let stored = received(&Endpoint::<Redpin>::new(SVIX_OLD).unwrap()).stored();
    let rotated = Endpoint::<Redpin>::new(SVIX_NEW).unwrap().or_previous(SVIX_OLD).unwrap();
    assert_eq!(rotated.reopen(stored).unwrap().secret(), 1);

    let stored = received(&Endpoint::<Refir>::new(TOKEN_OLD).unwrap()).stored();
    let rotated = Endpoint::<Refir>::new(TOKEN_NEW).unwrap().or_previous(TOKEN_OLD).unwrap();
    assert_eq!(rotated.reopen(stored).unwrap().secret(), 1);
}

#[test]
fn a_secret_that_was_taken_away_refuses_until_it_is_back() {
    let stored = received(&Endpoint::<Prefinery>::new(SVIX_OLD).unwrap()).stored();
    let without = Endpoint::<Prefinery>::new("another secret").unwrap();
    assert_eq!(without.reopen(stored.clone()).unwrap_err().kind(), ErrorKind::SignatureMismatch);
    assert!(without.or_previous(SVIX_OLD).unwrap().reopen(stored).is_ok());

    let stored = received(&Endpoint::<Refir>::new(TOKEN_OLD).unwrap()).stored();
    let without = Endpoint::<Refir>::new(TOKEN_NEW).unwrap();
    assert_eq!(without.reopen(stored.clone()).unwrap_err().kind(), ErrorKind::TokenMismatch);
    assert!(without.or_previous(TOKEN_OLD).unwrap().reopen(stored).is_ok());
}

#[test]
fn nobody_opens_a_secret_url_delivery_without_the_token() {
    let endpoint = Endpoint::<Refir>::new(TOKEN_OLD).unwrap();
    let stored = received(&endpoint).stored();
    let opened = |received_at, seal| {
        let altered = StoredDelivery::new(stored.headers.clone(), stored.body.clone(), received_at, seal);
        endpoint.reopen(altered).map(|_| ()).map_err(|error| error.kind())
    };
    let (time, second) = (stored.received_at, Duration::from_secs(1));
    let rows = [
        ("as it was", time, stored.seal, Ok(())),
        ("no seal", time, None, Err(ErrorKind::MissingToken)),
        ("a seal of zeros", time, Some([0; 32]), Err(ErrorKind::TokenMismatch)),
        ("another time", time + second, stored.seal, Err(ErrorKind::TokenMismatch)),
    ];
    for (name, received_at, seal, want) in rows {
        assert_eq!(opened(received_at, seal), want, "{name}");
    }
}

#[test]
fn the_token_is_not_stored() {
    let endpoint = Endpoint::<Refir>::new(TOKEN_OLD).unwrap();
    let stored = received(&endpoint).stored();
    assert_eq!(stored.headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["content-type"]);
    assert!(!stored.body.windows(16).any(|bytes| bytes == &TOKEN_OLD.as_bytes()[..16]));
}

#[test]
fn a_token_beside_a_signature_is_not_asked_for_again() {
    let plain = Endpoint::<GeniusReferrals>::new("a secret").unwrap();
    let with_token = plain.clone().and_url_token(TOKEN_OLD).unwrap();
    let stored = received(&with_token).stored();
    assert_eq!(stored.seal, None);
    assert_eq!(with_token.reopen(stored).unwrap().trust(), Trust::Signed);
}
