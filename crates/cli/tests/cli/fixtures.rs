//! Fixtures as files for `refhook verify` and `refhook sign`, and cases with expectations.

use std::fs;
use std::process::Output;

use referral_webhooks_fixtures::{Expected, Fixture, all, of_platform, platforms};
use serde_json::{Value, json};

use crate::send::{Receiver, sent};
use crate::sign::secret;
use crate::verify::why_no_case;
use crate::{file, refhook, run, text};

/// Returns the file of a fixture.
fn path(fixture: &Fixture) -> String {
    format!("{}/../../fixtures/{}.http", env!("CARGO_MANIFEST_DIR"), fixture.path())
}

/// Verifies a file with no other argument. Returns the exit code and the verdict.
#[track_caller]
fn verified(path: &str, more: &[&str]) -> (i32, Value, String) {
    let output = refhook(&[&["verify", path, "--output", "json"], more].concat()).output().unwrap();
    let errors = text(&output.stderr).to_owned();
    let verdict = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{path}: {errors}"));
    (output.status.code().unwrap(), verdict, errors)
}

/// The other fixtures are verified as cases.
#[test]
fn a_fixture_that_is_no_case_has_its_verdict_as_a_file() {
    let fixtures = all().filter(|fixture| why_no_case(fixture).is_some() || fixture.is_sample);
    let mut number = 0;
    for fixture in fixtures {
        let (code, verdict, errors) = verified(&path(&fixture), &[]);
        let name = fixture.path();
        match fixture.expected {
            Expected::Event(expected) => {
                let expected: Value = serde_json::from_str(expected).unwrap();
                assert_eq!((code, &verdict["accepted"]), (0, &json!(true)), "{name}: {verdict}{errors}");
                for (got, want) in [("event", "name"), ("id", "id"), ("secret", "secret"), ("variant", "variant")] {
                    assert_eq!(verdict[got], expected[want], "{name}: {got}");
                }
            }
            Expected::Error { kind, .. } => {
                assert_eq!((code, &verdict["kind"]), (3, &json!(kind)), "{name}: {verdict}{errors}");
            }
        }
        number += 1;
    }
    assert!(number > 100, "{number} fixtures");
}

#[test]
fn the_command_line_precedes_the_lines_of_a_fixture() {
    let sample = of_platform("redpin").find(|fixture| fixture.is_sample).unwrap();
    let (other, late) =
        (file("fixtures-other.secret", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), (sample.now + 4000).to_string());
    for (more, code, kind) in [
        (&[][..], 0, Value::Null),
        (&["--secret-file", &other], 3, json!("signature-mismatch")),
        (&["--now", &late], 3, json!("too-old")),
        (&["--now", &late, "--tolerance", "5000"], 0, Value::Null),
        (&["--platform", "prefinery"], 3, json!("missing-header")),
        (&["--scheme", "svix"], 0, Value::Null),
    ] {
        let (got, verdict, errors) = verified(&path(&sample), more);
        assert_eq!((got, &verdict["kind"]), (code, &kind), "{more:?}: {errors}");
    }
}

#[test]
fn a_fixture_is_signed_again_with_its_own_secret() {
    for platform in platforms() {
        let sample = of_platform(platform).find(|fixture| fixture.is_sample).unwrap();
        let Output { status, stdout, stderr } = refhook(&["sign", &path(&sample)]).output().unwrap();
        // A public key of a platform cannot sign.
        if platform == "saasquatch" && !status.success() {
            assert!(text(&stderr).contains("help: "), "{}", text(&stderr));
            continue;
        }
        assert!(status.success(), "{platform}: {}", text(&stderr));
        let secret = file(&format!("fixtures-sign-{platform}.secret"), sample.secrets[0]);
        let verify = ["verify", "--platform", platform, "--secret-file", &secret];
        let Output { status, stdout, stderr } = run(refhook(&verify), &stdout);
        assert_eq!(status.code(), Some(0), "{platform}: {}{}", text(&stdout), text(&stderr));
    }
}

