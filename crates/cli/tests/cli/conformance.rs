//! The conformance pack through `refhook verify --cases`.

use std::collections::BTreeMap;

use referral_webhooks_fixtures::conformance;
use referral_webhooks_tests::conformance::{Report, read};
use serde_json::{Value, json};

use crate::{refhook, run, text};

#[test]
fn every_conformance_case_has_its_expected_verdict() {
    const DOOR: &str = "refhook verify --cases";
    let (mut report, mut cases) = (Report::default(), Vec::new());
    let mut numbers = BTreeMap::new();
    for (file, json) in conformance() {
        let of_file = read(file, json);
        let output = run(refhook(&["verify", "--cases", "-"]), json.as_bytes());
        assert!(output.status.success(), "{file}: {}", text(&output.stderr));
        let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), of_file.len(), "{file}: a line a case");
        for (line, case) in lines.into_iter().zip(&of_file) {
            assert_eq!(line["name"], *case.name, "the lines are in the order of the cases");
            let [accepted, kind, event, id] = ["accepted", "kind", "event", "id"].map(|member| &line[member]);
            let answer = json!({ "accepted": accepted, "kind": kind, "event": event, "id": id });
            report.answered(DOOR, case, answer);
        }
        numbers.insert(file, of_file.len());
        cases.extend(of_file);
    }
    println!("{}{numbers:?}", report.counts());
    report.assert_equal_to(&cases);
    assert_eq!(report.number(DOOR), cases.len(), "every case is answered");
}
