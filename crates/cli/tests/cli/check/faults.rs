//! Endpoints with one fault each. Each fault is found, with its reason, and nothing else is.

use referral_webhooks_axum::platform::Platform;
use referral_webhooks_axum::platform::genius_referrals::GeniusReferrals;
use referral_webhooks_axum::platform::prefinery::Prefinery;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::platform::refir::Refir;

use super::checked;
use super::wrong::{Fault, start};
use crate::sign::secret;

/// The cases in which a genuine delivery must be accepted.
const GENUINE: &[&str] = &["at-once", "chunked", "half-closed", "header-names", "http-1.0", "kept-alive", "repeat", "slow", "valid"];

/// The cases in which a delivery may be accepted, and is here.
const UNREAD: &[&str] = &["empty-body", "not-json", "unknown-event", "wrong-type"];

/// The cases in which a request must be refused.
const FORGED: &[&str] = &["changed-body", "doubled-header", "future", "garbled-header", "kept-alive", "stale", "unsigned", "wrong-secret"];

/// Runs the check against an endpoint with this fault. Compares the cases that are not passed, and the reason of one.
#[track_caller]
fn found<P: Platform + Default>(fault: Fault, cases: &[&str], case: &str, parts: &[&str]) {
    let platform = P::default().facts().name;
    let endpoint = start::<P>(secret(platform), fault);
    let checked = checked(&endpoint.url, platform, secret(platform), &[]);
    let mut faults = [checked.with("failed"), checked.with("noted")].concat();
    faults.sort_unstable();
    let mut cases = cases.to_vec();
    cases.sort_unstable();
    cases.dedup();
    assert_eq!(faults, cases, "{platform} {fault:?}:\n{}", checked.faults());
    assert_eq!(checked.code, i32::from(!checked.with("failed").is_empty()), "{platform} {fault:?}: {}", checked.errors);
    let why = checked.why(case);
    for part in parts {
        assert!(why.contains(part), "{platform} {fault:?}, {case}: {why}\nlacks {part}");
    }
}

#[test]
fn an_endpoint_without_a_fault_is_green() {
    found::<Redpin>(Fault::None, &[], "valid", &["200"]);
    found::<Prefinery>(Fault::None, &[], "stale", &["429"]);
    found::<GeniusReferrals>(Fault::None, &[], "valid", &["200"]);
    found::<Refir>(Fault::None, &[], "wrong-secret", &["404"]);
}

#[test]
fn a_status_that_is_no_success_everywhere_is_found() {
    let all = [GENUINE, UNREAD].concat();
    found::<Redpin>(Fault::Success(204), &all, "valid", &["204 reads as a success, and other platforms do not", "exactly 200"]);
    found::<Redpin>(Fault::Success(202), &all, "slow", &["202 reads as a success"]);
    found::<Prefinery>(Fault::Success(204), &all, "valid", &["204 is recorded as rejected, and not tried again"]);
    found::<Prefinery>(Fault::Success(201), &[], "valid", &["201"]);
    found::<GeniusReferrals>(Fault::Success(201), &all, "repeat", &["may be sent 20 times more", "exactly 200"]);
    found::<Redpin>(Fault::Success(410), &all, "valid", &["410 asks some senders to disable the endpoint"]);
    found::<Redpin>(Fault::Success(500), &all, "valid", &["500 is a failure to the platform, which sends the delivery again after 5 s"]);
}

#[test]
fn a_harmful_refusal_is_found() {
    let forged = [FORGED, &["doubled-header"]].concat();
    found::<Redpin>(Fault::Refusal(410), &forged, "wrong-secret", &["410 asks some senders to disable the endpoint", "answer 401"]);
    found::<Prefinery>(Fault::Refusal(410), &forged, "unsigned", &["410 removes the endpoint from the project"]);
    found::<Prefinery>(Fault::Refusal(500), &forged, "changed-body", &["500 is recorded as rejected", "the event is lost"]);
    found::<Redpin>(Fault::Refusal(500), &forged, "garbled-header", &["500 is the answer of a failed endpoint"]);
    found::<Redpin>(Fault::Refusal(200), &forged, "stale", &["signed long ago was accepted"]);
    // 401 is final at Prefinery, and the clocks of both sides may differ.
    found::<Prefinery>(Fault::Refusal(401), &["future", "stale"], "stale", &["401 is final there", "answer 429"]);
}

#[test]
fn a_failure_at_what_cannot_be_read_is_found() {
    let unread = ["empty-body", "not-json", "unknown-event"];
    found::<Prefinery>(Fault::Unreadable(500), &unread, "unknown-event", &["500 is recorded as rejected", "the event is lost"]);
    found::<Redpin>(Fault::Unreadable(500), &unread, "not-json", &["500 is the answer of a failed handler"]);
    found::<Redpin>(Fault::Unreadable(422), &unread, "not-json", &["brings the endpoint nearer to its disabling"]);
    found::<Prefinery>(Fault::Unreadable(422), &unread, "not-json", &["422 is final there, and the event is lost"]);
}

#[test]
fn a_forgotten_proof_is_found() {
    let all = [FORGED, &["get-delivery"]].concat();
    found::<Redpin>(Fault::NoProof, &all[..all.len() - 1], "wrong-secret", &["anyone can invent rewards"]);
    found::<Redpin>(Fault::NoProof, &all[..all.len() - 1], "unsigned", &["without any proof was accepted"]);
    found::<Refir>(Fault::NoProof, &["kept-alive", "query-token", "unsigned", "wrong-secret"], "query-token", &["a wrong token in the query"]);
    found::<Redpin>(Fault::NoAge, &["future", "stale"], "stale", &["who records one can send it again at any time"]);
    found::<Redpin>(Fault::Reserialised, &["changed-body"], "changed-body", &["a changed body was accepted"]);
    found::<GeniusReferrals>(Fault::FirstHeader, &["doubled-header"], "doubled-header", &["chosen in silence"]);
}

