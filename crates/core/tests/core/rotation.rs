//! A reopening secret opens stored deliveries, and accepts no request.

use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::{Platform, Visit, visit_all};
use referral_webhooks::{
    BodyHmac, ConfigError, Endpoint, Fingerprint, Message, Scheme, SecretRole, Svix, TimestampedHmac, UrlToken,
    Variant, Verifier,
};
use time::OffsetDateTime;

const SIGNING_KEY: &str = "whsk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const OTHER_SIGNING_KEY: &str = "whsk_AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_772_366_400).unwrap()
}

/// Returns different secrets in the platform's format: each has its own number.
fn secret<P: Platform + Default>(number: u8) -> String {
    P::default().facts().scheme.secret_from(&std::array::from_fn(|index| number ^ (index as u8).wrapping_mul(37)))
}

fn endpoint<P: Platform + Default>(number: u8) -> Endpoint<P> {
    Endpoint::new(secret::<P>(number)).unwrap()
}

#[test]
fn a_reopening_secret_accepts_no_request_at_any_platform() {
    struct EveryPlatform;
    impl Visit for EveryPlatform {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let rotated = endpoint::<P>(1).or_previous(secret::<P>(2)).unwrap();
            let rotated = rotated.reopens_with(secret::<P>(3)).unwrap().reopens_with(secret::<P>(4)).unwrap();
            let body = r#"{"id":"1","eventType":"referrer_added","createdAt":1772366400000,"data":{}}"#;
            for (number, index, accepted) in
                [(1, Some(0), true), (2, Some(1), true), (3, Some(2), false), (4, Some(3), false), (5, None, false)]
            {
                let label = format!("{}: secret {number}", P::default().facts().name);
                let sender = endpoint::<P>(number);
                let variants = P::default()
                    .facts()
                    .scheme
                    .variants()
                    .iter()
                    .map(|variant| Message::new(body, now()).variant(*variant));
                for message in variants.flat_map(|message| [message.clone(), message.as_form()]) {
                    let request = sender.sign(&message).unwrap();
                    for door in [rotated.clone(), rotated.clone().dangerously_accept_stale()] {
                        let received = door.receive(&request, now());
                        assert_eq!(received.is_ok(), accepted, "{label}");
                        assert_eq!(door.receive_owned(request.clone(), now()).is_ok(), accepted, "{label}");
                        let advice = received.err().map(|error| error.advice().to_string()).unwrap_or_default();
                        assert_eq!(advice.contains("only reopens"), index.is_some() && !accepted, "{label}: {advice}");
                    }
                    let stored = sender.receive(&request, now()).unwrap();
                    let again = rotated.reopen(stored.stored());
                    assert_eq!(again.as_ref().ok().map(|again| again.secret_index()), index, "{label}");
                    let Ok(again) = again else { continue };
                    assert_eq!((again.id(), again.fingerprint()), (stored.id(), stored.fingerprint()), "{label}");
                    assert_eq!(again.stored(), stored.stored(), "{label}: storing it again gives the same");
                    let name = rotated.fingerprints().nth(again.secret_index()).unwrap().1;
                    assert_eq!(again.fingerprint(), name, "{label}");
                    let mut altered = stored.stored();
                    altered.body = "{}".into();
                    assert!(rotated.reopen(altered).is_err(), "{label}: an altered body");
                }
            }
        }
    }
    visit_all(&mut EveryPlatform);
}

/// Svix signs with every secret of a rotation. The list is accepted by its accepted signature alone, in any order.
#[test]
fn a_list_is_accepted_by_an_accepted_signature_only() {
    let (new, old) = (secret::<Redpin>(1), secret::<Redpin>(2));
    let rotated = endpoint::<Redpin>(1).reopens_with(&old).unwrap();
    let previous = endpoint::<Redpin>(1).or_previous(secret::<Redpin>(3)).unwrap().reopens_with(&old).unwrap();
    for variant in [Variant::SvixHeaders, Variant::WebhookHeaders] {
        for (signed_with, index) in [
            (vec![&old], None),
            (vec![&old, &old], None),
            (vec![&new, &old], Some(0)),
            (vec![&old, &new], Some(0)),
            (vec![&old, &old, &new], Some(0)),
        ] {
            let mut sender = Endpoint::<Redpin>::new(signed_with[0]).unwrap();
            for secret in &signed_with[1..] {
                sender = sender.or_previous(secret).unwrap();
            }
            let request = sender.sign(&Message::new("{}", now()).variant(variant)).unwrap();
            for rotated in [&rotated, &previous] {
                let received = rotated.receive(&request, now()).ok();
                assert_eq!(received.as_ref().map(|delivery| delivery.secret_index()), index, "{signed_with:?}");
                let roles: Vec<_> = rotated.fingerprints().collect();
                let role = received.and_then(|it| roles.iter().find(|(_, name)| *name == it.fingerprint()).copied());
                assert_eq!(role.map(|(role, _)| role), index.map(|_| SecretRole::Current));
            }
        }
    }
}

#[test]
fn a_secret_that_comes_back_is_accepted() {
    let old = secret::<Redpin>(2);
    let request = endpoint::<Redpin>(2).sign(&Message::new("{}", now())).unwrap();
    let rotated = endpoint::<Redpin>(1).reopens_with(&old).unwrap();
    assert!(rotated.receive(&request, now()).is_err());
    let back = rotated.or_previous(&old).unwrap();
    assert_eq!(back.receive(&request, now()).unwrap().secret_index(), 1);
    let back = endpoint::<Redpin>(2).reopens_with(&old).unwrap();
    assert_eq!(back.receive(&request, now()).unwrap().secret_index(), 0);
}

