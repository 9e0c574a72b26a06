//! `refhook profile check`, and `--profile` of the other subcommands.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::{file, refhook, run, text};

const ACME: &str = "name = \"acme\"\ntitle = \"Acme Referrals\"\n\
    scheme = { kind = \"body-hmac\", header = \"X-Acme-Signature\" }\nevent = { name = \"/type\", id = \"/id\" }\n\
    time = { at = \"/at\", unit = \"rfc3339\", of = \"sending\" }\ntolerance = \"10m\"\ntest = { at = \"/live\", is = false }\n\
    personal = [\"/email\"]\ncontract = { give-up = \"3d\", redelivery = \"never\" }\n";

const BODY: &str =
    r#"{"type":"reward.paid","id":7,"at":"2026-01-15T10:30:00Z","live":false,"email":"ada@example.com"}"#;

const SECRET: &str = "acme-signing-secret-7f3a";

const NOW: &str = "1768473000";

/// Runs the program without input. Returns its exit code, its output and its messages.
fn ran(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = run(refhook(arguments), b"");
    (status.code().unwrap(), text(&stdout).to_owned(), text(&stderr).to_owned())
}

/// Writes the profile and the secret. Returns their paths.
fn files(name: &str) -> (String, String) {
    (file(&format!("profile-{name}.toml"), ACME), file(&format!("profile-{name}.secret"), SECRET))
}

/// Signs the body as the platform of the profile. Returns the path of the request.
fn signed(name: &str, more: &[&str]) -> String {
    let (profile, secret) = files(name);
    let body = file(&format!("profile-{name}.json"), BODY);
    let arguments = ["sign", "--profile", &profile, "--secret-file", &secret, "--at", NOW, &body];
    let (code, request, errors) = ran(&[&arguments[..], more].concat());
    assert_eq!(code, 0, "{errors}");
    file(&format!("profile-{name}.http"), request)
}

#[test]
fn a_check_explains_the_profile() {
    let (profile, _) = files("explain");
    let (code, out, errors) = ran(&["profile", "check", &profile]);
    assert_eq!((code, errors.as_str()), (0, ""));
    for part in [
        "✓ valid profile: Acme Referrals (acme)",
        "sha256:",
        "HMAC-SHA256 of the body in `x-acme-signature`, hexadecimal; the key is the secret's text",
        "name        /type",
        "/id (strength: fields",
        "the delivery was sent then",
        "at most 10m old and 10m ahead",
        "a delivery is a test if /live is `false`",
        "personal    /email",
        "exactly 200; the answer is 200",
        "retries     until 3d",
    ] {
        assert!(out.contains(part), "{out}\nlacks {part}");
    }
    let bare =
        file("profile-bare.toml", "name = \"acme\"\nscheme = \"url-token\"\nevent.name = { header = \"X-Topic\" }");
    let (code, out, _) = ran(&["profile", "check", &bare]);
    assert_eq!(code, 0);
    for part in ["no `event.id`", "no signature covers", "the whole body is treated as personal", "kept without end"] {
        assert!(out.contains(part), "{out}\nlacks {part}");
    }
    let (code, out, _) = ran(&["profile", "check", "--output", "json", &bare]);
    let object: Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!((code, &object["profile"]), (0, &Value::from("acme")));
    let notices: Vec<&str> =
        object["notices"].as_array().unwrap().iter().map(|n| n["notice"].as_str().unwrap()).collect();
    assert_eq!(notices, ["digest-id", "unproven-name", "token-only", "whole-body-personal", "no-end-of-retries"]);
}

#[test]
fn a_check_reads_requests_with_and_without_a_secret() {
    let request = signed("reads", &[]);
    let (profile, secret) = files("reads");
    let (code, out, _) = ran(&["profile", "check", &profile, "--secret-file", &secret, "--now", NOW, &request]);
    assert_eq!(code, 0, "{out}");
    for part in ["✓ accepted", ": reward.paid", "id    7 (fields)", "time  1768473000", "test  yes"] {
        assert!(out.contains(part), "{out}\nlacks {part}");
    }
    assert!(!out.contains("ada@example.com"));
    let (code, out, _) = ran(&["profile", "check", &profile, &request, "--output", "json"]);
    let line: Value = serde_json::from_str(out.lines().nth(1).unwrap()).unwrap();
    assert_eq!((code, &line["verified"], &line["id"], &line["is_test"]), (0, &Value::Null, &"7".into(), &true.into()));
    let late = (NOW.parse::<i64>().unwrap() + 601).to_string();
    let (code, out, errors) = ran(&["profile", "check", &profile, "--secret-file", &secret, "--now", &late, &request]);
    assert_eq!(code, 3, "{out}");
    assert!(
        out.contains("✗ refused") && out.contains("signed too long ago") && errors.contains("help: "),
        "{out}{errors}"
    );
}

