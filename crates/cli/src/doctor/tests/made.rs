//! Signed requests, made without the code under test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac_sha256::HMAC;
use http::{HeaderName, HeaderValue, Request};
use referral_webhooks::{Message, Verifier};
use time::OffsetDateTime;

use crate::doctor::Explanation;
use crate::doctor::explanation::explain;
use crate::message::Incoming;
use crate::secret::RawSecret;
use crate::sender::Sender;

pub(super) const NOW: i64 = 1_768_473_000;
pub(super) const SECRET: &str = "d2c4e8b1f0a94c7e9b3d5a6f00112233";
pub(super) const SVIX_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The signature of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// HMAC of the body in this header, after this text.
    Hex(&'static str, &'static str),
    Base64(&'static str),
    /// Time and signature as these elements, and the number of time units a second.
    Timed(&'static str, [&'static str; 2], i64),
    Svix,
    Jws,
    UrlToken,
    BodyToken,
}

/// Every platform with its signature.
pub(super) const PLATFORMS: [(&str, Signs); 15] = [
    ("dub", Signs::Hex("dub-signature", "")),
    ("firstpromoter", Signs::Hex("x-webhook-signature", "")),
    ("friendbuy", Signs::Base64("x-friendbuy-hmac-sha256")),
    ("genius-referrals", Signs::Hex("x-genius-referrals-signature-256", "sha256=")),
    ("growsurf", Signs::Timed("growsurf-signature", ["ts", "v"], 1000)),
    ("loyaltylion", Signs::Base64("x-loyaltylion-hmac-sha256")),
    ("prefinery", Signs::Timed("x-prefinery-signature", ["t", "v1"], 1)),
    ("redpin", Signs::Svix),
    ("referral-rocket", Signs::Hex("x-rr-signature", "")),
    ("refersion", Signs::Base64("refersion-signature")),
    ("refir", Signs::UrlToken),
    ("rewardful", Signs::Hex("x-rewardful-signature", "")),
    ("saasquatch", Signs::Jws),
    ("talkable", Signs::BodyToken),
    ("tolt", Signs::Svix),
];

/// A request before its accidents.
pub(super) struct Made {
    pub(super) platform: &'static str,
    pub(super) secret: String,
    pub(super) uri: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

fn hex(tag: [u8; 32]) -> String {
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the secret of a platform.
pub(super) fn secret_of(platform: &str, signs: Signs) -> String {
    match signs {
        Signs::Svix => SVIX_SECRET.to_owned(),
        Signs::Jws => Sender::platform(platform).expect("it is a platform").scheme.secret_from(&[3; 32]),
        _ => SECRET.to_owned(),
    }
}

/// Returns the key of a secret, as the platform uses it.
fn key_of(secret: &str, signs: Signs) -> Vec<u8> {
    match signs {
        Signs::Svix => STANDARD.decode(secret.trim_start_matches("whsec_")).expect("the secret is base64"),
        _ => secret.into(),
    }
}

/// Signs a body with the platform's secret.
pub(super) fn made(platform: &'static str, signs: Signs, signed: &[u8]) -> Made {
    let secret = secret_of(platform, signs);
    let key = key_of(&secret, signs);
    made_with(platform, signs, &key, signed)
}

/// Signs a body with a key.
pub(super) fn made_with(platform: &'static str, signs: Signs, key: &[u8], signed: &[u8]) -> Made {
    let secret = secret_of(platform, signs);
    let mut uri = "/hooks/x".to_owned();
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let mut body = signed.to_vec();
    let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
    match signs {
        Signs::Hex(name, prefix) => add(name, format!("{prefix}{}", hex(HMAC::mac(signed, key)))),
        Signs::Base64(name) => add(name, STANDARD.encode(HMAC::mac(signed, key))),
        Signs::Timed(name, [time, signature], unit) => {
            let now = NOW * unit;
            let tag = HMAC::mac([format!("{now}.").as_bytes(), signed].concat(), key);
            add(name, format!("{time}={now},{signature}={}", hex(tag)));
        }
        Signs::Svix => {
            let tag = HMAC::mac([format!("msg_ottilie.{NOW}.").as_bytes(), signed].concat(), key);
            add("svix-id", "msg_ottilie".to_owned());
            add("svix-timestamp", NOW.to_string());
            add("svix-signature", format!("v1,{}", STANDARD.encode(tag)));
        }
        Signs::Jws => {
            let scheme = Sender::platform(platform).expect("it is a platform").scheme;
            let signer = Verifier::new(scheme, &secret).expect("the secret is valid");
            let request = signer.sign(&Message::new(signed, now())).expect("it can be signed");
            for (name, value) in request.headers().iter().filter(|(name, _)| *name != "content-type") {
                add(name.as_str(), value.to_str().expect("it is text").to_owned());
            }
        }
        Signs::UrlToken => uri = format!("/hooks/refir/{secret}"),
        Signs::BodyToken => body = with_token(signed, &secret),
    }
    Made { platform, secret, uri, headers, body }
}

/// Puts a token into the object of a body.
pub(super) fn with_token(body: &[u8], token: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    text.replacen('{', &format!("{{\"key\":\"{token}\","), 1).into_bytes()
}

pub(super) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).expect("the time is in the calendar")
}

/// Returns the explanation of a request for a receiver with this file as its secret.
pub(super) fn explained(made: &Made, file: &[u8]) -> Explanation {
    let sender = Sender::platform(made.platform).expect("it is a platform");
    explained_of(sender, made, file)
}

/// Returns the explanation of a request of a sender.
pub(super) fn explained_of(sender: Sender, made: &Made, file: &[u8]) -> Explanation {
    let mut request = Request::new(Bytes::from(made.body.clone()));
    *request.uri_mut() = made.uri.parse().expect("it is a URL");
    for (name, value) in &made.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("it is a name");
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).expect("it is a value"));
    }
    explain(sender, vec![RawSecret::of_file(file)], Incoming::from(request), now())
}

/// Returns the names of the proven accidents. `None` if nothing explains the request.
pub(super) fn proven(explanation: &Explanation) -> Option<Vec<String>> {
    let object = explanation.object();
    let names = |list: &str| -> Vec<String> {
        let list = object[list].as_array().expect("it is a list");
        list.iter().map(|accident| accident["accident"].as_str().expect("it has a name").to_owned()).collect()
    };
    object["fits"].as_bool().expect("it is a bool").then(|| names("accidents"))
}
