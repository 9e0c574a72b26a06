//! Properties of every message, and of every invalid one.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Request, Uri};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::{Event as _, Platform, Visit};
use referral_webhooks::{Endpoint, ErrorKind, Message, Scheme, Trust, Variant};
use serde_json::Value;
use time::OffsetDateTime;

use crate::generated::{cases, flip, json_value};
use crate::schemes::visit_all;

const NOW: i64 = 1_768_473_000;

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// A secret for every scheme with one key: base64 of 24 bytes, hexadecimal, a text and a token.
const SECRET: &str = "00112233445566778899aabbccddeeff";

fn endpoint<P: Platform + Default>() -> Endpoint<P> {
    let platform = P::default();
    let facts = platform.facts();
    let secret = match facts.scheme {
        // A key pair cannot be such a text.
        Scheme::DetachedJws(_) => facts.scheme.secret_from(&[7; 32]),
        _ => SECRET.to_owned(),
    };
    Endpoint::new(secret).unwrap_or_else(|error| panic!("{}: {error}", facts.name))
}

/// Returns the message in every variant of a platform.
fn variants<P: Platform + Default>(body: &[u8]) -> Vec<(Variant, Message)> {
    let message = Message::new(body, now());
    // A form's payload must be JSON.
    let is_json = serde_json::from_slice::<Value>(body).is_ok();
    let mut all = Vec::new();
    for variant in P::default().facts().scheme.variants() {
        let message = message.clone().variant(*variant);
        match variant {
            // Only a form has a payload. A form may also be signed as a raw body.
            Variant::FormPayload if is_json => all.push((*variant, message.as_form())),
            Variant::FormPayload => {}
            Variant::RawBody if P::default().facts().scheme.variants().contains(&Variant::FormPayload) => {
                all.extend([(*variant, message.clone()), (*variant, message.as_form())]);
            }
            // A token is a member of an object.
            Variant::BodyToken => {
                let can_hold = |message: &Message| endpoint::<P>().sign(message).is_ok();
                all.extend([message.clone(), message.as_form()].into_iter().filter(can_hold).map(|it| (*variant, it)));
            }
            _ => all.push((*variant, message)),
        }
    }
    all
}

/// A signed part of a request.
#[derive(Debug, Clone)]
enum Part {
    Body,
    Header(HeaderName),
    /// The last segment of the path. The segments before it belong to the merchant's route.
    Token,
    /// The token in a member of the body.
    Member,
}

/// Returns the signed parts of a request, with their bytes.
fn signed_parts(variant: Variant, request: &Request<Bytes>) -> Vec<(Part, Vec<u8>)> {
    if variant == Variant::UrlToken {
        let token = request.uri().path().rsplit('/').next().unwrap_or_default();
        return vec![(Part::Token, token.as_bytes().to_vec())];
    }
    if variant == Variant::BodyToken {
        return vec![(Part::Member, SECRET.as_bytes().to_vec())];
    }
    let headers = request.headers().iter().filter(|(name, _)| *name != CONTENT_TYPE);
    let headers = headers.map(|(name, value)| (Part::Header(name.clone()), value.as_bytes().to_vec()));
    // A token in a header proves no content.
    let body = (variant != Variant::HeaderToken).then(|| (Part::Body, request.body().to_vec()));
    headers.chain(body).collect()
}

/// Returns the request with other bytes in one part. `None` if the part cannot hold them.
fn exchanged(request: &Request<Bytes>, part: &Part, bytes: &[u8]) -> Option<Request<Bytes>> {
    let mut changed = request.clone();
    match part {
        Part::Body => *changed.body_mut() = Bytes::copy_from_slice(bytes),
        Part::Header(name) => {
            changed.headers_mut().insert(name, HeaderValue::from_bytes(bytes).ok()?);
        }
        Part::Member => {
            let body = request.body();
            let at = body.windows(SECRET.len()).position(|part| part == SECRET.as_bytes())?;
            *changed.body_mut() = [&body[..at], bytes, &body[at + SECRET.len()..]].concat().into();
        }
        Part::Token => *changed.uri_mut() = Uri::try_from([b"/hooks/", bytes].concat()).ok()?,
    }
    Some(changed)
}

