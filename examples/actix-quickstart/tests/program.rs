//! Tests of the program, started by the line at its top.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{Endpoint, Message};
use referral_webhooks_tests::Program;
use time::OffsetDateTime;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn a_signed_delivery_is_accepted_and_an_altered_one_refused() {
    let mut program = Program::start(env!("CARGO_BIN_EXE_actix-quickstart"), &[("REDPIN_SECRET", SECRET)]);
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    let mut request = endpoint.sign(&Message::new(body, OffsetDateTime::now_utc()).id("msg_1")).unwrap();
    assert_eq!(program.post("/hooks/redpin", &request), 200);
    assert!(program.line_after("msg_1: ").contains("Created"));

    *request.body_mut() = body.replace("CREATED", "FAILED").into();
    assert_eq!(program.post("/hooks/redpin", &request), 401);
    program.line_after("reason=signature does not match");
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
    let mut program = Program::start(env!("CARGO_BIN_EXE_actix-quickstart"), &[("REDPIN_SECRET", SECRET)]);
    let message = Message::new(r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#, OffsetDateTime::now_utc());
    let delivery = Endpoint::<Redpin>::new(SECRET).unwrap().sign(&message.id("msg_late")).unwrap();
    program.end_in_order(signal, "/hooks/redpin", &delivery);
    assert!(program.line_after("msg_late: ").contains("Created"));
}
