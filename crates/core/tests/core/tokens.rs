//! Static secrets in a header and in the body: what proves, and where the secret never is.
//!
//! The body is the sample of a platform's fact sheet, with another key. The credentials were encoded with `base64`.

use std::sync::OnceLock;

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{Event, Facts, Other, Platform, Signed};
use referral_webhooks::{
    BodyToken, ConfigError, DeliveryId, Endpoint, ErrorKind, HeaderToken, Message, Scheme, SignError, Strength, Trust,
    Variant, Verifier,
};
use serde::Serialize;

use crate::known::{moment, post};

pub(crate) const TOKEN: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";
pub(crate) const OLD: &str = "kT9vQ2mX7cR4wZ8bN1sJ6hL3";
pub(crate) const OTHER: &str = "x5Jd8Qm2Zr7Tb4Nk9Wp3Lc6V";
pub(crate) const BODY: &str = r#"{"key":"TOKEN","site":"example","type":"reward_web_hook","extras":{},"payload":{"campaign":{"id":1,"type":"StandaloneCampaign","cached_slug":1,"tag_names":[]},"offer":{"email":"ada@example.com","short_url_code":"aB3dE5"},"person":{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.com","customer_id":"u_1001"},"origin":{"type":"Purchase","id":9,"email":"ada@example.com"},"reward":{"id":77,"reason":"referrer","status":"paid","incentive_type":"rebate","amount":10.0,"coupon_code":null}}}"#;

/// A platform whose events are its payloads.
macro_rules! platform {
    ($name:ident, $scheme:expr) => {
        #[derive(Debug, Clone, Copy, Default)]
        pub(crate) struct $name;

        impl $name {
            pub(crate) const SCHEME: Scheme = $scheme;
        }

        impl Platform for $name {
            type Event = Payload;

            fn facts(&self) -> &Facts {
                static FACTS: OnceLock<Facts> = OnceLock::new();
                FACTS.get_or_init(|| Facts::new("static-secret", "Static Secret", Self::SCHEME, Refir.facts().contract))
            }

            fn decode(&self, payload: &Bytes) -> Payload {
                Payload(String::from_utf8_lossy(payload).into_owned())
            }

            fn delivery_id(&self, _: &Payload, signed: Signed<'_>) -> DeliveryId {
                DeliveryId::digest(signed.payload)
            }
        }
    };
}