#[test]
fn a_late_answer_is_found() {
    // Genius Referrals waits 2 s, and Prefinery 15 s.
    let endpoint = start::<GeniusReferrals>(secret("genius-referrals"), Fault::Slow(3));
    let late = checked(&endpoint.url, "genius-referrals", secret("genius-referrals"), &["--only", "valid,wrong-secret"]);
    assert_eq!((late.code, late.with("failed")), (1, vec!["valid", "wrong-secret"]), "{}", late.faults());
    let why = late.why("valid");
    assert!(why.contains("no answer within 2 s, the platform's deadline") && why.contains("answer before the work"), "{why}");
    let endpoint = start::<Refir>(secret("refir"), Fault::Slow(3));
    let slow = checked(&endpoint.url, "refir", secret("refir"), &["--only", "valid"]);
    assert_eq!((slow.code, slow.with("noted")), (0, vec!["valid"]), "{}", slow.faults());
    let limited = checked(&endpoint.url, "refir", secret("refir"), &["--only", "valid", "--timeout", "1"]);
    assert!(limited.code == 1 && limited.why("valid").contains("silence for 1 s"), "{}", limited.faults());
}

#[test]
fn a_redirection_is_found() {
    let all = [GENUINE, UNREAD, FORGED, &["cut", "oversized", "oversized-chunked", "trailing-slash"]].concat();
    found::<Redpin>(Fault::Redirects, &all, "valid", &["308 is not followed", "https://shop.example/new"]);
    found::<Redpin>(Fault::RedirectsSlash, &["trailing-slash"], "trailing-slash", &["a redirection: 308 is not followed"]);
}

#[test]
fn a_told_secret_is_found() {
    found::<Redpin>(Fault::TellsSecret, &["no-secret-told"], "no-secret-told", &["contains the secret", "can read it"]);
    found::<Redpin>(Fault::TellsSignature, &["no-secret-told"], "no-secret-told", &["contains the expected signature"]);
}

#[test]
fn a_refused_repeat_is_found() {
    let repeated = ["at-once", "chunked", "half-closed", "header-names", "http-1.0", "kept-alive", "repeat", "slow", "wrong-type"];
    found::<Redpin>(Fault::Repeated(409), &repeated, "repeat", &["409 is a failure to the platform"]);
}

#[test]
fn an_unusual_method_that_does_harm_is_found() {
    found::<Redpin>(Fault::Method(410), &["get", "get-delivery", "head"], "get", &["410 asks some senders to disable"]);
    found::<Redpin>(Fault::Method(500), &["get", "get-delivery", "head"], "head", &["500 is the answer of a failed endpoint"]);
    found::<Redpin>(Fault::Method(200), &[], "get-delivery", &["every GET is answered alike"]);
    found::<Redpin>(Fault::AnyMethod, &["get-delivery"], "get-delivery", &["answered like a delivery", "take POST alone"]);
}

#[test]
fn a_body_that_is_too_long_or_cut_is_found() {
    found::<Redpin>(Fault::NoLimit, &["oversized", "oversized-chunked"], "oversized-chunked", &["over 1048576 bytes was accepted"]);
    found::<Redpin>(Fault::HalfBody, &["cut", "oversized", "oversized-chunked"], "cut", &["half a body was accepted"]);
}

#[test]
fn a_connection_that_is_dropped_is_found() {
    found::<Redpin>(Fault::NoHalfClose, &["half-closed"], "half-closed", &["closed its side", "half_close"]);
    found::<Redpin>(Fault::Panics, FORGED, "wrong-secret", &["the endpoint closed the connection", "a panic"]);
}

#[test]
fn a_repeat_that_is_processed_again_is_found() {
    for (fault, failed) in [
        (Fault::None, &[][..]),
        (Fault::NoMemory, &["at-once", "processed-once"]),
        (Fault::EffectFirst, &["at-once", "no-effect", "processed-once"]),
        (Fault::AnyMethod, &["get-delivery", "no-effect"]),
    ] {
        let endpoint = start::<Redpin>(secret("redpin"), fault);
        let fetch = format!("curl -s {}", endpoint.effects);
        for effects in [&endpoint.effects, &fetch] {
            let only = ["--only", "valid,processed-once,at-once,get-delivery,no-effect", "--effects", effects, "--wait", "3"];
            let checked = checked(&endpoint.url, "redpin", secret("redpin"), &only);
            assert_eq!(checked.with("failed"), failed, "{fault:?}: {}", checked.faults());
            if fault == Fault::NoMemory {
                let why = checked.why("processed-once");
                assert!(why.contains("the repeats of one delivery had 2 effects more") && why.contains("unique index"), "{why}");
            }
            if fault == Fault::None {
                assert!(checked.why("processed-once").contains("effects 1 → 2 → 2") || effects == &fetch, "{}", checked.why("processed-once"));
            }
        }
    }
    // Without a count, the fault is not seen, and not called green.
    let endpoint = start::<Redpin>(secret("redpin"), Fault::NoMemory);
    let checked = checked(&endpoint.url, "redpin", secret("redpin"), &["--only", "processed-once,no-effect"]);
    assert_eq!((checked.code, checked.with("not_seen")), (0, vec!["no-effect", "processed-once"]), "{}", checked.faults());
}
