//! Errors and notes as JSON.

use std::process::Output;

use serde_json::Value;

use crate::tree::verbs;
use crate::{file, refhook, run, text};

/// Checks that standard error is one object with a cause, and that standard output is empty.
#[track_caller]
fn is_failure(arguments: &[&str], output: &Output, kind: &str) {
    let errors = text(&output.stderr);
    assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
    let object: Value = serde_json::from_str(errors).unwrap_or_else(|_| panic!("{arguments:?}: {errors}"));
    assert_eq!(object["kind"], kind, "{arguments:?}: {errors}");
    assert_eq!(object["exit_code"], output.status.code().unwrap(), "{arguments:?}: {errors}");
    for member in ["cause", "help"] {
        let text = object[member].as_str().unwrap_or_default();
        assert!(!text.is_empty() && !text.contains('\n'), "{arguments:?}: {member} of {errors}");
    }
    assert!(!object["cause"].as_str().unwrap().starts_with("error"), "{errors}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output.stdout));
}

#[test]
fn every_verb_reports_a_wrong_command_line_as_json() {
    for verb in verbs() {
        let verb: Vec<&str> = verb.iter().map(String::as_str).collect();
        // The words of `config show` are those of another verb.
        if verb == ["config", "show"] {
            continue;
        }
        for output in [&["--output", "json"][..], &["--output=json"]] {
            let before = [output, &verb[..], &["--no-such-flag"]].concat();
            let after = [&verb[..], &["--no-such-flag"], output].concat();
            for arguments in [before, after] {
                let output = run(refhook(&arguments), b"");
                assert_eq!(output.status.code(), Some(2), "{arguments:?}");
                is_failure(&arguments, &output, "usage");
            }
        }
    }
}

#[test]
fn failures_of_every_kind_are_json() {
    let (broken, config) = (file("errors.json", "{}"), file("errors.toml", "colour = 1\n"));
    let secret = file("errors.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for (arguments, code, kind) in [
        (&["--output", "json"][..], 2, "usage"),
        (&["profile", "--output", "json"], 2, "usage"),
        (&["nothing", "--output", "json"], 2, "usage"),
        (&["verify", "--output", "json"], 2, "usage"),
        (&["verify", "--platform", "redpin", "--secret-file", "absent", "--output", "json"], 1, "failed"),
        (&["verify", "--platform", "redpin", "--secret-file", &secret, &broken, "--output", "json"], 1, "failed"),
        (&["verify", "--cases", &broken, "--output", "json"], 1, "failed"),
        (&["verify", "--config", &config, "--output", "json"], 1, "failed"),
        (&["sign", "--platform", "redpin", "--secret-file", &secret, "--id", "a.b", "--output", "json"], 2, "usage"),
        (&["send", "redpin", "NEVER", "--to", "http://h", "--secret-file", &secret, "--output", "json"], 2, "usage"),
        (&["send", "redpin", "--to", "h", "--output", "json"], 2, "usage"),
        (&["doctor", "--platform", "nowhere", "--output", "json"], 2, "usage"),
        (&["dev", "--profile", "absent.toml", "--output", "json"], 1, "failed"),
        (&["migrate", "--output", "json"], 2, "usage"),
        (&["profile", "check", "absent.toml", "--output", "json"], 1, "failed"),
        (&["man", "--out", &broken, "--output", "json"], 1, "failed"),
        (&["completions", "tcsh", "--output", "json"], 2, "usage"),
    ] {
        let mut command = refhook(arguments);
        command.env("DATABASE_URL", "");
        let output = run(command, b"");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        is_failure(arguments, &output, kind);
        // The environment chooses the format as well.
        let without: Vec<&str> = arguments[..arguments.len() - 2].to_vec();
        let mut command = refhook(&without);
        command.env("DATABASE_URL", "").env("REFHOOK_OUTPUT", "json");
        if !without.is_empty() {
            is_failure(&without, &run(command, b""), kind);
        }
    }
}

#[test]
fn notes_are_json_beside_json() {
    let body = file("errors-note.json", "{}");
    let arguments = ["sign", "--platform", "prefinery", "--secret-env", "REFHOOK_TEST_SECRET", &body];
    for (more, begins) in [(&[][..], "note: "), (&["--output", "json"], "{\"kind\":\"note\",\"note\":")] {
        let mut command = refhook(&[&arguments[..], more].concat());
        command.env("REFHOOK_TEST_SECRET", "qv7Lk2xPqv7");
        let Output { status, stderr, .. } = run(command, b"");
        assert!(status.success() && text(&stderr).starts_with(begins), "{more:?}: {}", text(&stderr));
    }
}
