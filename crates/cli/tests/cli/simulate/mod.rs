//! `refhook simulate`, against receivers on real sockets with the real clock.

mod contracts;
mod outage;
mod receiver;
mod scenarios;
mod usage;

use std::process::Output;

use serde_json::Value;

use crate::{refhook, run, text};

/// The result of a simulation.
#[derive(Debug)]
struct Played {
    code: i32,
    /// The lines of the events, if they were asked for.
    deliveries: Vec<Value>,
    summary: Value,
    errors: String,
}

impl Played {
    /// Returns these counts of the summary.
    fn counts<const N: usize>(&self, names: [&str; N]) -> [u64; N] {
        names.map(|name| self.summary[name].as_u64().unwrap_or_else(|| panic!("{name}: {}", self.summary)))
    }
}

/// Runs `refhook simulate` with secrets in the environment, the current one first.
fn simulate(secrets: &[&str], arguments: &[&str]) -> Output {
    let mut command = refhook(&["simulate"]);
    for (number, secret) in secrets.iter().enumerate() {
        let name = format!("REFHOOK_TEST_SECRET_{number}");
        command.args(["--secret-env", &name]).env(name, secret);
    }
    command.args(arguments);
    run(command, b"")
}

/// Runs a simulation to its end.
#[track_caller]
fn played(secrets: &[&str], arguments: &[&str]) -> Played {
    let Output { status, stdout, stderr } = simulate(secrets, &[arguments, &["--output", "json"]].concat());
    let errors = text(&stderr).to_owned();
    let mut lines: Vec<Value> = text(&stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let summary = lines.pop().unwrap_or_else(|| panic!("{arguments:?}: {errors}"));
    assert_eq!(summary["kind"], "summary", "{arguments:?}");
    Played { code: status.code().unwrap(), deliveries: lines, summary, errors }
}