/// Whether the change of bytes is a change of letter case without a meaning: in the hexadecimal digits of a signature,
/// in the prefix before it or before a token, or in the escapes of a form with a signed payload.
fn differs_in_case_only(variant: Variant, part: &Part, sent: &[u8], changed: &[u8]) -> bool {
    let case_means_nothing = |at: usize| match (part, variant) {
        (Part::Header(_), Variant::SvixHeaders | Variant::WebhookHeaders | Variant::Rs256 | Variant::Es256) => false,
        (Part::Header(_), Variant::HeaderToken) => at < sent.len() - SECRET.len(),
        (Part::Header(_), _) => {
            let digits = sent.last_chunk::<64>().filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let signature = sent.len() - digits.map_or(44, |digits| digits.len());
            let has_prefix = variant != Variant::Timestamped;
            if at < signature { has_prefix } else { digits.is_some() }
        }
        (Part::Body, Variant::FormPayload) => sent[..at].iter().rev().take(2).any(|byte| *byte == b'%'),
        (Part::Body | Part::Token | Part::Member, _) => false,
    };
    let other_case = |at: usize| sent[at].is_ascii_alphabetic() && changed[at] == sent[at] ^ 0x20;
    let mut differing = (0..sent.len()).filter(|at| changed[*at] != sent[*at]);
    changed.len() == sent.len() && differing.all(|at| other_case(at) && case_means_nothing(at))
}

/// Changes bits of each part. Returns the number of refused requests, or an error if one is accepted.
fn refuses_flips<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    message: &(Variant, Message),
    bit: Bit,
) -> Result<u32, String> {
    let (variant, message) = message;
    let request = endpoint.sign(message).unwrap();
    let mut forgeries = 0;
    for (part, sent) in signed_parts(*variant, &request) {
        let bits = match bit {
            Bit::One(index) => vec![index.index((sent.len() * 8).max(1))],
            Bit::Each => (0..sent.len() * 8).collect(),
        };
        for bit in bits {
            let changed = flip(&sent, bit);
            let Some(forged) = exchanged(&request, &part, &changed) else { continue };
            let received = endpoint.receive(&forged, now()).is_ok();
            if received != differs_in_case_only(*variant, &part, &sent, &changed) {
                return Err(format!("{variant:?}: bit {bit} of {part:?}, accepted: {received}, {forged:?}"));
            }
            forgeries += u32::from(!received);
        }
    }
    Ok(forgeries)
}

/// The bits of a part to change, one at a time.
#[derive(Clone, Copy)]
enum Bit {
    One(Index),
    Each,
}

#[test]
fn a_generated_message_with_a_changed_bit_is_refused() {
    struct Flips;
    impl Visit for Flips {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let endpoint = endpoint::<P>();
            let inputs = (vec(any::<u8>(), 0..200), any::<Index>());
            let outcome = TestRunner::new(cases(1_000)).run(&inputs, |(body, bit)| {
                for message in variants::<P>(&body) {
                    refuses_flips(&endpoint, &message, Bit::One(bit)).map_err(TestCaseError::fail)?;
                }
                Ok(())
            });
            outcome.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
        }
    }
    visit_all(&mut Flips);
}

#[test]
fn a_message_with_any_changed_bit_is_refused() {
    struct Flips(u32);
    impl Visit for Flips {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let body = br#"{"event":"bonus_created","data":{"id":7,"name":"N\u00fa\u00f1ez & Co"}}"#;
            for message in variants::<P>(body) {
                let refused = refuses_flips(&endpoint::<P>(), &message, Bit::Each);
                self.0 += refused.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
            }
        }
    }
    let mut flips = Flips(0);
    visit_all(&mut flips);
    let secret_key = "whsk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let asymmetric = Endpoint::<Redpin>::new(secret_key).unwrap();
    let message = (Variant::SvixHeaders, Message::new("{}", now()));
    flips.0 += refuses_flips(&asymmetric, &message, Bit::Each).unwrap_or_else(|failure| panic!("v1a: {failure}"));
    assert!(flips.0 > 10_000, "only {} bits were changed", flips.0);
}

/// The refusals because of a time.
const IS_OF_TIME: [ErrorKind; 2] = [ErrorKind::TooOld, ErrorKind::TooNew];

