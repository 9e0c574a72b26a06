//! Foreign implementations as judges: each verifies our signatures, we verify its signatures, and both refuse a changed
//! bit.
//!
//! `svix` and `standardwebhooks` read the system's clock and accept only UTF-8 bodies. The other schemes have no
//! foreign library, so their judge is an HMAC that shares no code with ours.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use referral_webhooks::platform::dub::Dub;
use referral_webhooks::platform::friendbuy::Friendbuy;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::growsurf::GrowSurf;
use referral_webhooks::platform::loyaltylion::LoyaltyLion;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::rewardful::Rewardful;
use referral_webhooks::{Endpoint, ErrorKind, Message, Scheme, Secret, Svix, Variant, Verifier};
use time::OffsetDateTime;

use crate::generated::{base64, cases, flip, hex};

/// The number of messages for each judge and direction.
const MESSAGES: u32 = 1_000;

/// A judge of the Svix format.
trait Judge: Sized {
    const NAME: &'static str;
    const VARIANT: Variant;
    fn new(secret: &str) -> Self;
    fn sign(&self, id: &str, time: i64, body: &[u8]) -> String;
    fn accepts(&self, body: &[u8], headers: &HeaderMap) -> bool;
}

impl Judge for svix::webhooks::Webhook {
    const NAME: &'static str = "svix";
    const VARIANT: Variant = Variant::SvixHeaders;

    fn new(secret: &str) -> Self {
        Self::new(secret).unwrap()
    }

    fn sign(&self, id: &str, time: i64, body: &[u8]) -> String {
        self.sign(id, time, body).unwrap()
    }

    fn accepts(&self, body: &[u8], headers: &HeaderMap) -> bool {
        self.verify(body, headers).is_ok()
    }
}

impl Judge for standardwebhooks::Webhook {
    const NAME: &'static str = "standardwebhooks";
    const VARIANT: Variant = Variant::WebhookHeaders;

    fn new(secret: &str) -> Self {
        Self::new(secret).unwrap()
    }

    fn sign(&self, id: &str, time: i64, body: &[u8]) -> String {
        self.sign(id, time, body).unwrap()
    }

    fn accepts(&self, body: &[u8], headers: &HeaderMap) -> bool {
        self.verify(body, headers).is_ok()
    }
}

/// Returns texts of up to 64 KiB, most of them short.
fn text() -> impl Strategy<Value = String> {
    let repeated = ("\\PC{1,16}", 0..4_096_usize).prop_map(|(piece, times)| {
        let times = times.min(65_536 / piece.len());
        piece.repeat(times)
    });
    prop_oneof![6 => "\\PC{0,200}", 3 => any::<String>(), 1 => repeated]
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 24..=64)
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{1,64}"
}

/// Returns ages in seconds that all judges accept until the end of the test.
fn skew() -> impl Strategy<Value = i64> {
    -200..=200_i64
}

