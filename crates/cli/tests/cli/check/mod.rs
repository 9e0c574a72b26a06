//! `refhook check`.

mod faults;
mod platforms;
mod quickstarts;
mod raw;
mod server;
mod usage;
mod wrong;

use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

use crate::{refhook, run, text};

/// The results of a run.
pub(crate) struct Checked {
    pub(crate) code: i32,
    /// The results by the names of their cases.
    pub(crate) cases: BTreeMap<String, Value>,
    pub(crate) summary: Value,
    pub(crate) errors: String,
}

impl Checked {
    /// Returns the cases with this verdict.
    pub(crate) fn with(&self, verdict: &str) -> Vec<&str> {
        self.cases.iter().filter(|(_, case)| case["verdict"] == verdict).map(|(name, _)| name.as_str()).collect()
    }

    /// Returns the reason of a case and the next step, in one text.
    pub(crate) fn why(&self, case: &str) -> String {
        let member = |name: &str| self.cases.get(case).and_then(|case| case[name].as_str()).unwrap_or_default().to_owned();
        format!("{} | {} | {}", member("came"), member("reason"), member("next"))
    }

    /// Returns all failed and noted cases with their reasons, for messages.
    pub(crate) fn faults(&self) -> String {
        let faults = self.cases.keys().filter(|name| ["failed", "noted"].contains(&self.cases[*name]["verdict"].as_str().unwrap()));
        faults.map(|name| format!("{name}: {}", self.why(name))).collect::<Vec<_>>().join("\n")
    }
}

/// Runs `refhook check` with a secret in the environment.
pub(crate) fn checked(url: &str, platform: &str, secret: &str, more: &[&str]) -> Checked {
    let mut command = refhook(&["check", url, "--secret-env", "REFHOOK_TEST_SECRET", "--output", "json"]);
    if !platform.is_empty() {
        command.args(["--platform", platform]);
    }
    command.args(more).env("REFHOOK_TEST_SECRET", secret).env_remove("DATABASE_URL");
    let Output { status, stdout, stderr } = run(command, b"");
    let (out, errors) = (text(&stdout), text(&stderr).to_owned());
    assert!(!out.contains(secret) && !errors.contains(secret), "the secret is printed: {out}{errors}");
    assert!(!out.contains('\u{1b}') && !errors.contains('\u{1b}'), "{out}{errors}");
    let mut lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap_or_default();
    let cases = lines.into_iter().map(|line| (line["case"].as_str().unwrap().to_owned(), line)).collect();
    Checked { code: status.code().unwrap(), cases, summary, errors }
}
