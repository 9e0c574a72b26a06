//! `refhook dev`.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Output, Stdio};

use http::Request;
use referral_webhooks_axum::platform::{self, redpin::Redpin};
use referral_webhooks_axum::{Endpoint, Message};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{refhook, text};

#[test]
fn the_sample_has_the_expected_verdicts_for_every_platform() {
    let Output { status, stdout, stderr } =
        refhook(&["dev", "--sample", "--once", "--output", "json"]).output().unwrap();
    assert!(status.success(), "{status}: {}", text(&stderr));
    let lines: Vec<Value> = text(&stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let deliveries = lines.iter().filter(|line| line["kind"] == "delivery");
    let members = ["platform", "sample", "trust", "verdict", "error", "status", "as_expected"];
    let got: Vec<Value> = deliveries.map(|line| members.map(|member| line[member].clone()).into()).collect();
    let want = [
        json!(["dub", "genuine", "signed", "accepted", null, 200, true]),
        json!(["dub", "repeated", "signed", "repeated", null, 200, true]),
        json!(["dub", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["rewardful", "genuine", "signed", "accepted", null, 200, true]),
        json!(["rewardful", "repeated", "signed", "repeated", null, 200, true]),
        json!(["rewardful", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["loyaltylion", "genuine", "signed", "accepted", null, 200, true]),
        json!(["loyaltylion", "repeated", "signed", "repeated", null, 200, true]),
        json!(["loyaltylion", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["firstpromoter", "genuine", "signed", "accepted", null, 200, true]),
        json!(["firstpromoter", "repeated", "signed", "repeated", null, 200, true]),
        json!(["firstpromoter", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["genius-referrals", "genuine", "signed", "accepted", null, 200, true]),
        json!(["genius-referrals", "repeated", "signed", "repeated", null, 200, true]),
        json!(["genius-referrals", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["prefinery", "genuine", "signed", "accepted", null, 200, true]),
        json!(["prefinery", "repeated", "signed", "repeated", null, 200, true]),
        json!(["prefinery", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["prefinery", "stale", null, "refused", "too-old", 429, true]),
        json!(["redpin", "genuine", "signed", "accepted", null, 200, true]),
        json!(["redpin", "repeated", "signed", "repeated", null, 200, true]),
        json!(["redpin", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["redpin", "stale", null, "refused", "too-old", 401, true]),
        json!(["refersion", "genuine", "signed", "accepted", null, 200, true]),
        json!(["refersion", "repeated", "signed", "repeated", null, 200, true]),
        json!(["refersion", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["refir", "genuine", "secret-url", "accepted", null, 200, true]),
        json!(["refir", "repeated", "secret-url", "repeated", null, 200, true]),
        json!(["refir", "forged", null, "refused", "token-mismatch", 404, true]),
        json!(["referral-rocket", "genuine", "signed", "accepted", null, 200, true]),
        json!(["referral-rocket", "repeated", "signed", "repeated", null, 200, true]),
        json!(["referral-rocket", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["referral-rocket", "stale", null, "refused", "too-old", 401, true]),
        json!(["saasquatch", "genuine", "signed", "accepted", null, 200, true]),
        json!(["saasquatch", "repeated", "signed", "repeated", null, 200, true]),
        json!(["saasquatch", "forged", null, "refused", "signature-mismatch", 401, true]),
        json!(["talkable", "genuine", "shared-secret", "accepted", null, 200, true]),
        json!(["talkable", "repeated", "shared-secret", "repeated", null, 200, true]),
        json!(["talkable", "forged", null, "refused", "token-mismatch", 401, true]),
    ];
    for row in &want {
        assert_eq!(got.iter().filter(|got| *got == row).count(), 1, "{row} in {got:#?}");
    }
    assert!(got.iter().all(|row| row[6] == true), "{got:#?}");
    assert_eq!(lines.iter().filter(|line| line["kind"] == "endpoint").count(), platform::ALL.len());
    assert_eq!(lines.last().unwrap(), &json!({ "kind": "sample", "as_expected": true }));
}

#[test]
fn a_pipe_receives_one_line_a_delivery_without_colour() {
    let Output { status, stdout, .. } = refhook(&["dev", "--sample", "--once"]).output().unwrap();
    assert!(status.success());
    let shown = text(&stdout);
    assert!(!shown.contains('\u{1b}'), "{shown}");
    let lines_with = |verdict: &str| shown.lines().filter(|line| line.contains(verdict)).count();
    let platforms = platform::ALL.len();
    assert_eq!((lines_with("  accepted"), lines_with("  repeated: ")), (platforms, platforms), "{shown}");
    assert!(lines_with("  refused: ") >= 8, "{shown}");
}

/// A running receiver, which the end of the test stops.
struct Serving {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Serving {
    fn start() -> Self {
        let mut process = refhook(&["dev", "--output", "json"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// Returns the next line of this kind.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let line: Value = serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
            if line["kind"] == kind {
                return line;
            }
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn deliveries_of_other_senders_are_shown() {
    let mut serving = Serving::start();
    let mount = std::iter::repeat_with(|| serving.next("endpoint")).find(|line| line["platform"] == "redpin").unwrap();
    let endpoint = Endpoint::<Redpin>::new(mount["secret"].as_str().unwrap()).unwrap();
    let forger = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    for (sender, status, verdict) in
        [(&endpoint, 200, "accepted"), (&endpoint, 200, "repeated"), (&forger, 401, "refused")]
    {
        let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
        let message = Message::new(body, now).id("msg_by_hand").uri(mount["url"].as_str().unwrap().parse().unwrap());
        let (parts, body) = sender.sign(&message).unwrap().into_parts();
        let mut request = ureq::post(parts.uri).config().http_status_as_error(false).build();
        for (name, value) in &parts.headers {
            request = request.header(name, value);
        }
        let answered = request.send(&body[..]).unwrap();
        assert_eq!(answered.status().as_u16(), status, "{verdict}");
        let line = serving.next("delivery");
        assert_eq!(line["verdict"], verdict);
        assert_eq!(line["sample"], Value::Null);
    }
}

#[test]
fn requests_that_reach_no_endpoint_are_shown_with_the_nearest_one() {
    let mut serving = Serving::start();
    let mount = std::iter::repeat_with(|| serving.next("endpoint")).find(|line| line["platform"] == "refir").unwrap();
    let url = mount["url"].as_str().unwrap();
    let (base, token) = (&url[..url.find("/hooks/").unwrap()], url.rsplit('/').next().unwrap());
    let rows = [
        ("POST", "/hooks/redpin/".to_owned(), "/hooks/redpin", "trailing slash", 503),
        ("POST", "/hooks//prefinery".to_owned(), "/hooks/prefinery", "doubled slash", 429),
        ("POST", "/Hooks/redpin".to_owned(), "/hooks/redpin", "letter case", 503),
        ("POST", "/hooks/%72edpi".to_owned(), "/hooks/redpin", "percent-encoding, spelling", 503),
        ("POST", format!("/hooks/refir/{token}/"), "/hooks/refir/{token}", "trailing slash", 503),
        ("GET", "/hooks/redpin".to_owned(), "/hooks/redpin", "method", 405),
        ("HEAD", "/hooks/redpin".to_owned(), "/hooks/redpin", "method", 405),
        ("OPTIONS", "/hooks/redpin".to_owned(), "/hooks/redpin", "method", 405),
    ];
    for (method, path, nearest, difference, status) in rows {
        let request = Request::builder().method(method).uri(format!("{base}{path}")).body(()).unwrap();
        let agent = ureq::Agent::new_with_config(ureq::config::Config::builder().http_status_as_error(false).build());
        assert_eq!(agent.run(request).unwrap().status(), status, "{method} {path}");
        let line = serving.next("near_miss");
        let seen = ["method", "nearest", "difference", "status"].map(|member| line[member].clone());
        assert_eq!(seen, [json!(method), json!(nearest), json!(difference), json!(status)], "{method} {path}");
        assert!(!line.to_string().contains(token), "{line}");
    }
    assert!(ureq::get(format!("{base}/favicon.ico")).call().is_err());
    let line = serving.next("unknown_path");
    assert_eq!((&line["platform"], &line["status"]), (&Value::Null, &json!(404)));
}

#[test]
fn a_port_in_use_is_named_with_help() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let Output { status, stderr, .. } = refhook(&["dev", "--port", &port]).output().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(text(&stderr).contains(&format!("cannot listen on 127.0.0.1:{port}")), "{}", text(&stderr));
    assert!(text(&stderr).contains("help: "), "{}", text(&stderr));
}

#[test]
fn once_without_a_sample_is_a_usage_error() {
    assert_eq!(refhook(&["dev", "--once"]).output().unwrap().status.code(), Some(2));
}
