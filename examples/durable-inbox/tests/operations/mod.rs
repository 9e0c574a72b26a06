//! The files under `docs/operations/`, compared with the metrics of the running program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_tests::{Program, eventually};
use time::OffsetDateTime;

use crate::PROGRAM;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn operations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations")
}

/// Returns a request that this secret signs.
fn signed(secret: &str, id: &str, body: &str) -> Request<Bytes> {
    let endpoint = Endpoint::<Redpin>::new(secret).unwrap();
    endpoint.sign(&Message::new(body, OffsetDateTime::now_utc()).id(id)).unwrap().map(Bytes::from)
}

/// Returns the label names of every series of a text, by the names of the series.
fn series(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name: String = line.chars().take_while(|char| char.is_ascii_alphanumeric() || *char == '_').collect();
        let labels = line[name.len()..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let labels = labels.into_iter().flat_map(|(labels, _)| labels.split(','));
        let labels = labels.filter_map(|label| label.split_once('=')).map(|(name, _)| name.trim().to_owned());
        found.entry(name).or_default().extend(labels);
    }
    found
}

/// Returns the metrics that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    let is_metric = |word: &&str| word.starts_with("inbox_") || word.starts_with("webhook_");
    words.filter(is_metric).map(str::to_owned).collect()
}

/// Runs promtool in the folder of the rules.
fn promtool(arguments: &[&str]) {
    let ended = Command::new("promtool").args(arguments).current_dir(operations()).status();
    assert!(ended.expect("`scripts/test` installs promtool").success(), "{arguments:?}");
}

/// Returns what the program exposes after repeats, a conflict, an unknown event and a refusal.
async fn exposition(folder: &Path) -> String {
    let database = folder.join("shop.db");
    let environment = [("REDPIN_SECRET", SECRET), ("DATABASE", database.to_str().unwrap()), ("METRICS", "1")];
    let program = Program::start(PROGRAM, &environment);
    let known = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    for (id, body) in [("m1", known), ("m1", known), ("m2", known), ("m2", "{}"), ("m3", r#"{"event_name":"NEW"}"#)] {
        assert_eq!(program.post("/hooks/redpin", &signed(SECRET, id, body)), 200, "{id}");
    }
    assert_eq!(program.post("/hooks/redpin", &signed(OTHER_SECRET, "m4", known)), 401);
    let scrape = || program.get("/metrics").1;
    // The worker reports the store every ten seconds.
    eventually(&true, async || scrape().contains("inbox_depth{endpoint=\"redpin-main\",state=\"parked\"} 1")).await;
    scrape()
}

#[tokio::test]
async fn alerts_and_dashboard_use_metrics_of_the_running_program() {
    let folder = tempfile::tempdir().unwrap();
    let text = exposition(folder.path()).await;
    let exposed = series(&text);
    for (name, labels) in &exposed {
        let family = ["_sum", "_count", "_bucket"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        for head in ["HELP", "TYPE"] {
            assert!(text.contains(&format!("# {head} {family} ")), "{name} has a line {head}\n{text}");
        }
        assert!(labels.iter().all(|label| label != "tenant" && label != "delivery_id"), "{name}: {labels:?}");
    }
    for line in [
        r#"webhook_refused_total{platform="redpin",endpoint="redpin-main",kind="signature-mismatch"} 1"#,
        r#"inbox_parked_total{platform="redpin",endpoint="redpin-main"} 1"#,
        r#"inbox_conflicts{endpoint="redpin-main"} 1"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }

    let read = |file: &str| std::fs::read_to_string(operations().join(file)).unwrap();
    for file in ["alerts.yml", "alerts.test.yml", "dashboard.json", "README.md"] {
        for name in named(&read(file)) {
            // The errors of a store appear with the first one.
            assert!(exposed.contains_key(&name) || name == "inbox_store_errors_total", "{file}: {name}\n{text}");
        }
    }
    // The series of the rules' tests have labels of the real ones.
    let tests = read("alerts.test.yml");
    for line in tests.lines().filter_map(|line| line.trim().strip_prefix("- series: ")) {
        for (name, labels) in series(line) {
            assert!(labels.is_subset(&exposed[&name]), "{line}");
        }
    }
    promtool(&["check", "rules", "alerts.yml"]);
    promtool(&["test", "rules", "alerts.test.yml"]);
    let alerts = read("alerts.yml");
    let alerts: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert_eq!(alerts.len(), 5);
    for alert in alerts {
        let times = tests.matches(&format!("alertname: {alert}")).count();
        assert!(times >= 2, "{alert} is tested firing and not firing");
    }

    let dashboard: serde_json::Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    let panels = dashboard["panels"].as_array().unwrap();
    for target in panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()) {
        let expression = target["expr"].as_str().unwrap().replace("$__rate_interval", "5m");
        // A file of rules is the form in which promtool parses an expression.
        let rules = folder.path().join("expression.yml");
        let rule = serde_json::json!({"groups": [{"name": "g", "rules": [{"record": "r", "expr": expression}]}]});
        std::fs::write(&rules, rule.to_string()).unwrap();
        promtool(&["check", "rules", rules.to_str().unwrap()]);
    }
}