#[test]
fn a_check_lists_the_items_of_a_body() {
    let profile = file(
        "profile-items.toml",
        "name = \"acme\"\nscheme = \"svix\"\nevent.name = \"/type\"\nitems = { at = \"/data\", id = \"/id\" }",
    );
    let request =
        file("profile-items.http", "POST /h HTTP/1.1\n\n{\"type\":\"reward\",\"data\":[{\"id\":1},{\"id\":2}]}");
    let (code, out, _) = ran(&["profile", "check", &profile, &request]);
    assert!(code == 0 && out.contains("item  reward|1 (fields)") && out.contains("item  reward|2 (fields)"), "{out}");
}

#[test]
fn every_subcommand_takes_a_profile() {
    let request = signed("takes", &[]);
    let (profile, secret) = files("takes");
    let common = ["--profile", &profile, "--secret-file", &secret, "--now", NOW];
    let (code, out, _) = ran(&[&["verify"], &common[..], &[&request]].concat());
    assert!(code == 0 && out.contains("accepted: reward.paid"), "{out}");
    let (code, out, _) = ran(&[&["doctor"], &common[..], &[&request]].concat());
    assert!(code == 0 && out.contains("accepted"), "{out}");
    let stale = signed("stale", &["--bad", "timestamp"]);
    let (code, out, _) = ran(&[&["verify"], &common[..], &[&stale]].concat());
    assert!(code == 3 && out.contains("signed too long ago"), "{out}");
    let (code, out, errors) = ran(&["dev", "--sample", "--once", "--profile", &profile, "--output", "json"]);
    assert_eq!(code, 0, "{out}{errors}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cases: Vec<&str> =
        lines.iter().filter(|line| line["platform"] == "acme").filter_map(|line| line["sample"].as_str()).collect();
    assert_eq!(cases, ["genuine", "repeated", "forged", "stale"]);
}

#[test]
fn the_ready_made_profiles_are_checked_from_their_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles");
    let place = |name: &str| folder.join(name).into_os_string().into_string().unwrap();
    let secret = file("profile-voucherify.secret", "voucherify-test-secret");
    let (code, out, errors) = ran(&[
        "profile",
        "check",
        &place("voucherify.toml"),
        "--secret-file",
        &secret,
        &place("requests/voucherify.http"),
    ]);
    assert_eq!(code, 0, "{out}{errors}");
    assert!(out.contains("customer.rewarded") && out.contains("whe_test0001"), "{out}");
}

#[test]
fn a_wrong_use_is_answered_with_the_next_step() {
    let (profile, secret) = files("wrong");
    let mistaken = file("profile-mistaken.toml", ACME.replace("header", "heder"));
    let torn = file("profile-torn.toml", "name = \"acme\"\nscheme = {");
    let other = file("profile-other.http", "not a request");
    let huge = file("profile-huge.toml", format!("# {}\n{ACME}", "x".repeat(70_000)));
    let binary = file("profile-binary.toml", b"name = \"\xff\"");
    for (arguments, code, parts) in [
        (&["profile"][..], 2, &["Usage:", "check"][..]),
        (&["profile", "check"], 2, &["<FILE>"]),
        (&["profile", "check", "absent.toml"], 1, &["cannot read `absent.toml`", "help: "]),
        (&["profile", "check", &mistaken], 1, &["`scheme.heder`", "did you mean `header`?", "help: "]),
        (&["profile", "check", &torn], 1, &["profile-torn.toml", "line 2", "help: "]),
        (&["profile", "check", &huge], 1, &["more than 65536 bytes"]),
        (&["profile", "check", &binary], 1, &["is not UTF-8"]),
        (&["profile", "check", &profile, &other], 1, &["cannot be read"]),
        (&["profile", "check", &profile, "--secret-file", &secret], 2, &["a secret is given without a request"]),
        (&["profile", "check", "-", "-"], 2, &["standard input is given twice"]),
        (&["verify", "--profile", &profile, "--platform", "redpin"], 2, &["cannot be used with"]),
        (&["verify", "--profile", &profile, "--scheme", "svix"], 2, &["cannot be used with"]),
        (&["verify", "--profile", &profile], 2, &["the secret is missing"]),
        (&["verify", "--profile", &mistaken, "--secret-file", &secret], 1, &["did you mean `header`?"]),
        (&["verify", "--profile", "-", "--secret-file", &secret], 2, &["standard input is given twice"]),
        (&["sign", "--profile", &torn, "--secret-file", &secret], 1, &["line 2"]),
        (&["dev", "--profile", &mistaken], 1, &["did you mean `header`?"]),
        (
            &["dev", "--profile", &profile, "--profile", &profile, "--sample", "--once"],
            1,
            &["two profiles have the name"],
        ),
        (&["verify", "--cases", &profile, "--profile", &profile], 2, &["cannot be used with"]),
    ] {
        let (got, out, errors) = ran(arguments);
        assert_eq!(got, code, "{arguments:?}: {out}{errors}");
        for part in parts {
            assert!(errors.contains(part) || out.contains(part), "{arguments:?}: {errors}{out}\nlacks {part}");
        }
        assert!(!errors.contains(SECRET) && !out.contains(SECRET), "{arguments:?}");
    }
    let (code, out, _) = ran(&["profile", "check", "--help"]);
    assert!(code == 0 && out.contains("Examples:") && out.contains("refhook profile check acme.toml"), "{out}");
}
