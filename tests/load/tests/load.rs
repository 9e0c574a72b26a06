//! The program works: it checks every answer itself, and prints its tables.
#![allow(clippy::unwrap_used, reason = "tests may stop where they fail")]

use std::process::Command;

#[test]
fn every_server_has_its_row_and_every_goal_its_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_referral-webhooks-load")).arg("--smoke").output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // It fails if a genuine delivery is not answered by 200, or a forgery not by 401.
    assert!(output.status.success(), "{text}{errors}");
    for framework in ["axum", "actix"] {
        for handler in ["Bytes, 200", "Webhook<Redpin>, event", "svix crate + serde_json"] {
            let rows = text.lines().filter(|line| line.starts_with(framework) && line.contains(handler));
            assert_eq!(rows.count(), 1, "{framework}, {handler}:\n{text}");
        }
        for goal in ["requests/s >= 0.55 x bare", "requests/s >= 1.25 x svix", "instructions <= 0.45 x svix"] {
            let lines = text.lines().filter(|line| line.contains(framework) && line.contains(goal));
            assert_eq!(lines.count(), 1, "{framework}, {goal}:\n{text}");
        }
    }
}

#[test]
fn every_kind_of_stranger_has_its_row_on_every_server() {
    let program = env!("CARGO_BIN_EXE_referral-webhooks-load");
    let output = Command::new(program).args(["strangers", "--smoke"]).output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // It fails if a genuine delivery among attacks is not answered by 200.
    assert!(output.status.success(), "{text}{errors}");
    for framework in ["axum", "actix", "tower"] {
        let rows = text.lines().filter(|line| line.starts_with(framework) && line.contains(" MiB"));
        assert_eq!(rows.count(), 10, "{framework}:\n{text}");
    }
}

#[test]
fn keeping_refused_requests_has_its_ratio() {
    let program = env!("CARGO_BIN_EXE_referral-webhooks-load");
    let output = Command::new(program).args(["refused", "--smoke"]).output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("ratio") && text.contains("goal: "), "{text}");
}
