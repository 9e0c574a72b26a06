//! A stored delivery reopens unchanged, and in no other form.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request};
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{Platform, Visit, visit_all};
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Message, StoredDelivery, Tolerance, Trust, Variant};
use time::OffsetDateTime;

const SVIX_OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SVIX_NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const TOKEN_OLD: &str = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const TOKEN_NEW: &str = "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";

/// A time with more digits than a store keeps.
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(1_772_366_400_123_456_789).unwrap()
}

fn secret_of<P: Platform + Default>() -> String {
    P::default().facts().scheme.secret_from(&[7; 32])
}

fn received<P: Platform + Default>(endpoint: &Endpoint<P>) -> Delivery<P> {
    let mut request: Request<Bytes> = endpoint.sign(&Message::new(r#"{"id":"1"}"#, now())).unwrap();
    request.headers_mut().insert("cookie", HeaderValue::from_static("session=1"));
    request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("192.0.2.1"));
    endpoint.receive(&request, now()).unwrap()
}

/// Assembles a delivery from its parts, as a store does.
fn from_columns(stored: &StoredDelivery) -> StoredDelivery {
    let micros = stored.received_at.unix_timestamp_nanos() / 1_000;
    let received_at = OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).unwrap();
    StoredDelivery::new(stored.headers.clone(), stored.body.clone(), received_at, stored.seal)
}

struct EveryPlatform;

impl Visit for EveryPlatform {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let endpoint = Endpoint::<P>::new(secret_of::<P>()).unwrap();
        let delivery = received(&endpoint);
        let stored = delivery.stored();
        let again = endpoint.reopen(from_columns(&stored)).unwrap();
        assert_eq!(again.id(), delivery.id(), "{}", P::default().facts().name);
        assert_eq!(format!("{:?}", again.event()), format!("{:?}", delivery.event()), "{}", P::default().facts().name);
        assert_eq!(again.trust(), P::default().facts().scheme.trust(), "{}", P::default().facts().name);
        assert_eq!((again.secret_index(), again.variant()), (0, delivery.variant()), "{}", P::default().facts().name);
        assert_eq!(again.signed_at(), delivery.signed_at(), "{}", P::default().facts().name);
        assert_eq!(again.body(), delivery.body(), "{}", P::default().facts().name);
        assert_eq!(again.stored(), stored, "{}: storing it again gives the same", P::default().facts().name);

        let mut altered = from_columns(&stored);
        altered.body = Bytes::from_static(br#"{"id":"2"}"#);
        let kind = endpoint.reopen(altered).unwrap_err().kind();
        let want = match P::default().facts().scheme.trust() {
            Trust::Signed => ErrorKind::SignatureMismatch,
            Trust::SecretUrl | Trust::SharedSecret => ErrorKind::TokenMismatch,
        };
        assert_eq!(kind, want, "{}: an altered body", P::default().facts().name);

        let shown = format!("{stored:?}");
        for (name, value) in &stored.headers {
            assert!(
                name == "content-type" || !shown.contains(value.to_str().unwrap()),
                "{}: {name} is shown",
                P::default().facts().name
            );
        }
        for name in ["cookie", "x-forwarded-for"] {
            assert!(!stored.headers.contains_key(name), "{}: `{name}` is kept", P::default().facts().name);
        }
    }
}

#[test]
fn a_stored_delivery_reopens_unchanged_at_every_platform() {
    visit_all(&mut EveryPlatform);
}

#[test]
fn reopening_ignores_the_age() {
    let endpoint = Endpoint::<Redpin>::new(SVIX_OLD).unwrap();
    let delivery = received(&endpoint);
    let narrow = endpoint.clone().with_tolerance(Tolerance::seconds(0));
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
    let wide =
        endpoint.clone().with_tolerance(Tolerance::past_and_future(Duration::from_secs(1 << 30), Duration::ZERO));
    let body = r#"{"type":"referral.created","timestamp":"2026-02-01T00:00:00Z","data":{}}"#;
    let delivery = wide.receive(&wide.sign(&Message::new(body, now())).unwrap(), now()).unwrap();
    assert_eq!(endpoint.reopen(delivery.stored()).unwrap().id(), delivery.id());
}

