//! The arguments and the outputs of `refhook check`.

use std::fs;
use std::net::TcpListener;
use std::process::Output;

use referral_webhooks_axum::platform::redpin::Redpin;

use super::checked;
use super::wrong::{Fault, start};
use crate::sign::secret;
use crate::{file, refhook, run, text};

fn printed(url: &str, more: &[&str]) -> (i32, String, String) {
    let mut command = refhook(&["check", url, "--platform", "redpin", "--secret-env", "REFHOOK_TEST_SECRET"]);
    command.args(more).env("REFHOOK_TEST_SECRET", secret("redpin")).env_remove("DATABASE_URL");
    let Output { status, stdout, stderr } = run(command, b"");
    (status.code().unwrap(), text(&stdout).to_owned(), text(&stderr).to_owned())
}

#[test]
fn the_table_names_the_reason_and_the_next_step() {
    let endpoint = start::<Redpin>(secret("redpin"), Fault::Success(204));
    let (code, out, errors) = printed(&endpoint.url, &["--only", "valid,wrong-secret,query-token,processed-once"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(code, 1, "{out}{errors}");
    assert!(lines[0].starts_with("redpin at http://127.0.0.1:") && lines[0].ends_with("/hooks, 4 cases"), "{out}");
    for (line, parts) in [
        (2, &["case", "expected", "verdict", "came"][..]),
        (3, &["✗ valid", "accepted in time", "failed", "204 in "]),
        (4, &["why", "204 reads as a success"]),
        (5, &["next", "answer exactly 200"]),
        (6, &["? processed-once", "not seen"]),
        (9, &["✓ wrong-secret", "passed", "401 in "]),
        (10, &["- query-token", "skipped", "the proof is not in the URL"]),
        (12, &["1 passed, 0 noted, 1 not seen, 1 skipped, 1 failed"]),
    ] {
        for part in parts {
            assert!(lines[line].contains(part), "{line}: {part}\n{out}");
        }
    }
    assert!(errors.contains("real deliveries to its handler") && errors.contains("refhook-check-"), "{errors}");
}

#[test]
fn the_report_for_ci_is_read_by_another_reader() {
    let endpoint = start::<Redpin>(secret("redpin"), Fault::Success(204));
    let path = file("check-junit.xml", "");
    let (code, _, errors) = printed(&endpoint.url, &["--only", "valid,wrong-secret,query-token", "--junit", &path]);
    assert_eq!(code, 1, "{errors}");
    let report = fs::read_to_string(&path).unwrap();
    let document = roxmltree::Document::parse(&report).unwrap();
    let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let names: Vec<_> = cases.iter().map(|case| case.attribute("name").unwrap()).collect();
    assert_eq!(names, ["valid", "wrong-secret", "query-token"], "{report}");
    let children: Vec<_> = cases.iter().map(|case| case.first_element_child().unwrap().tag_name().name()).collect();
    assert_eq!(children, ["failure", "system-out", "skipped"], "{report}");
    let failure = cases[0].first_element_child().unwrap();
    assert!(failure.attribute("message").unwrap().contains("204 reads as a success"), "{report}");
    assert!(failure.text().unwrap().contains("next: answer exactly 200"), "{report}");
    let (code, _, errors) = printed(&endpoint.url, &["--only", "wrong-secret", "--junit", "/absent/check.xml"]);
    assert!(code == 1 && errors.contains("cannot write `/absent/check.xml`"), "{errors}");
}

#[test]
fn an_endpoint_that_cannot_be_reached_ends_the_run() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let checked = checked(&format!("http://{free}/hooks"), "redpin", secret("redpin"), &[]);
    assert_eq!((checked.code, checked.with("failed")), (1, vec!["valid"]), "{}", checked.faults());
    let why = checked.why("valid");
    assert!(why.contains("no connection") && why.contains("is the endpoint running"), "{why}");
    assert!(checked.with("passed").is_empty(), "{:?}", checked.with("passed"));
}

#[test]
fn cases_are_chosen_and_left_out() {
    let endpoint = start::<Redpin>(secret("redpin"), Fault::None);
    for (more, want) in [
        (&["--only", "valid", "--only", "repeat"][..], &["repeat", "valid"][..]),
        (&["--only", "valid,repeat", "--skip", "repeat"], &["valid"]),
    ] {
        let checked = checked(&endpoint.url, "redpin", secret("redpin"), more);
        assert_eq!((checked.code, checked.with("passed")), (0, want.to_vec()), "{more:?}");
        assert_eq!(checked.summary["passed"], want.len(), "{}", checked.summary);
    }
}

#[test]
fn a_hostile_answer_reaches_no_terminal() {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 65_536]);
            let _ = stream.write_all(b"HTTP/1.1 302 \x1b[31m\r\nlocation: http://x/\xc2\x9b31m\x7f?token=planted\r\ncontent-length: 5\r\n\r\n\x1b[31m");
        }
    });
    for output in ["text", "json"] {
        let (code, out, errors) = printed(&url, &["--only", "valid", "--output", output]);
        assert_eq!(code, 1, "{out}{errors}");
        assert!(!format!("{out}{errors}").chars().any(|character| character.is_control() && character != '\n'), "{out:?}");
        assert!(!out.contains("planted"), "{out}");
    }
}

#[test]
fn a_wrong_count_of_effects_is_named_before_anything_is_sent() {
    let endpoint = start::<Redpin>(secret("redpin"), Fault::None);
    for (effects, part) in [
        ("exit 3", "the command of the count ended with"),
        ("echo none", "the count of effects has no number"),
        ("http://127.0.0.1:1/effects", "did not answer"),
        (&format!("{}/absent", endpoint.url), "answered 405"),
        ("http:///x", "--effects"),
    ] {
        let (code, out, errors) = printed(&endpoint.url, &["--only", "valid", "--effects", effects]);
        assert!(code != 0 && errors.contains(part) && !out.contains("passed"), "{effects}: {out}{errors}");
    }
}