#[test]
fn signed_messages_are_received_in_every_variant() {
    struct RoundTrips;
    impl Visit for RoundTrips {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let endpoint = endpoint::<P>();
            let json = json_value().prop_map(|value| value.to_string().into_bytes());
            let bodies = prop_oneof![5 => vec(any::<u8>(), 0..500), 4 => json, 1 => vec(any::<u8>(), 0..20_000)];
            let outcome = TestRunner::new(cases(300)).run(&bodies, |body| {
                for (variant, message) in variants::<P>(&body) {
                    let request = endpoint.sign(&message).unwrap();
                    prop_assert!(endpoint.check_head(request.uri(), request.headers()).is_ok());
                    let delivery = match endpoint.receive(&request, now()) {
                        // The body may hold any time.
                        Err(error) if P::default().facts().has_body_time && IS_OF_TIME.contains(&error.kind()) => {
                            continue;
                        }
                        received => received.map_err(|error| TestCaseError::fail(format!("{variant:?}: {error}")))?,
                    };
                    prop_assert_eq!(delivery.variant(), variant);
                    prop_assert_eq!(delivery.secret_index(), 0);
                    prop_assert_eq!(delivery.trust(), P::default().facts().scheme.trust());
                    if delivery.trust() == Trust::SharedSecret {
                        let shown = format!("{:?} {:?} {:?}", delivery.headers(), delivery.body(), delivery.payload());
                        prop_assert!(!shown.contains(SECRET), "{}", shown);
                    } else {
                        prop_assert_eq!(delivery.body(), request.body());
                    }
                    let again = endpoint.reopen(delivery.stored());
                    prop_assert_eq!(again.map(|again| again.id().clone()), Ok(delivery.id().clone()));
                    let owned = endpoint.receive_owned(request, now()).unwrap();
                    prop_assert_eq!(owned.id(), delivery.id());
                    prop_assert_eq!(owned.headers(), delivery.headers());
                    prop_assert_eq!(owned.body(), delivery.body());
                }
                Ok(())
            });
            outcome.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
        }
    }
    visit_all(&mut RoundTrips);
}

/// Returns header values, from random bytes to nearly valid ones.
fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let bytes = vec(any::<u8>(), 0..40);
    let list = vec(
        prop_oneof![
            Just("v1,"),
            Just("v1a,"),
            Just("v1"),
            Just(","),
            Just(" "),
            Just("AAAA="),
            Just("t="),
            Just("%"),
            Just("="),
            Just("sha256="),
            Just("eyJhbGciOiJSUzI1NiJ9"),
            Just("eyJhbGciOiJub25lIn0"),
            Just("."),
            Just(".."),
            Just("Bearer "),
            Just("ts="),
            Just(",v="),
            Just("1768473000"),
            Just("00")
        ],
        0..40,
    )
    .prop_map(|pieces| pieces.concat().into_bytes());
    let base64 = "v1,[A-Za-z0-9+/]{43}=( v1a?,[A-Za-z0-9+/]{40,46}={0,2}){0,2}".prop_map(String::into_bytes);
    let hexadecimal = "(sha256=|t=[0-9]{0,20},v1=)?[0-9a-f]{63,65}".prop_map(String::into_bytes);
    let number =
        prop_oneof![any::<i64>().prop_map(|number| number.to_string()), "[0-9]{1,25}"].prop_map(String::into_bytes);
    prop_oneof![bytes, list, base64, hexadecimal, number]
}