fn headers(variant: Variant, id: &str, time: i64, signature: &str) -> HeaderMap {
    let family = if variant == Variant::SvixHeaders { "svix" } else { "webhook" };
    let mut headers = HeaderMap::new();
    for (name, value) in [("id", id), ("timestamp", &time.to_string()), ("signature", signature)] {
        let name: http::HeaderName = format!("{family}-{name}").parse().unwrap();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn post(headers: HeaderMap, body: impl AsRef<[u8]>) -> Request<Bytes> {
    let mut request = Request::post("/hooks").body(Bytes::copy_from_slice(body.as_ref())).unwrap();
    *request.headers_mut() = headers;
    request
}

/// Compares a judge with ours over generated messages, in both directions.
fn agree<J: Judge>() {
    let mut runner = TestRunner::new(cases(MESSAGES));
    let messages = (key(), id(), skew(), text(), any::<usize>());
    let outcome = runner.run(&messages, |(key, id, skew, body, bit)| {
        let secret = format!("whsec_{}", base64(&key));
        let ours = Verifier::new(Scheme::Svix(Svix), &secret).unwrap();
        let theirs = J::new(&secret);
        let now = OffsetDateTime::now_utc();
        let time = now.unix_timestamp() + skew;

        let request = post(headers(J::VARIANT, &id, time, &theirs.sign(&id, time, body.as_bytes())), &body);
        let verified = ours.verify(&request, now);
        prop_assert!(verified.is_ok(), "theirs is refused here: {:?}", verified);
        prop_assert_eq!(verified.map(|verified| verified.variant()).ok(), Some(J::VARIANT));

        let sent_at = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let signed = ours.sign(&Message::new(&body, sent_at).id(&id).variant(J::VARIANT)).unwrap();
        prop_assert!(theirs.accepts(signed.body(), signed.headers()), "ours is refused there");
        let header = if J::VARIANT == Variant::SvixHeaders { "svix-signature" } else { "webhook-signature" };
        prop_assert_eq!(&signed.headers()[header], &request.headers()[header]);

        let forged = post(signed.headers().clone(), flip(body.as_bytes(), bit));
        let refused = ours.verify(&forged, now).map(|_| ()).map_err(|error| error.kind());
        prop_assert_eq!(refused, Err(ErrorKind::SignatureMismatch), "a changed bit passes here");
        prop_assert!(!theirs.accepts(forged.body(), forged.headers()), "a changed bit passes there");
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{}: {failure}", J::NAME));
}

#[test]
fn svix_agrees_in_both_directions() {
    agree::<svix::webhooks::Webhook>();
}

#[test]
fn standardwebhooks_agrees_in_both_directions() {
    agree::<standardwebhooks::Webhook>();
}

/// A request that the second implementation signed, and its expected variant.
struct Foreign {
    request: Request<Bytes>,
    header: &'static str,
    want: Option<Variant>,
}

fn foreign(header: &'static str, value: &str, body: impl AsRef<[u8]>, want: Option<Variant>) -> Foreign {
    let mut headers = HeaderMap::new();
    headers.insert(header, HeaderValue::from_str(value).unwrap());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Foreign { request: post(headers, body), header, want }
}

fn as_form(mut foreign: Foreign) -> Foreign {
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    foreign.request.headers_mut().insert(CONTENT_TYPE, form);
    foreign
}

/// Escapes every byte. Receivers must accept this, although no platform does it.
fn escaped(body: &[u8]) -> String {
    body.iter().map(|byte| format!("%{byte:02X}")).collect()
}

/// Compares the second HMAC with an endpoint. Its requests are accepted in their variant, a changed bit of the body is
/// refused, and both sign the same message with the same header.
fn agree_on<P: referral_webhooks::platform::Platform + Default>(
    secrets: impl Strategy<Value = String>,
    sign: impl Fn(&str, i64, &[u8]) -> Vec<(Foreign, Option<Message>)>,
) {
    let mut runner = TestRunner::new(cases(MESSAGES));
    let json = "[ -~]{0,100}".prop_map(|text| serde_json::json!({ "text": text }).to_string().into_bytes());
    let bodies = prop_oneof![5 => vec(any::<u8>(), 0..300), 4 => json, 1 => vec(any::<u8>(), 0..8_192)];
    let time = 1_700_000_000_i64..1_800_000_000;
    let outcome = runner.run(&(secrets, time, bodies, any::<usize>()), |(secret, time, body, bit)| {
        let endpoint = Endpoint::<P>::new(&secret).unwrap();
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        for (Foreign { request, header, want }, message) in sign(&secret, time, &body) {
            let received = endpoint.receive(&request, now).map(|delivery| delivery.variant()).ok();
            prop_assert_eq!(received, want, "{:?}", request.headers());
            if let Some(message) = message {
                let ours = endpoint.sign(&message).unwrap();
                prop_assert_eq!(&ours.headers()[header], &request.headers()[header], "signed here");
            }
            let mut forged = request.clone();
            *forged.body_mut() = flip(request.body(), bit).into();
            let forgery = endpoint.receive(&forged, now).map(|delivery| delivery.variant()).ok();
            // Bit 5 changes the letter case of a hexadecimal digit in `%c3`, which does not change the form.
            let after_name = |request: &Request<Bytes>| request.body().strip_prefix(b"payload=").map(<[u8]>::to_vec);
            let same_form = match (after_name(&forged), after_name(&request)) {
                (Some(forged), Some(sent)) => forged.eq_ignore_ascii_case(&sent) && want == Some(Variant::FormPayload),
                _ => false,
            };
            prop_assert_eq!(forgery, want.filter(|_| same_form), "a changed bit");
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{}: {failure}", P::default().facts().name));
}

fn hmac(key: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> [u8; 32] {
    hmac_sha256::HMAC::mac(message, key)
}

/// Returns typical secrets: printable, without blanks or quotation marks at the ends, and not recognisably invalid.
fn secret_text() -> impl Strategy<Value = String> {
    "[!#-&(-~][ -~]{6,60}[!#-&(-~]".prop_filter("it is recognisably invalid", |text| Secret::new(text).is_ok())
}

#[test]
fn a_second_hmac_agrees_on_genius_referrals() {
    let header = "x-genius-referrals-signature-256";
    agree_on::<GeniusReferrals>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let form = format!("payload={}", escaped(body));
        let (of_body, of_form) = (hmac(secret, body), hmac(secret, &form));
        let prefixed = format!("sha256={}", hex(&of_body));
        let message = Some(Message::new(body, now));
        // A form's payload must be JSON.
        let decoded = serde_json::from_slice::<serde_json::Value>(body).ok().map(|_| Variant::FormPayload);
        vec![
            (foreign(header, &prefixed, body, Some(Variant::RawBody)), message),
            (foreign(header, &hex(&of_body), body, Some(Variant::RawBody)), None),
            (foreign(header, &base64(&of_body), body, Some(Variant::RawBody)), None),
            (as_form(foreign(header, &hex(&of_form), &form, Some(Variant::RawBody))), None),
            (as_form(foreign(header, &hex(&of_body), &form, decoded)), None),
            (foreign(header, &hex(&hmac("", body)), body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_prefinery() {
    let header = "x-prefinery-signature";
    agree_on::<Prefinery>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let signed = [time.to_string().as_bytes(), b".", body].concat();
        let value = format!("t={time},v1={}", hex(&hmac(secret, &signed)));
        let without_time = format!("t={time},v1={}", hex(&hmac(secret, body)));
        vec![
            (foreign(header, &value, body, Some(Variant::Timestamped)), Some(Message::new(body, now))),
            (foreign(header, &without_time, body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_referral_rocket() {
    let header = "x-rr-signature";
    let secrets = vec(any::<u8>(), 16..=64).prop_map(|key| hex(&key));
    agree_on::<ReferralRocket>(secrets, |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let bytes: Vec<u8> =
            (0..secret.len()).step_by(2).map(|at| u8::from_str_radix(&secret[at..at + 2], 16).unwrap()).collect();
        let message = Message::new(body, now);
        let by_text = foreign(header, &hex(&hmac(secret, body)), body, Some(Variant::TextKey));
        let by_bytes = foreign(header, &hex(&hmac(&bytes, body)), body, Some(Variant::HexKey));
        vec![
            (by_text, Some(message.clone().variant(Variant::TextKey))),
            (by_bytes, Some(message.variant(Variant::HexKey))),
            (foreign(header, &hex(&hmac("", body)), body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_growsurf() {
    let header = "growsurf-signature";
    agree_on::<GrowSurf>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let signed = |milliseconds: i64| [milliseconds.to_string().as_bytes(), b".", body].concat();
        let value = |at: i64, tag: &[u8]| format!("ts={at},v={}", hex(tag));
        let milliseconds = time * 1000;
        let as_others = format!("t={milliseconds},v1={}", hex(&hmac(secret, signed(milliseconds))));
        vec![
            (
                foreign(
                    header,
                    &value(milliseconds, &hmac(secret, signed(milliseconds))),
                    body,
                    Some(Variant::Timestamped),
                ),
                Some(Message::new(body, now)),
            ),
            (foreign(header, &value(milliseconds, &hmac(secret, body)), body, None), None),
            (foreign(header, &value(time, &hmac(secret, signed(time))), body, None), None),
            (foreign(header, &as_others, body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_friendbuy() {
    let header = "x-friendbuy-hmac-sha256";
    agree_on::<Friendbuy>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let tag = hmac(secret, body);
        vec![
            (foreign(header, &base64(&tag), body, Some(Variant::RawBody)), Some(Message::new(body, now))),
            (foreign(header, &hex(&tag), body, None), None),
            (foreign(header, &base64(&hmac("", body)), body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_dub() {
    let header = "dub-signature";
    agree_on::<Dub>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let tag = hmac(secret, body);
        vec![
            (foreign(header, &hex(&tag), body, Some(Variant::RawBody)), Some(Message::new(body, now))),
            (foreign(header, &base64(&tag), body, None), None),
            (foreign(header, &hex(&hmac("", body)), body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_rewardful() {
    let header = "x-rewardful-signature";
    agree_on::<Rewardful>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let tag = hmac(secret, body);
        vec![
            (foreign(header, &hex(&tag), body, Some(Variant::RawBody)), Some(Message::new(body, now))),
            (foreign(header, &base64(&tag), body, None), None),
            (foreign(header, &hex(&hmac("", body)), body, None), None),
        ]
    });
}

#[test]
fn a_second_hmac_agrees_on_loyaltylion() {
    let header = "x-loyaltylion-hmac-sha256";
    agree_on::<LoyaltyLion>(secret_text(), |secret, time, body| {
        let now = OffsetDateTime::from_unix_timestamp(time).unwrap();
        let tag = hmac(secret, body);
        vec![
            (foreign(header, &base64(&tag), body, Some(Variant::RawBody)), Some(Message::new(body, now))),
            (foreign(header, &hex(&tag), body, None), None),
            (foreign(header, &base64(&hmac("", body)), body, None), None),
        ]
    });
}
