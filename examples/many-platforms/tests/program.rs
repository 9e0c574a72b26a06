//! Tests of the program, started by the line at its top with a shorter deadline for bodies.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_LENGTH;
use referral_webhooks_axum::platform::prefinery::Prefinery;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::platform::{Platform, Visit, visit_all};
use referral_webhooks_axum::{Acknowledges, Endpoint, Message};
use referral_webhooks_tests::Program;
use time::OffsetDateTime;

/// Returns the variables of the file in the program's first line.
fn secrets() -> Vec<(&'static str, &'static str)> {
    include_str!("../secrets.example").lines().map(|line| line.split_once('=').unwrap()).collect()
}

fn start() -> Program {
    start_with(&[("BODY_DEADLINE", "1")])
}

fn start_with(settings: &[(&'static str, &'static str)]) -> Program {
    let mut environment = secrets();
    environment.extend_from_slice(settings);
    Program::start(env!("CARGO_BIN_EXE_many-platforms"), &environment)
}

fn endpoint<P: Platform + Default>() -> Endpoint<P> {
    let variable = format!("{}_SECRET", P::default().facts().name.to_uppercase().replace('-', "_"));
    Endpoint::new(secrets().into_iter().find(|(name, _)| *name == variable).unwrap().1).unwrap()
}

/// Sends a delivery of every platform.
struct Deliver(Program);

impl Visit for Deliver {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let facts = platform.facts();
        let mount = format!("/hooks/{}", facts.name).parse().unwrap();
        let signed = endpoint::<P>().sign(&Message::new("{}", OffsetDateTime::now_utc()).uri(mount));
        // The secret of a platform with public keys signs no message.
        let mut request = signed.unwrap_or_else(|_| referral_webhooks_fixtures::sample(facts.name).unwrap().request);
        request.headers_mut().remove(CONTENT_LENGTH);
        let path = request.uri().path().to_owned();
        // An event that cannot be read may be one whose success is a payment or an answer.
        let is_receipt = facts.contract.acknowledges(None) == Acknowledges::Receipt;
        let want = if is_receipt { 200 } else { facts.contract.transient.as_u16() };
        assert_eq!(self.0.post(&path, &request), want, "{}", facts.name);
        self.0.line_after(&format!("{}: ", facts.name));
        if path.ends_with(facts.name) {
            *request.body_mut() = "[]".into();
            assert_eq!(self.0.post(&path, &request), 401, "{}, altered", facts.name);
        } else {
            let mistyped = path.replace("/hooks/", "/Hooks/");
            assert_eq!(self.0.post(&mistyped, &request), facts.contract.transient, "{}, a near miss", facts.name);
        }
    }
}

#[test]
fn every_platform_is_received_at_its_own_url() {
    visit_all(&mut Deliver(start()));
}

#[test]
fn a_platform_without_its_variable_is_left_out() {
    let only_redpin: Vec<_> = secrets().into_iter().filter(|(name, _)| *name == "REDPIN_SECRET").collect();
    let mut program = Program::start_apart(env!("CARGO_BIN_EXE_many-platforms"), &[], &only_redpin);
    assert_eq!(program.line_after("Dub is left out: "), "DUB_SECRET is not set");
    program.line_after("Tolt is left out: ");
    program.line_after("receiving at ");
}

/// Returns a delivery of Prefinery, which gives an event up after 408, 413 and every 5xx.
fn prefinery(body: &str) -> Request<Bytes> {
    endpoint::<Prefinery>().sign(&Message::new(body, OffsetDateTime::now_utc())).unwrap()
}

#[test]
fn a_handler_ends_after_the_time_out_has_answered() {
    let mut program = start_with(&[("TIME_OUT", "1"), ("HANDLER_TAKES", "3")]);
    assert_eq!(program.post("/hooks/prefinery", &prefinery("{}")), 429, "408 is final at Prefinery");
    program.line_after("prefinery: ");
}

#[test]
fn the_concurrency_limit_asks_for_another_attempt() {
    let program = start_with(&[("CONCURRENCY", "1"), ("HANDLER_TAKES", "2")]);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let senders = ["1", "2"].map(|body| scope.spawn(|| program.post("/hooks/prefinery", &prefinery(body))));
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429], "an overload is a 503 without the contract");
}

#[test]
fn the_body_limit_outside_of_the_routes_keeps_its_answer() {
    let program = start();
    assert_eq!(program.post("/hooks/prefinery", &prefinery(&" ".repeat(500_000))), 200);
    assert_eq!(program.post("/hooks/prefinery", &prefinery(&" ".repeat(600_000))), 413);
}

#[test]
fn a_near_miss_keeps_the_event_and_is_logged() {
    let mut program = start();
    assert_eq!(program.post("/hooks/prefinery/", &prefinery("{}")), 429);
    let line = program.line_after("a request just missed this endpoint");
    assert!(line.contains("path=\"/hooks/prefinery\"") && line.contains("difference=trailing slash"), "{line}");
    assert_eq!(program.get("/hooks/prefinery").0, 405);
    program.line_after("difference=method");
}

#[test]
fn a_slow_sender_is_disconnected() {
    let program = start();
    let head = {
        let request = endpoint::<Redpin>().sign(&Message::new("{}", OffsetDateTime::now_utc())).unwrap();
        let mut head = "POST /hooks/redpin HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n".to_owned();
        for (name, value) in request.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        head + "\r\n"
    };
    for (label, sent, want) in [
        ("not a byte", "", ""),
        ("the first byte", "P", ""),
        ("half a head", &head[..head.len() / 2], ""),
        ("half a body", &format!("{head}{{"), "HTTP/1.1 503"),
    ] {
        let mut stream = TcpStream::connect(program.url().strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        let began = Instant::now();
        // The read ends when the server closes the connection. It also closes after a refusal, because the body is
        // unread.
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{label}: {error}"));
        assert!(answer.starts_with(want) && want.is_empty() == answer.is_empty(), "{label}: {answer}");
        let waited = began.elapsed();
        assert!((900..9_000).contains(&waited.as_millis()), "{label}: closed after {waited:?}");
    }
}

#[test]
fn a_running_delivery_is_handled_after_sigterm() {
    shuts_down_in_order("TERM");
}

#[test]
fn a_running_delivery_is_handled_after_sigint() {
    shuts_down_in_order("INT");
}

fn shuts_down_in_order(signal: &str) {
    let mut program = Program::start(env!("CARGO_BIN_EXE_many-platforms"), &secrets());
    let message = Message::new("{}", OffsetDateTime::now_utc()).id("msg_late");
    program.end_in_order(signal, "/hooks/redpin", &endpoint::<Redpin>().sign(&message).unwrap());
    program.line_after("redpin: msg_late is ");
}
