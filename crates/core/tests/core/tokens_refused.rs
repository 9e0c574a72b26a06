//! Static secrets in refused requests: what is kept and named, and that no token is in it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request};
use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Observer, Refused, Verifier};

use crate::known::{moment, post};
use crate::tokens::*;

/// Keeps what an observer of refused requests sees.
#[derive(Default)]
struct Kept(Mutex<Vec<(String, HeaderMap, bool)>>);

impl Observer for Kept {
    fn body_bytes(&self) -> usize {
        300
    }

    fn refused(&self, refused: &Refused<'_>) {
        let file = String::from_utf8(refused.to_http()).unwrap();
        self.0.lock().unwrap().push((file, refused.headers.clone().into_owned(), refused.is_whole()));
    }
}

/// Returns a refused request as a file, and whether its body is whole.
fn refused<P: Platform + Default>(request: &Request<Bytes>) -> (String, bool) {
    let kept = Arc::new(Kept::default());
    let endpoint = Endpoint::<P>::new(TOKEN).unwrap().observed_by(Arc::clone(&kept) as Arc<dyn Observer>);
    let error = endpoint.receive(request, moment(0)).map(drop).unwrap_err();
    let length = request.body().len() as u64;
    endpoint.report_refused(&endpoint.refuse(error), moment(0), request, Some(length));
    let (file, _, is_whole) = kept.0.lock().unwrap().pop().unwrap();
    (file, is_whole)
}

#[test]
fn a_kept_refused_request_shows_no_token() {
    let twice = format!(r#"{{"key":"{TOKEN}","key":"{TOKEN}"}}"#);
    let long = format!(r#"{{"a":"{}","key":"{TOKEN}","b":1,"key":""}}"#, "x".repeat(270));
    for (label, body, whole) in [
        ("another", body_with(OTHER)[..290].to_owned(), true),
        ("twice", twice.clone(), true),
        ("a form", form_of(&body_with(OTHER)).replace("rT7k", "x5Jd"), false),
        ("cut in the token", long, false),
        ("elsewhere", format!(r#"{{"token":"{TOKEN}","key":1}}"#), true),
    ] {
        let (file, is_whole) = refused::<InMember>(&post(&[("x-note", TOKEN)], &body));
        for secret in [TOKEN, OTHER, "rT7kQ2", "x5Jd8Q", "7kQ2mX9vB4nL6pW3sY8zD5"] {
            assert!(!file.contains(secret), "{label}: {file}");
        }
        assert_eq!(is_whole, whole, "{label}: {file}");
        let (head, body) = file.split_once("\r\n\r\n").unwrap();
        let length: usize = head.rsplit(": ").next().unwrap().parse().unwrap();
        assert_eq!(length == body.len(), whole, "{label}: {file}");
    }
    for (name, value) in [("authorization", format!("Bearer {OTHER}")), ("authorization", format!("Bearer {TOKEN}, x"))]
    {
        let request = post(&[(name, value.as_str()), ("x-forwarded", TOKEN)], format!(r#"{{"a":"{TOKEN}"}}"#));
        let (file, is_whole) = refused::<InHeader>(&request);
        assert!(!file.contains(OTHER) && !file.contains(TOKEN), "{file}");
        assert!(is_whole, "{file}");
    }
    let (file, _) = refused::<Bare>(&post(&[("x-shop-key", OTHER)], "{}"));
    assert!(file.contains("x-shop-key: ***"), "{file}");
}

#[test]
fn a_static_secret_hides_no_segment_of_a_path() {
    let endpoint = Endpoint::<InHeader>::new(TOKEN).unwrap();
    let url = "/hooks/a-long-name-of-a-path".parse().unwrap();
    assert_eq!(endpoint.masked_path(&url), "/hooks/a-long-name-of-a-path");
    let with_url = endpoint.and_url_token("kT9vQ2mX7cR4wZ8bN1sJ6hL3").unwrap();
    assert_eq!(with_url.masked_path(&url), "/hooks/***");
}

#[test]
fn the_error_names_the_place_of_the_token() {
    let in_member = Verifier::new(InMember::SCHEME, TOKEN).unwrap();
    let in_header = Verifier::new(InHeader::SCHEME, TOKEN).unwrap();
    for (verifier, request, want, advice) in [
        (&in_member, post::<&str>(&[], "{}"), "no single token in the member `key` of the body", "exactly once"),
        (
            &in_member,
            post::<&str>(&[], body_with(OTHER)),
            "the token in the member `key` is not this endpoint's",
            "`or_previous`",
        ),
        (
            &in_header,
            post(&[("authorization", format!("Bearer {OTHER}"))], "{}"),
            "the token in the header `authorization` is not this endpoint's",
            "`or_previous`",
        ),
    ] {
        let error = verifier.verify(&request, moment(0)).map(drop).unwrap_err();
        assert_eq!(error.to_string(), want);
        assert!(error.advice().to_string().contains(advice), "{}", error.advice());
        let shown = format!("{error:?} {error} {}", error.advice());
        assert!(!shown.contains(OTHER) && !shown.contains(TOKEN), "{shown}");
    }
}