platform!(InMember, Scheme::BodyToken(BodyToken::new("key").or_form("payload")));
platform!(InField, Scheme::BodyToken(BodyToken::new("key").or_fields()));
platform!(InHeader, Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Bearer ")));
platform!(AsPassword, Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Basic ")));
platform!(Bare, Scheme::HeaderToken(HeaderToken::new("x-shop-key")));

/// The text of a payload.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Payload(String);

impl Event for Payload {
    fn name(&self) -> Option<&str> {
        None
    }

    fn other(&self) -> Option<&Other> {
        None
    }
}

pub(crate) fn body_with(token: &str) -> String {
    BODY.replace("TOKEN", token)
}

pub(crate) fn form_of(json: &str) -> String {
    let verifier = Verifier::new(InMember::SCHEME, TOKEN).unwrap();
    let form = verifier.sign(&Message::new(json, moment(0)).as_form()).unwrap();
    String::from_utf8(form.body().to_vec()).unwrap()
}

/// Fails if a delivery shows one of the texts in any of its parts, or does not reopen unchanged.
#[track_caller]
fn assert_hidden<P: Platform>(label: &str, endpoint: &Endpoint<P>, request: &Request<Bytes>, secrets: &[&str]) {
    let owned = endpoint.receive_owned(request.clone(), moment(0)).unwrap();
    let delivery = endpoint.receive(request, moment(0)).unwrap_or_else(|error| panic!("{label}: {error}"));
    assert_eq!((owned.body(), owned.headers()), (delivery.body(), delivery.headers()), "{label}");
    assert_eq!(owned.id(), delivery.id(), "{label}");
    let stored = delivery.stored();
    let shown = [
        format!("{:?} {:?} {:?}", delivery.headers(), delivery.body(), delivery.payload()),
        format!("{:?} {delivery:?} {}", delivery.event(), serde_json::to_string(delivery.event()).unwrap()),
        format!("{:?} {:?} {stored:?}", stored.headers, stored.body),
    ];
    for (shown, secret) in shown.iter().flat_map(|shown| secrets.iter().map(move |secret| (shown, secret))) {
        assert!(!shown.contains(secret), "{label} shows {secret}: {shown}");
    }
    let again = endpoint.reopen(stored.clone()).unwrap_or_else(|error| panic!("{label}, reopened: {error}"));
    assert_eq!((again.id(), again.payload()), (delivery.id(), delivery.payload()), "{label}");
    assert_eq!(
        (again.body(), again.variant(), again.trust()),
        (delivery.body(), delivery.variant(), Trust::SharedSecret)
    );
    assert_eq!(again.secret_index(), delivery.secret_index(), "{label}");
    assert_eq!(again.stored(), stored, "{label}");
    let mut altered = stored.clone();
    altered.body = [&altered.body[..], b" "].concat().into();
    assert_eq!(endpoint.reopen(altered).unwrap_err().kind(), ErrorKind::TokenMismatch, "{label}");
    let mut unsealed = stored;
    unsealed.seal = None;
    assert_eq!(endpoint.reopen(unsealed).unwrap_err().kind(), ErrorKind::MissingToken, "{label}");
}

#[test]
fn a_token_in_the_body_proves_and_is_absent_from_the_delivery() {
    let endpoint = Endpoint::<InMember>::new(TOKEN).unwrap().or_previous(OLD).unwrap();
    let json = body_with(TOKEN);
    let quoted = json.replace(r#""extras":{}"#, &format!(r#""extras":{{"key":"{TOKEN}","url":"/?k={TOKEN}&a"}}"#));
    let escaped = json.replace(r#""key":"r"#, r#""k\u0065y":"\u0072"#);
    for (label, body) in [
        ("JSON", json.clone()),
        ("JSON with blanks", format!("\n {}\n", json.replace(r#""key":"#, "\"key\" : "))),
        ("a form", form_of(&json)),
        ("a form with other pairs", format!("a=b&{}&key={TOKEN}&c=%72T7kQ2mX9vB4nL6pW3sY8zD5", form_of(&json))),
        ("an escaped name and value", escaped),
        ("a token that is quoted elsewhere", quoted.clone()),
        ("a form that quotes it elsewhere", form_of(&quoted)),
        ("the previous token", body_with(OLD)),
    ] {
        let note = format!("key {}", if body.contains(OLD) { OLD } else { TOKEN });
        let headers = [("content-type", "application/json"), ("x-note", &*note)];
        assert_hidden(label, &endpoint, &post(&headers, &body), &[TOKEN, OLD, "T7kQ2mX9vB4nL6pW3sY8zD5"]);
    }
    let ids = [body_with(TOKEN), form_of(&json), body_with(OLD)]
        .map(|body| endpoint.receive(&post::<&str>(&[], body), moment(0)).unwrap().id().clone());
    assert_eq!((&ids[0], &ids[0]), (&ids[1], &ids[2]), "wrapping and rotation change no id");
    assert_eq!(ids[0].strength(), Strength::Digest);
    let event = endpoint.receive(&post::<&str>(&[], &json), moment(0)).unwrap().into_event();
    assert_eq!(event.0, body_with("***"));
}

#[test]
fn a_token_in_a_field_proves_and_is_absent_from_the_delivery() {
    let endpoint = Endpoint::<InField>::new(TOKEN).unwrap().or_previous(OLD).unwrap();
    let form = |key: &str| format!("key={key}&site=example&type=reward_web_hook&payload=%7B%22a%22%3A1%7D");
    for (label, body) in [
        ("JSON", body_with(TOKEN)),
        ("a form", form(TOKEN)),
        ("an escaped name and value", form(TOKEN).replace("key=r", "k%65y=%72")),
        ("a token that is quoted elsewhere", format!("url=%2F%3Fkey%3D{TOKEN}&{}&n%6F={TOKEN}", form(TOKEN))),
        ("the previous token", form(OLD)),
    ] {
        let note = format!("key {}", if body.contains(OLD) { OLD } else { TOKEN });
        let request = post(&[("content-type", "application/json"), ("x-note", &*note)], &body);
        assert_hidden(label, &endpoint, &request, &[TOKEN, OLD, "T7kQ2mX9vB4nL6pW3sY8zD5"]);
    }
    let event = endpoint.receive(&post::<&str>(&[], form(TOKEN)), moment(0)).unwrap().into_event();
    assert_eq!(event.0, form("***"));
    let signed = endpoint.sign(&Message::new(r#"{"type":"a","payload":{"b":"c d"}}"#, moment(0)).as_form()).unwrap();
    let want = format!("key={TOKEN}&payload=%7B%22b%22%3A%22c+d%22%7D&type=a");
    assert_eq!(*signed.body(), want);
    for (body, want) in [
        (form(OTHER), ErrorKind::TokenMismatch),
        (form(""), ErrorKind::TokenMismatch),
        (form(TOKEN).replace("key=", "Key="), ErrorKind::MissingToken),
        (format!("{}&key={TOKEN}", form(TOKEN)), ErrorKind::MissingToken),
        (format!("{}&k%65y={OTHER}", form(TOKEN)), ErrorKind::MissingToken),
        (format!("{}&x=%", form(TOKEN)), ErrorKind::MissingToken),
        (format!("payload=%7B%22key%22%3A%22{TOKEN}%22%7D"), ErrorKind::MissingToken),
        (format!("[\"&key={TOKEN}\"]"), ErrorKind::MissingToken),
    ] {
        let got = endpoint.receive(&post::<&str>(&[], &body), moment(0)).map(drop).unwrap_err();
        assert_eq!(got.kind(), want, "{body}");
    }
}

#[test]
fn only_a_single_right_token_in_the_body_is_accepted() {
    let verifier = Verifier::new(InMember::SCHEME, TOKEN).unwrap();
    let right = format!(r#""key":"{TOKEN}""#);
    for (label, body, want) in [
        ("right", format!("{{{right}}}"), Ok(())),
        ("another", body_with(OTHER), Err(ErrorKind::TokenMismatch)),
        ("longer", body_with(&format!("{TOKEN}x")), Err(ErrorKind::TokenMismatch)),
        ("shorter", body_with(&TOKEN[1..]), Err(ErrorKind::TokenMismatch)),
        ("another letter case", body_with(&TOKEN.to_lowercase()), Err(ErrorKind::TokenMismatch)),
        ("empty", body_with(""), Err(ErrorKind::TokenMismatch)),
        ("masked", body_with("***"), Err(ErrorKind::TokenMismatch)),
        ("twice", format!("{{{right},{right}}}"), Err(ErrorKind::MissingToken)),
        ("right and wrong", format!(r#"{{{right},"key":"a"}}"#), Err(ErrorKind::MissingToken)),
        ("wrong and right", format!(r#"{{"key":"a",{right}}}"#), Err(ErrorKind::MissingToken)),
        ("twice, once escaped", format!(r#"{{{right},"k\u0065y":"{TOKEN}"}}"#), Err(ErrorKind::MissingToken)),
        ("nested", format!(r#"{{"payload":{{{right}}}}}"#), Err(ErrorKind::MissingToken)),
        ("in a list", format!("[{{{right}}}]"), Err(ErrorKind::MissingToken)),
        ("in a list of it", format!(r#"{{"key":["{TOKEN}"]}}"#), Err(ErrorKind::MissingToken)),
        ("another member", format!(r#"{{"Key":"{TOKEN}"}}"#), Err(ErrorKind::MissingToken)),
        ("a number", r#"{"key":1}"#.to_owned(), Err(ErrorKind::MissingToken)),
        ("cut", body_with(TOKEN)[..80].to_owned(), Err(ErrorKind::MissingToken)),
        ("with a rest", format!("{{{right}}}}}"), Err(ErrorKind::MissingToken)),
        ("no JSON", TOKEN.to_owned(), Err(ErrorKind::MissingToken)),
        ("empty body", String::new(), Err(ErrorKind::MissingToken)),
        ("a form member", format!("key={TOKEN}"), Err(ErrorKind::MissingToken)),
        ("two forms", format!("{0}&{0}", form_of(&body_with(TOKEN))), Err(ErrorKind::MissingToken)),
    ] {
        for request in [post::<&str>(&[], &body), post(&[("content-type", "text/plain"), ("key", TOKEN)], &body)] {
            let got = verifier.verify(&request, moment(0));
            assert_eq!(got.map(drop).map_err(|error| error.kind()), want, "{label}: {body}");
        }
    }
    let plain = Verifier::new(Scheme::BodyToken(BodyToken::new("key")), TOKEN).unwrap();
    let got = plain.verify(&post::<&str>(&[], form_of(&body_with(TOKEN))), moment(0)).map(drop);
    assert_eq!(got.unwrap_err().kind(), ErrorKind::MissingToken, "a scheme without forms");
}

#[test]
fn a_token_in_a_header_proves_and_is_absent_from_the_delivery() {
    let bearer = Endpoint::<InHeader>::new(TOKEN).unwrap().or_previous(OLD).unwrap();
    let bare = Endpoint::<Bare>::new(TOKEN).unwrap();
    let basic = Endpoint::<AsPassword>::new(TOKEN).unwrap();
    let pair = Endpoint::<AsPassword>::new(format!("shop:{TOKEN}")).unwrap();
    let encoded = "c2hvcDpyVDdrUTJtWDl2QjRuTDZwVzNzWTh6RDU=";
    let (also, by_proxy) = (format!("token {TOKEN}"), format!("Basic {encoded}"));
    for value in
        [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}"), format!(" Bearer {TOKEN} "), format!("Bearer {OLD}")]
    {
        let request = post(&[("authorization", &value), ("x-forwarded-authorization", &also)], "{}");
        let secret = value.trim().split(' ').next_back().unwrap().to_owned();
        let request_secrets: &[&str] = if secret == TOKEN { &[TOKEN] } else { &[OLD] };
        assert_hidden(&value, &bearer, &request, request_secrets);
    }
    assert_hidden("bare", &bare, &post(&[("x-shop-key", TOKEN), ("x-note", &*also)], "{}"), &[TOKEN]);
    for (label, endpoint) in [("password", &basic), ("user and password", &pair)] {
        let request = post(&[("authorization", &by_proxy), ("x-forwarded-authorization", &by_proxy)], "{}");
        assert_hidden(label, endpoint, &request, &[TOKEN, encoded]);
    }
    let delivery = bearer.receive(&bearer.sign(&Message::new("{}", moment(0))).unwrap(), moment(0)).unwrap();
    assert_eq!((delivery.variant(), delivery.trust()), (Variant::HeaderToken, Trust::SharedSecret));
    assert_eq!(delivery.headers()["authorization"], "***");
    assert!(!delivery.stored().headers.contains_key("authorization"));
}

#[test]
fn only_a_single_right_token_in_the_header_is_accepted() {
    let (missing, repeated, malformed) = (
        Err(ErrorKind::MissingHeader("authorization")),
        Err(ErrorKind::RepeatedHeader("authorization")),
        Err(ErrorKind::MalformedHeader("authorization")),
    );
    let mismatch = Err(ErrorKind::TokenMismatch);
    let right = format!("Bearer {TOKEN}");
    // The base64 of `shop:` and of `shop` before the token, of the token alone, and of the token before the colon.
    let (user, no_colon) = ("c2hvcDpyVDdrUTJtWDl2QjRuTDZwVzNzWTh6RDU=", "clQ3a1EybVg5dkI0bkw2cFczc1k4ekQ1");
    let as_user = "clQ3a1EybVg5dkI0bkw2cFczc1k4ekQ1OnBhc3N3b3Jk";
    for (scheme, values, want) in [
        (InHeader::SCHEME, vec![right.clone()], Ok(())),
        (InHeader::SCHEME, vec![], missing),
        (InHeader::SCHEME, vec![right.clone(), right.clone()], repeated),
        (InHeader::SCHEME, vec![right.clone(), "Bearer x".to_owned()], repeated),
        (InHeader::SCHEME, vec![TOKEN.to_owned()], malformed),
        (InHeader::SCHEME, vec!["Bearer ".to_owned()], malformed),
        (InHeader::SCHEME, vec![String::new()], malformed),
        (InHeader::SCHEME, vec![format!("Basic {TOKEN}")], malformed),
        (InHeader::SCHEME, vec![format!("Bearer {OTHER}")], mismatch),
        (InHeader::SCHEME, vec![format!("Bearer {TOKEN}x")], mismatch),
        (InHeader::SCHEME, vec![format!("Bearer {}", &TOKEN[1..])], mismatch),
        (InHeader::SCHEME, vec![format!("Bearer {}", TOKEN.to_uppercase())], mismatch),
        (InHeader::SCHEME, vec![format!("Bearer {}", "x".repeat(5000))], malformed),
        (AsPassword::SCHEME, vec![format!("Basic {user}")], Ok(())),
        (AsPassword::SCHEME, vec![format!("BASIC {user}")], Ok(())),
        (AsPassword::SCHEME, vec![format!("Basic {no_colon}")], malformed),
        (AsPassword::SCHEME, vec![format!("Basic {as_user}")], mismatch),
        (AsPassword::SCHEME, vec![format!("Basic {TOKEN}")], malformed),
        (AsPassword::SCHEME, vec!["Basic ???".to_owned()], malformed),
    ] {
        let verifier = Verifier::new(scheme, TOKEN).unwrap();
        let headers: Vec<_> = values.iter().map(|value| ("authorization", value)).collect();
        let request = post(&headers, "{}");
        let got = verifier.verify(&request, moment(0)).map(drop).map_err(|error| error.kind());
        assert_eq!(got, want, "{values:?}");
        let head = verifier.check_head(request.uri(), request.headers()).map_err(|error| error.kind());
        assert_eq!(head, want, "{values:?}, before the body");
    }
}

#[test]
fn weak_and_unusable_tokens_are_refused() {
    let header = HeaderToken::new("x-shop-key");
    let basic = Scheme::HeaderToken(header.clone().with_prefix("Basic "));
    let (header, member) = (Scheme::HeaderToken(header), Scheme::BodyToken(BodyToken::new("key")));
    for (scheme, secret, want) in [
        (&header, TOKEN, None),
        (&header, "k3v9x2m7q1d8r5w", Some(ConfigError::TokenTooShort)),
        (&header, "k3v9x2m7q1d8r5w0", None),
        (&header, "k3v9x2m7q1d8r5\u{e4}x", Some(ConfigError::HeaderTokenCharacter)),
        (&header, "k3v9x2m7 q1d8r5w/+=", None),
        (&header, "changeme", Some(ConfigError::Placeholder)),
        (&member, TOKEN, None),
        (&member, "k3v9x2m7q1d8r5w", Some(ConfigError::TokenTooShort)),
        (&member, "k3v9x2m7q1d8r\u{e4}\"\\/", None),
        (&member, "talkable-test-key", None),
        (&member, "your-secret-here", Some(ConfigError::Placeholder)),
        (&basic, "a:k3v9x2m7q1d8r5w0", None),
        (&basic, "a:k3v9x2m7q1d8r5w", Some(ConfigError::TokenTooShort)),
        (&basic, "averylonguser:short", Some(ConfigError::TokenTooShort)),
    ] {
        let got = Verifier::new(scheme.clone(), secret).err();
        assert_eq!(got, want, "{secret}");
        assert_eq!(Verifier::from_key(scheme.clone(), secret).err(), want, "{secret}, as bytes");
    }
    let text = "k3v9x2m7q1d8r\u{e4}\"\\/";
    let verifier = Verifier::new(member, text).unwrap();
    let request = verifier.sign(&Message::new("{}", moment(0))).unwrap();
    assert!(verifier.verify(&request, moment(0)).is_ok(), "a token with signs that JSON escapes");
}

#[test]
fn a_token_is_signed_only_into_an_object() {
    let verifier = Verifier::new(InMember::SCHEME, TOKEN).unwrap();
    for (body, want) in [
        ("{}", Ok(format!(r#"{{"key":"{TOKEN}"}}"#))),
        (r#"{"a":1}"#, Ok(format!(r#"{{"key":"{TOKEN}","a":1}}"#))),
        (r#"{"a":1,"key":"old"}"#, Ok(format!(r#"{{"a":1,"key":"{TOKEN}"}}"#))),
        ("[]", Err(SignError::NoMember)),
        ("", Err(SignError::NoMember)),
        (r#"{"key":"a","key":"b"}"#, Err(SignError::NoMember)),
    ] {
        let got = verifier.sign(&Message::new(body, moment(0)));
        assert_eq!(got.map(|request| String::from_utf8(request.body().to_vec()).unwrap()), want, "{body}");
    }
}

#[test]
fn a_reopening_token_opens_stored_deliveries_only() {
    let before = Endpoint::<InMember>::new(OLD).unwrap();
    let request = before.sign(&Message::new("{}", moment(0))).unwrap();
    let stored = before.receive(&request, moment(0)).unwrap().stored();
    let rotated = Endpoint::<InMember>::new(TOKEN).unwrap().reopens_with(OLD).unwrap();
    assert_eq!(rotated.reopen(stored).unwrap().secret_index(), 1);
    let error = rotated.receive(&request, moment(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenMismatch);
    assert!(error.advice().to_string().contains("only reopens stored deliveries"));
}

#[test]
fn an_unsigned_platform_takes_a_static_header_only() {
    use referral_webhooks::platform::firstpromoter::FirstPromoter;
    let body = r#"{"event_id":"e1","event_type":"commission.approved","data":{"id":7}}"#;
    let signed = Endpoint::<FirstPromoter>::new(TOKEN).unwrap();
    let unsigned = Endpoint::of(FirstPromoter.dangerously_unsigned(HeaderToken::new("x-shop-token")), TOKEN).unwrap();
    let with_token = post(&[("x-shop-token", TOKEN)], body);
    let with_signature = signed.sign(&Message::new(body, moment(0))).unwrap();
    let delivery = unsigned.receive(&with_token, moment(0)).unwrap();
    assert_eq!((delivery.id().as_str(), delivery.event().name()), ("e1", Some("commission.approved")));
    assert_eq!(delivery.trust(), Trust::SharedSecret);
    assert_hidden("unsigned", &unsigned, &with_token, &[TOKEN]);
    let refused = |error: referral_webhooks::Error| error.kind();
    let want = ErrorKind::MissingHeader("x-webhook-signature");
    assert_eq!(signed.receive(&with_token, moment(0)).map(drop).map_err(refused), Err(want));
    let want = ErrorKind::MissingHeader("x-shop-token");
    assert_eq!(unsigned.receive(&with_signature, moment(0)).map(drop).map_err(refused), Err(want));
}

#[test]
fn a_body_in_any_script_can_carry_a_token() {
    check(&Endpoint::<InMember>::new(TOKEN).unwrap());
    check(&Endpoint::<InField>::new(TOKEN).unwrap());
}

fn check<P: Platform + Default>(endpoint: &Endpoint<P>) {
    for body in ["{\"\u{11600}\":null}", "{\"\u{e9}\":\"\u{1f600}\"}", "{\"a\":\"\u{e000}\"}"] {
        for message in [Message::new(body, moment(0)), Message::new(body, moment(0)).as_form()] {
            let request = endpoint.sign(&message).unwrap();
            let received = endpoint.receive(&request, moment(0)).map(|delivery| delivery.trust());
            assert_eq!(received, Ok(Trust::SharedSecret), "{body}: {:?}", request.body());
        }
    }
}