#[test]
fn garbage_is_refused_without_a_panic() {
    const NAMES: [&str; 15] = [
        "x-scheme",
        "authorization",
        "svix-id",
        "svix-timestamp",
        "svix-signature",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "x-prefinery-signature",
        "x-genius-referrals-signature-256",
        "x-rr-signature",
        "x-hook-jws-rfc-7797",
        "content-type",
        "content-encoding",
        "content-length",
    ];
    struct Garbage;
    impl Visit for Garbage {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let form = Just(b"application/x-www-form-urlencoded".to_vec());
            let headers = vec((prop::sample::select(&NAMES[..]), prop_oneof![4 => header_value(), 1 => form]), 0..9);
            let body = prop_oneof![
                vec(any::<u8>(), 0..200),
                "(payload=|&|=|%[0-9a-f]{0,2}|[+a-z{}\"]){0,40}".prop_map(String::into_bytes),
                "\\{(\"k(e|\\\\u0065)y\":|[\"{}\\[\\]:,a-z\\\\]){0,40}".prop_map(String::into_bytes)
            ];
            let uri = prop_oneof!["/[ -~]{0,60}", "/hooks(/|\\?token=|&token=|%41|[a-z0-9]){0,12}"];
            let seconds = -377_705_116_800..=253_402_300_799_i64;
            let plain = endpoint::<P>();
            let outcome =
                TestRunner::new(cases(1_000)).run(&(headers, body, uri, seconds), |(headers, body, uri, seconds)| {
                    let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
                    let mut request = Request::post("/").body(Bytes::from(body)).unwrap();
                    *request.uri_mut() = uri.parse().unwrap_or_default();
                    for (name, value) in headers {
                        if let Ok(value) = HeaderValue::from_bytes(&value) {
                            request.headers_mut().append(name, value);
                        }
                    }
                    for endpoint in [plain.clone(), plain.clone().dangerously_accept_stale().retry_bad_signatures()] {
                        let refusal = endpoint.receive(&request, now).map(drop);
                        prop_assert!(refusal.is_err(), "accepted {request:?}");
                        // A refusal of the head is also the refusal of the whole.
                        if let Err(error) = endpoint.check_head(request.uri(), request.headers()) {
                            prop_assert_eq!(refusal, Err(error));
                        }
                    }
                    Ok(())
                });
            outcome.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
        }
    }
    visit_all(&mut Garbage);
}

#[test]
fn genuine_json_of_any_content_is_accepted() {
    struct Contents;
    impl Visit for Contents {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let endpoint = endpoint::<P>();
            let outcome = TestRunner::new(cases(1_000)).run(&json_value(), |value| {
                let body = value.to_string();
                let signed = endpoint.sign(&Message::new(&body, now()));
                let Some(request) = signed.ok() else {
                    // A token is a member of an object.
                    prop_assert!(P::default().facts().scheme.trust() == Trust::SharedSecret && !value.is_object());
                    return Ok(());
                };
                match endpoint.receive(&request, now()) {
                    Ok(delivery) => {
                        prop_assert!(!delivery.id().as_str().is_empty());
                        // Reads everything: the name, the reason, all members as JSON, and the debug output.
                        let event = delivery.event();
                        let json =
                            serde_json::to_string(event).map_err(|error| TestCaseError::fail(error.to_string()))?;
                        let logged = format!("{delivery:?}");
                        prop_assert!(!json.is_empty() && !logged.is_empty());
                        prop_assert!(event.name().is_some() || event.why_other().is_some());
                    }
                    // Referral Rocket signs no header, so that the time in the body decides the age.
                    Err(error) => {
                        let by_its_time = IS_OF_TIME.contains(&error.kind());
                        let has_time =
                            P::default().facts().name == "referral-rocket" && value.get("createdAt").is_some();
                        prop_assert!(by_its_time && has_time, "{error}: {body}");
                    }
                }
                Ok(())
            });
            outcome.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
        }
    }
    visit_all(&mut Contents);
}

#[test]
fn any_text_configures_an_endpoint_without_a_panic() {
    struct Texts;
    impl Visit for Texts {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let prefixes =
                prop::sample::select(&["", "whsec_", "whpk_", "whsk_", "v1,", "v1a,", "whsec_whpk_", "wh"][..]);
            let text = prop_oneof![any::<String>(), "\\PC{0,80}", "[A-Za-z0-9+/]{0,90}={0,3}", "[0-9a-f]{0,80}"];
            let inputs = (prefixes, text, any::<String>());
            let outcome = TestRunner::new(cases(1_000)).run(&inputs, |(prefix, text, token)| {
                let secret = format!("{prefix}{text}");
                for endpoint in [
                    Endpoint::<P>::new(&secret),
                    endpoint::<P>().or_previous(&secret),
                    endpoint::<P>().and_url_token(&token),
                ] {
                    let Ok(endpoint) = endpoint else { continue };
                    // A valid key accepts its own signature.
                    let Ok(request) = endpoint.sign(&Message::new("{}", now())) else { continue };
                    prop_assert!(endpoint.receive(&request, now()).is_ok());
                }
                Ok(())
            });
            outcome.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
        }
    }
    visit_all(&mut Texts);
}
