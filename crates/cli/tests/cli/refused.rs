//! Refused requests, exported as files and read by the program.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderName, Request};
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, Message, Observer, Refused};
use time::OffsetDateTime;

use crate::{file, refhook, run, text};

const SECRET: &str = "d2c4e8b1f0a94c7e9b3d5a6f00112233";

/// Keeps the last refused request as a file.
#[derive(Default)]
struct Export(Mutex<Vec<u8>>);

impl Observer for Export {
    fn body_bytes(&self) -> usize {
        64
    }

    fn refused(&self, refused: &Refused<'_>) {
        *self.0.lock().unwrap() = refused.to_http();
    }
}

/// Returns the exported request, which an endpoint of Genius Referrals refused with this error.
fn exported(request: &Request<Bytes>, length: Option<u64>) -> Vec<u8> {
    let export = Arc::new(Export::default());
    let endpoint = Endpoint::<GeniusReferrals>::new(SECRET).unwrap().observed_by(export.clone());
    let now = OffsetDateTime::now_utc();
    let error = endpoint.receive(request, now).err().unwrap_or(referral_webhooks::ErrorKind::BodyIncomplete.into());
    endpoint.report_refused(&endpoint.refuse(error), now, request, length);
    export.0.lock().unwrap().clone()
}

/// Returns the exit code and the output of a command on a request of Genius Referrals.
fn examined(command: &str, name: &str, request: &[u8]) -> (Option<i32>, String) {
    let path = file(name, request);
    let secret = file(&format!("{name}-secret"), SECRET);
    let arguments = [command, "--platform", "genius-referrals", "--secret-file", &secret, "--output", "json", &path];
    let output = run(refhook(&arguments), b"");
    let errors = text(&output.stderr);
    (output.status.code(), format!("{}{errors}", text(&output.stdout)))
}

#[test]
fn an_exported_request_has_the_verdict_of_the_endpoint() {
    let endpoint = Endpoint::<GeniusReferrals>::new(SECRET).unwrap();
    let signed = endpoint.sign(&Message::new(r#"{"a":1}"#, OffsetDateTime::now_utc())).unwrap();
    let proof = signed.headers().keys().find(|name| *name != "content-type").unwrap().clone();
    let mut renamed = signed.clone();
    let value = renamed.headers_mut().remove(&proof).unwrap();
    renamed.headers_mut().insert(HeaderName::from_static("x-unexpected"), value);
    let mut chunked = signed.clone();
    chunked.headers_mut().insert("transfer-encoding", "chunked".parse().unwrap());
    let mut altered = signed.clone();
    *altered.body_mut() = Bytes::from_static(b"{\r\n\r\n}\xff");
    let long = endpoint.sign(&Message::new("x".repeat(100), OffsetDateTime::now_utc())).unwrap();
    for (name, request, length, kind) in [
        ("refused-renamed.http", &renamed, Some(7), Some("missing-header")),
        ("refused-altered.http", &altered, Some(7), Some("signature-mismatch")),
        ("refused-genuine.http", &signed, Some(7), None),
        ("refused-chunked.http", &chunked, Some(7), None),
        ("refused-cut.http", &long, Some(100), Some("body-incomplete")),
        ("refused-unknown-length.http", &long, None, Some("body-incomplete")),
    ] {
        let export = exported(request, length);
        let (code, output) = examined("verify", name, &export);
        assert_eq!(code, Some(if kind.is_some() { 3 } else { 0 }), "{name}: {output}");
        assert!(kind.is_none_or(|kind| output.contains(kind)), "{name}: {output}");
        let (code, output) = examined("doctor", name, &export);
        assert!(matches!(code, Some(0 | 3)) && output.contains("\"accepted\""), "{name}: {output}");
    }
    // The doctor finds the header.
    let (code, output) = examined("doctor", "refused-found.http", &exported(&renamed, Some(7)));
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("x-unexpected"), "{output}");
}

#[test]
fn an_exported_request_omits_the_token_of_its_url() {
    let export = Arc::new(Export::default());
    let endpoint = Endpoint::<Refir>::new(SECRET).unwrap().observed_by(export.clone());
    let request = Request::post(format!("/hooks/{SECRET}?token={SECRET}x"));
    let request = request.header("x-original-uri", format!("/hooks/{SECRET}")).body(Bytes::new()).unwrap();
    let error = endpoint.receive(&request, OffsetDateTime::now_utc()).unwrap_err();
    endpoint.report_refused(&endpoint.refuse(error), OffsetDateTime::now_utc(), &request, Some(0));
    let file = String::from_utf8(export.0.lock().unwrap().clone()).unwrap();
    assert!(!file.contains(SECRET), "{file}");
    assert!(file.starts_with("POST /hooks/***?token=*** HTTP/1.1\r\n"), "{file}");
}
