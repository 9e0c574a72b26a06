//! The media type is unsigned, and has no influence on the outcome.

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use referral_webhooks::platform::{self, Event as _, Platform, Visit};
use referral_webhooks::{Delivery, Endpoint, Error, Message, Trust};
use referral_webhooks_fixtures::all;
use time::OffsetDateTime;

use crate::endpoint::endpoint;
use crate::fixtures::{of, report};

/// Media types that clients send, by default or by configuration.
const TYPES: [&str; 14] = [
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/x-www-form-urlencoded",
    "Application/X-WWW-Form-URLencoded ; charset=UTF-8",
    "application/x-www-form-urlencoded, application/json",
    "multipart/form-data; boundary=----7d8",
    "text/plain;charset=UTF-8",
    "text/html",
    "application/octet-stream",
    "application/vnd.api+json",
    "",
    ";",
    "nonsense",
];

/// The outcome: id, variant and name, or the kind of the refusal.
fn outcome<P: Platform + Default>(received: Result<Delivery<P>, Error>) -> String {
    match received {
        Ok(delivery) => {
            let event = serde_json::to_string(delivery.event()).unwrap();
            let (id, variant, name) = (delivery.id(), delivery.variant(), delivery.event().name());
            format!("{id} {:?} {variant:?} {name:?} {event}", id.strength())
        }
        Err(error) => format!("refused: {error}"),
    }
}

#[test]
fn every_fixture_has_one_outcome_under_all_media_types() {
    struct Types(usize, Vec<String>);
    impl Visit for Types {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            for fixture in of(P::default().facts().name) {
                let endpoint = endpoint::<P>(&fixture, false);
                let now = OffsetDateTime::from_unix_timestamp(fixture.now).unwrap();
                let want = outcome(endpoint.receive(&fixture.request, now));
                let mut request = fixture.request.clone();
                let mut demand = |request: &http::Request<_>, media_type: &str| {
                    self.0 += 1;
                    let got = outcome(endpoint.receive(request, now));
                    if got != want {
                        self.1.push(format!("{} as `{media_type}`: {got} instead of {want}", fixture.path()));
                    }
                };
                request.headers_mut().remove(CONTENT_TYPE);
                demand(&request, "no type");
                for media_type in TYPES {
                    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
                    demand(&request, media_type);
                }
                request.headers_mut().append(CONTENT_TYPE, HeaderValue::from_static(TYPES[3]));
                demand(&request, "two types");
            }
        }
    }
    let mut types = Types(0, Vec::new());
    platform::visit_all(&mut types);
    report(types.1);
    assert_eq!(types.0, all().count() * (TYPES.len() + 2), "bodies sent");
}

#[test]
fn json_with_a_payload_member_ignores_the_media_type() {
    struct Inside;
    impl Visit for Inside {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let now = OffsetDateTime::from_unix_timestamp(1_768_473_000).unwrap();
            let endpoint = Endpoint::<P>::new(P::default().facts().scheme.secret_from(&[7; 32])).unwrap();
            for body in [
                r#"{"event":"bonus_created","data":{"id":1,"reference":"payload=%7B%7D"}}"#,
                r#"{"event":"bonus_created","data":{"id":1,"reference":"x&payload=%7B%7D&y"}}"#,
                r#"{"payload":"payload=%7B%22event%22%3A%22bonus_created%22%7D"}"#,
                r#"["&payload=%7B%7D"]"#,
                r#""payload=%7B%7D""#,
                "payload={\"event\":\"bonus_created\"}",
                "payload={%22event%22:%22bonus_created%22}",
                "payload=%7B%7D&payload=%7B%7D",
                "payload=hello",
                "payload",
                "",
            ] {
                let signed = endpoint.sign(&Message::new(body, now));
                // A token in the body needs an object.
                let Ok(mut request) = signed else {
                    assert_eq!(P::default().facts().scheme.trust(), Trust::SharedSecret, "{body}");
                    continue;
                };
                let want = outcome(endpoint.receive(&request, now));
                assert!(!want.starts_with("refused"), "{}: {body}: {want}", P::default().facts().name);
                for media_type in TYPES {
                    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
                    let got = outcome(endpoint.receive(&request, now));
                    assert_eq!(got, want, "{}: {body} as `{media_type}`", P::default().facts().name);
                }
            }
        }
    }
    platform::visit_all(&mut Inside);
}