#[test]
fn a_delivery_of_another_variant_reopens_after_a_pin() {
    let svix = Endpoint::<Redpin>::new(SVIX_OLD).unwrap();
    let rocket = Endpoint::<ReferralRocket>::new(secret_of::<ReferralRocket>()).unwrap();
    let genius = Endpoint::<GeniusReferrals>::new(secret_of::<GeniusReferrals>()).unwrap();
    check(&svix, Variant::WebhookHeaders, Variant::SvixHeaders, false);
    check(&svix, Variant::SvixHeaders, Variant::WebhookHeaders, false);
    check(&rocket, Variant::HexKey, Variant::TextKey, false);
    check(&rocket, Variant::TextKey, Variant::HexKey, false);
    check(&genius, Variant::RawBody, Variant::FormPayload, true);
    check(&genius, Variant::FormPayload, Variant::RawBody, true);

    fn check<P: Platform + Default>(endpoint: &Endpoint<P>, was: Variant, pinned: Variant, as_form: bool) {
        let label = format!("{}: {was:?}, then {pinned:?} is pinned", P::default().facts().name);
        let message = Message::new(r#"{"id":"1"}"#, now()).variant(was);
        let request = endpoint.sign(&if as_form { message.as_form() } else { message }).unwrap();
        let delivery = endpoint.receive(&request, now()).unwrap();
        let narrow = endpoint.clone().pin(pinned).unwrap();
        assert!(narrow.receive(&request, now()).is_err(), "{label}: a new delivery is refused");
        let again = narrow.reopen(delivery.stored()).unwrap_or_else(|error| panic!("{label}: {error}"));
        assert_eq!((again.variant(), again.id()), (was, delivery.id()), "{label}");
        let mut altered = delivery.stored();
        altered.body = Bytes::from_static(br#"{"id":"2"}"#);
        assert!(narrow.reopen(altered).is_err(), "{label}: an altered body");
    }
}

#[test]
fn a_delivery_with_two_proofs_reopens_by_the_pinned_one() {
    let endpoint = Endpoint::<Redpin>::new(SVIX_OLD).unwrap();
    let signed = |id: &str, variant| endpoint.sign(&Message::new("{}", now()).id(id).variant(variant)).unwrap();
    let mut both = signed("msg_1", Variant::SvixHeaders);
    both.headers_mut().extend(signed("msg_2", Variant::WebhookHeaders).headers().clone());
    for (variant, id) in [(Variant::SvixHeaders, "msg_1"), (Variant::WebhookHeaders, "msg_2")] {
        let pinned = endpoint.clone().pin(variant).unwrap();
        let delivery = pinned.receive(&both, now()).unwrap();
        assert_eq!(delivery.id().as_str(), id, "{variant:?}");
        assert_eq!(pinned.reopen(delivery.stored()).unwrap().id().as_str(), id, "{variant:?}");
    }
}

/// A delivery that was accepted under generous rules, and the endpoint with one rule that refuses it now.
#[test]
fn reopening_applies_no_rule_of_receiving() {
    struct EveryRule(usize);
    impl Visit for EveryRule {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let secret = secret_of::<P>();
            let generous = Endpoint::<P>::new(&secret).unwrap().dangerously_accept_stale();
            let sent_at = now() - Duration::from_secs(365 * 24 * 60 * 60);
            let body = format!(
                r#"{{"eventType":"referrer_added","data":{{"participantId":1,"campaignId":"c"}},"createdAt":{}}}"#,
                sent_at.unix_timestamp() * 1000
            );
            let message = Message::new(body, sent_at);
            let request = generous.sign(&message).unwrap();
            let delivery = generous.receive(&request, now()).unwrap();

            let plain = || Endpoint::<P>::new(&secret).unwrap();
            let mut rules = vec![
                ("body_limit", generous.clone().with_body_limit(1)),
                ("tolerance", plain().with_tolerance(Tolerance::seconds(0))),
                ("dangerously_accept_stale", plain()),
                ("retry_bad_signatures", plain().retry_bad_signatures()),
                ("body_deadline", generous.clone().with_body_deadline(Duration::ZERO)),
            ];
            rules.extend(generous.clone().and_url_token(TOKEN_OLD).ok().map(|endpoint| ("and_url_token", endpoint)));
            rules.extend(
                P::default()
                    .facts()
                    .scheme
                    .variants()
                    .iter()
                    .map(|variant| ("pin", generous.clone().pin(*variant).unwrap())),
            );
            for (rule, endpoint) in rules {
                let refused = endpoint.receive(&request, now()).is_err();
                let again = endpoint.reopen(from_columns(&delivery.stored()));
                let again = again.unwrap_or_else(|error| {
                    panic!("{}: `{rule}` refuses what is stored: {error}", P::default().facts().name)
                });
                assert_eq!(
                    (again.id(), again.body()),
                    (delivery.id(), delivery.body()),
                    "{}: {rule}",
                    P::default().facts().name
                );
                self.0 += usize::from(refused);
            }
        }
    }
    let mut every_rule = EveryRule(0);
    visit_all(&mut every_rule);
    assert!(every_rule.0 >= 20, "only {} rules refuse at the door", every_rule.0);
}

#[test]
fn a_secret_that_is_only_previous_still_opens() {
    let stored = received(&Endpoint::<Redpin>::new(SVIX_OLD).unwrap()).stored();
    let rotated = Endpoint::<Redpin>::new(SVIX_NEW).unwrap().or_previous(SVIX_OLD).unwrap();
    assert_eq!(rotated.reopen(stored).unwrap().secret_index(), 1);

    let stored = received(&Endpoint::<Refir>::new(TOKEN_OLD).unwrap()).stored();
    let rotated = Endpoint::<Refir>::new(TOKEN_NEW).unwrap().or_previous(TOKEN_OLD).unwrap();
    assert_eq!(rotated.reopen(stored).unwrap().secret_index(), 1);
}

#[test]
fn a_removed_secret_refuses_deliveries_until_it_is_back() {
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
fn a_secret_url_delivery_reopens_only_with_its_token() {
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
fn a_token_with_a_signature_is_not_required_on_reopening() {
    let plain = Endpoint::<GeniusReferrals>::new("a secret").unwrap();
    let with_token = plain.clone().and_url_token(TOKEN_OLD).unwrap();
    let stored = received(&with_token).stored();
    assert_eq!(stored.seal, None);
    assert_eq!(with_token.reopen(stored).unwrap().trust(), Trust::Signed);
}
