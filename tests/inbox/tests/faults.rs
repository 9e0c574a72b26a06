//! The inbox under faults, in a size for every change.
#![allow(clippy::unwrap_used, reason = "tests may stop where they fail")]

use std::process::Command;

/// Runs every scenario on a store and prints its table. The program fails if a promise is broken.
fn faults_of(store: &str) -> (bool, String) {
    let mut driver = Command::new(env!("CARGO_BIN_EXE_referral-webhooks-inbox-driver"));
    let output = driver.args(["run", store, "--quick"]).output().unwrap();
    let (table, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{table}{errors}");
    (output.status.success(), table.into_owned())
}

#[track_caller]
fn holds(store: &str, scenarios: &[&str]) {
    let (holds, table) = faults_of(store);
    assert!(holds, "a promise is broken; the table says which");
    for scenario in ALL.iter().chain(scenarios) {
        let rows = table.lines().filter(|line| line.split_whitespace().next() == Some(scenario)).count();
        assert_eq!(rows, 1, "{scenario}");
    }
}

/// The scenarios of every store.
const ALL: [&str; 18] = [
    "kill",
    "two-and-two",
    "storm",
    "zombie",
    "zombie-plain",
    "poison",
    "poison-plain",
    "clock",
    "clock-plain",
    "clock-days",
    "locked",
    "shutdown",
    "admission",
    "conflicts",
    "rotation",
    "subjects-after-outage",
    "maintenance",
    "tenants",
];

#[test]
fn sqlite_loses_nothing_and_doubles_nothing() {
    holds("sqlite", &["disk-full", "moved-file", "slow-sync"]);
}

#[test]
fn postgres_loses_nothing_and_doubles_nothing() {
    holds("postgres", &["clock-server", "clock-days-server", "restart"]);
}