#[test]
fn a_pinned_endpoint_reopens_every_variant_of_an_old_secret() {
    fn check<P: Platform + Default>(was: Variant, pinned: Variant, as_form: bool) {
        let message = Message::new(r#"{"id":"1"}"#, now()).variant(was);
        let sender = endpoint::<P>(2);
        let request = sender.sign(&if as_form { message.as_form() } else { message }).unwrap();
        let stored = sender.receive(&request, now()).unwrap();
        let rotated = endpoint::<P>(1).pin(pinned).unwrap().reopens_with(secret::<P>(2)).unwrap();
        assert!(rotated.receive(&request, now()).is_err(), "{was:?}");
        let again = rotated.reopen(stored.stored()).unwrap();
        assert_eq!((again.variant(), again.id(), again.secret_index()), (was, stored.id(), 1));
    }
    check::<Redpin>(Variant::WebhookHeaders, Variant::SvixHeaders, false);
    check::<ReferralRocket>(Variant::HexKey, Variant::TextKey, false);
    check::<GeniusReferrals>(Variant::FormPayload, Variant::RawBody, true);
}

#[test]
fn a_fingerprint_names_the_key_and_no_notation_of_it() {
    let name = |scheme: Scheme, secret: &str| Verifier::new(scheme, secret).unwrap().fingerprints().next().unwrap().1;
    let hmac = || Scheme::BodyHmac(BodyHmac::new("x-signature"));
    let hex = || Scheme::BodyHmac(BodyHmac::new("x-signature").or_hex_key());
    let svix = || Scheme::Svix(Svix);
    let public = "whpk_iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=";
    assert_eq!(name(svix(), SIGNING_KEY), name(svix(), public), "both halves of a key pair");
    assert_eq!(
        name(svix(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        name(svix(), "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    );
    let text = "00112233445566778899aabbccddeeff";
    assert_eq!(name(hmac(), text), name(hex(), text));
    let all = [
        name(svix(), SIGNING_KEY),
        name(svix(), OTHER_SIGNING_KEY),
        name(svix(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        name(svix(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
        name(hmac(), "correct horse battery staple"),
        name(Scheme::TimestampedHmac(TimestampedHmac::new("x-signature")), "correct horse battery stapler"),
        name(Scheme::UrlToken(UrlToken), "rT7kQ2mX9vB4nL6pW3sY8zD5"),
    ];
    let mut different: Vec<Fingerprint> = all.to_vec();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), all.len());
    // `printf 'referral-webhooks secret fingerprint 1\n' | openssl dgst -sha256 -hmac 'correct horse battery staple'`
    assert_eq!(all[4].to_string(), "48ef6cc8681253f7");
    for bad in ["", "0", "0011223344556677 ", "00112233445566778", "001122334455667g"] {
        assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
    }
}

#[test]
fn an_asymmetric_key_reopens_only() {
    let rotated = Endpoint::<Redpin>::new(OTHER_SIGNING_KEY).unwrap().reopens_with(SIGNING_KEY).unwrap();
    let sender = Endpoint::<Redpin>::new(SIGNING_KEY).unwrap();
    let request = sender.sign(&Message::new("{}", now())).unwrap();
    assert!(rotated.receive(&request, now()).is_err());
    let stored = sender.receive(&request, now()).unwrap();
    assert_eq!(rotated.reopen(stored.stored()).unwrap().fingerprint(), stored.fingerprint());
}

#[test]
fn a_bad_reopening_secret_is_refused_with_its_number() {
    let error = endpoint::<Redpin>(1).reopens_with(secret::<Redpin>(2)).unwrap().reopens_with("changeme").unwrap_err();
    assert_eq!((error.role(), error.accident()), (Some(SecretRole::Reopening(2)), ConfigError::Placeholder));
    assert!(error.to_string().starts_with("the reopening secret 2 of the Redpin endpoint is refused"), "{error}");
}

/// A signature covers the text of the JSON. Its media type and the encoding of a form are no part of the message.
#[test]
fn one_message_has_one_payload_in_every_wrapping() {
    const JSON: &str = r#"{"event":"bonus_created","data":{"id":7,"note":"a b+c/é"}}"#;
    let genius = endpoint::<GeniusReferrals>(1);
    let signed = |message: Message| genius.sign(&message).unwrap();
    let json = signed(Message::new(JSON, now()));
    let form = signed(Message::new(JSON, now()).as_form().variant(Variant::FormPayload));
    let escaped: String = JSON.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let mut requests = vec![json.clone(), form.clone(), signed(Message::new(JSON, now()).as_form())];
    for body in [format!("payload={escaped}"), format!("p%61yload={escaped}&x=1"), format!("x=&payload={escaped}")] {
        let mut other = form.clone();
        *other.body_mut() = body.into();
        requests.push(other);
    }
    for media_type in ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"] {
        for original in [&json, &form] {
            let mut other = original.clone();
            other.headers_mut().insert("content-type", media_type.parse().unwrap());
            requests.push(other);
        }
    }
    let first = genius.receive(&json, now()).unwrap();
    for request in requests {
        let delivery = genius.receive(&request, now()).unwrap();
        assert_eq!((delivery.id(), delivery.payload()), (first.id(), first.payload()), "{request:?}");
        let again = genius.reopen(delivery.stored()).unwrap();
        assert_eq!((again.payload(), again.body()), (delivery.payload(), request.body()), "{request:?}");
    }
}
