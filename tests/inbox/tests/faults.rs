//! The inbox under faults, in a size for every change.
#![allow(clippy::unwrap_used, reason = "tests may stop where they fail")]

use std::process::Command;

/// Runs every scenario on a store and prints its table; the program itself fails where a promise is broken.
fn faults_of(store: &str) -> (bool, String) {
    let mut driver = Command::new(env!("CARGO_BIN_EXE_referral-webhooks-inbox-driver"));
    let output = driver.args(["run", store, "--quick"]).output().unwrap();
    let (table, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{table}{errors}");
    (output.status.success(), table.into_owned())
}

#[test]
fn nothing_is_lost_and_nothing_is_doubled() {
    let (holds, table) = faults_of("sqlite");
    assert!(holds, "a promise is broken; the table says which");
    for scenario in [
        "kill",
        "two-and-two",
        "storm",
        "disk-full",
        "zombie",
        "zombie-plain",
        "poison",
        "poison-plain",
        "clock",
        "locked",
        "shutdown",
        "queue",
        "slow-sync",
    ] {
        let rows = table.lines().filter(|line| line.split_whitespace().next() == Some(scenario)).count();
        assert_eq!(rows, 1, "{scenario}");
    }
}