#[test]
fn what_doctor_writes_is_verified_and_signed() {
    let secret = file("fixtures-doctor.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let sender = ["--platform", "redpin", "--secret-file", &secret];
    let body = br#"{"event_name":"REFERRAL_CREATED","contact":{"email":"ada@example.com"},"status":"CREATED"}"#;
    for (bad, code) in [(&[][..], 0), (&["--bad", "body"], 3), (&["--bad", "stale"], 3)] {
        let made = run(refhook(&[&["sign"], &sender[..], bad].concat()), body);
        let written = file(&format!("fixtures-doctor-{}.http", bad.join("")), "");
        let doctor = refhook(&[&["doctor"], &sender[..], &["--write-fixture", &written]].concat());
        let examined = run(doctor, &made.stdout);
        assert!(!fs::read(&written).unwrap().is_empty(), "{bad:?}: {}", text(&examined.stderr));
        let (got, verdict, errors) = verified(&written, &["--platform", "redpin"]);
        assert_eq!(got, code, "{bad:?}: {verdict}{errors}");
        let Output { status, stderr, .. } = refhook(&["sign", "--platform", "redpin", &written]).output().unwrap();
        assert!(status.success(), "{bad:?}: {}", text(&stderr));
    }
}

#[test]
fn a_mistake_in_the_lines_of_a_fixture_is_named_with_its_line() {
    let sample = fs::read_to_string(path(&of_platform("redpin").find(|fixture| fixture.is_sample).unwrap())).unwrap();
    let (_, request) = sample.split_once("\nPOST").unwrap();
    for (lines, code, part) in [
        ("# secret: a\n# now: yesterday", 1, "line 2: `now` is not a time"),
        ("# secrets: a", 1, "line 1: there is no key `secrets`"),
        ("# now 5", 1, "line 1: expected `# key: value`"),
        ("# source: assumed\n# tolerance: long", 1, "line 2: `tolerance` is not a number"),
        ("# accept-stale: no", 1, "`accept-stale` can be `yes`"),
        ("# source: assumed", 2, "the secret is missing"),
    ] {
        let request = file("fixtures-mistake.http", format!("{lines}\nPOST{request}"));
        let Output { status, stdout, stderr } =
            refhook(&["verify", "--platform", "redpin", &request]).output().unwrap();

        assert!(text(&stderr).contains(part) && text(&stderr).contains("help: "), "{lines}: {}", text(&stderr));
        assert!(status.code() == Some(code) && stdout.is_empty(), "{lines}: {status}");
    }
}

#[test]
fn cases_end_with_3_if_one_has_another_verdict_than_expected() {
    let pack = fs::read_to_string(format!("{}/../../fixtures/conformance/redpin.json", env!("CARGO_MANIFEST_DIR")));
    let cases: Vec<Value> = serde_json::from_str(&pack.unwrap()).unwrap();
    let accepted = cases.iter().find(|case| case["expect"]["accepted"] == true).unwrap();
    let refused = cases.iter().find(|case| case["expect"]["kind"] == "signature-mismatch").unwrap();
    let expecting = |case: &Value, expect: Value| {
        let mut case = case.clone();
        case["expect"] = expect;
        case
    };
    for (row, (case, code, as_expected)) in [
        (accepted.clone(), 0, json!(true)),
        (refused.clone(), 0, json!(true)),
        (expecting(accepted, Value::Null), 0, Value::Null),
        (expecting(refused, Value::Null), 3, Value::Null),
        (expecting(refused, json!({ "accepted": false })), 0, json!(true)),
        (expecting(refused, json!({ "accepted": false, "kind": "too-old" })), 3, json!(false)),
        (expecting(refused, json!({ "accepted": true })), 3, json!(false)),
        (expecting(accepted, json!({ "accepted": false, "kind": "too-old" })), 3, json!(false)),
        (json!({ "name": "no case", "expect": { "accepted": false, "kind": "case" } }), 0, json!(true)),
        (json!({ "name": "no case" }), 3, Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let input = Value::from(vec![accepted.clone(), case]).to_string();
        let Output { status, stdout, stderr } = run(refhook(&["verify", "--cases", "-"]), input.as_bytes());
        assert_eq!(status.code(), Some(code), "row {row}: {}{}", text(&stdout), text(&stderr));
        let line: Value = serde_json::from_str(text(&stdout).lines().nth(1).unwrap()).unwrap();
        assert_eq!(line["as_expected"], as_expected, "row {row}");
        assert_eq!(text(&stderr).contains("1 of 2 cases"), code == 3, "row {row}: {}", text(&stderr));
    }
}

#[test]
fn a_cut_body_is_sent_without_its_end_and_refused() {
    let receiver = Receiver::answering(400);
    let body = file("fixtures-cut.json", r#"{"event_name":"REFERRAL_CREATED"}"#);
    let bad = ["redpin", "--body", &body, "--bad", "cut"];
    let (code, out, errors) = sent(secret("redpin"), &[&bad[..], &["--to", &receiver.url]].concat());
    assert!(code == 1 && out.contains("hung up after 16 of 33 bytes"), "{out}{errors}");
    let to = ["--to", "http://localhost/hooks", "--print"];
    let (code, printed, errors) = sent(secret("redpin"), &[&bad[..], &to, &["request"]].concat());
    assert!(code == 0 && printed.contains("content-length: 33\r\n"), "{printed}{errors}");
    assert!(printed.ends_with(r#"{"event_name":"R"#), "{printed}");
    for received in [receiver.requests()[0].clone(), printed.into_bytes()] {
        assert!(received.ends_with(br#"{"event_name":"R"#), "{}", text(&received));
        let mut verify = refhook(&["verify", "--platform", "redpin", "--secret-env", "SECRET", "--output", "json"]);
        verify.env("SECRET", secret("redpin"));
        let Output { status, stdout, .. } = run(verify, &received);
        let verdict: Value = serde_json::from_slice(&stdout).unwrap();
        assert!(status.code() == Some(3) && verdict["kind"] == "body-incomplete", "{verdict}");
    }
    let (code, _, errors) = sent(secret("redpin"), &[&bad[..], &to, &["curl"]].concat());
    assert!(code == 2 && errors.contains("a command cannot send"), "{errors}");
}

#[test]
fn a_shown_fixture_has_the_verdict_of_its_file() {
    let list = refhook(&["fixtures", "list", "--output", "json"]).output().unwrap();
    let listed: Vec<Value> = text(&list.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(listed.len(), all().count());
    for platform in platforms() {
        for fixture in of_platform(platform).step_by(9) {
            let name = fixture.path();
            let shown = refhook(&["fixtures", "show", &name]).output().unwrap().stdout;
            let verify = ["verify", "--platform", platform, "--output", "json"];
            let Output { status, stdout, stderr } = run(refhook(&verify), &shown);
            let verdict: Value =
                serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{name}: {}", text(&stderr)));
            let listed =
                listed.iter().find(|line| line["platform"] == platform && line["name"] == fixture.name).unwrap();
            assert_eq!(verdict["kind"], listed["refusal"], "{name}");
            assert_eq!(status.success(), listed["accepted"] == true, "{name}");
        }
    }
}

#[test]
fn a_new_secret_is_random_private_and_usable() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for platform in platforms() {
        let mut command = refhook(&["secret", "new", platform]);
        command.current_dir(folder.path());
        let Output { status, stdout, stderr } = run(command, b"");
        assert!(status.success(), "{platform}: {}", text(&stderr));
        let path = folder.path().join(format!("{platform}.secret"));
        let secret = fs::read_to_string(&path).unwrap();
        assert!(!text(&stdout).contains(secret.trim()) && !text(&stderr).contains(secret.trim()), "{platform}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{platform}");
        }
        let arguments = ["--platform", platform, "--secret-file", path.to_str().unwrap()];
        let body = of_platform(platform).find(|fixture| fixture.is_sample).unwrap().request.into_body();
        let signed = run(refhook(&[&["sign"], &arguments[..]].concat()), &body);
        let verify = run(refhook(&[&["verify"], &arguments[..]].concat()), &signed.stdout);
        assert!(signed.status.success(), "{platform}: {}", text(&signed.stderr));
        let is_timed = platform == "referral-rocket";
        assert!(verify.status.success() || is_timed, "{platform}: {}", text(&verify.stdout));
        assert!(seen.insert(secret) || platform == "saasquatch", "{platform}: the secret is not random");
    }
}
