//! Schemes alone, with their settings: `refhook sign`, `verify` and `doctor`.

use std::fs;
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;
use serde_json::{Value, json};

use crate::{file, refhook, run, text};

const SECRET: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";
const BODY: &str = r#"{"type":"reward","person":"Ada"}"#;
const NOW: &str = "1768473000";

fn with_secret(secret: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = refhook(arguments);
    command.args(["--secret-env", "REFHOOK_TEST_SECRET"]).env("REFHOOK_TEST_SECRET", secret);
    run(command, input)
}

/// The settings of a scheme, the signed header or body, and the variant.
fn settings() -> Vec<(Vec<&'static str>, String, &'static str)> {
    let hex = |tag: [u8; 32]| tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let tag = HMAC::mac(BODY, SECRET);
    let at = |time: &str| hex(HMAC::mac(format!("{time}.{BODY}"), SECRET));
    let hmac = ["--scheme", "body-hmac", "--header", "X-Shop-Signature"];
    let timed = ["--scheme", "timestamped-hmac", "--header", "X-Shop-Signature"];
    let token = ["--scheme", "header-token", "--header", "Authorization"];
    let member = ["--scheme", "body-token", "--member", "key"];
    let with = |settings: &[&'static str], more: &[&'static str]| [settings, more].concat();
    let json = format!(r#"{{"key":"{SECRET}","type":"reward","person":"Ada"}}"#);
    vec![
        (with(&hmac, &[]), format!("x-shop-signature: {}", hex(tag)), "raw-body"),
        (with(&hmac, &["--prefix", "v1="]), format!("x-shop-signature: v1={}", hex(tag)), "raw-body"),
        (with(&hmac, &["--encoding", "base64"]), format!("x-shop-signature: {}", STANDARD.encode(tag)), "raw-body"),
        (with(&hmac, &["--encoding", "either"]), format!("x-shop-signature: {}", hex(tag)), "raw-body"),
        (
            with(&timed, &["--elements", "ts,v", "--unit", "milliseconds"]),
            format!("x-shop-signature: ts={NOW}000,v={}", at("1768473000000")),
            "timestamped",
        ),
        (with(&timed, &["--unit", "seconds"]), format!("x-shop-signature: t={NOW},v1={}", at(NOW)), "timestamped"),
        (with(&token, &[]), format!("authorization: {SECRET}"), "header-token"),
        (with(&token, &["--prefix", "Bearer "]), format!("authorization: Bearer {SECRET}"), "header-token"),
        (
            with(&token, &["--prefix", "Basic "]),
            format!("authorization: Basic {}", STANDARD.encode(format!("webhook:{SECRET}"))),
            "header-token",
        ),
        (with(&member, &[]), json, "body-token"),
        (
            with(&member, &["--form-field", "payload", "--form"]),
            format!("payload=%7B%22key%22%3A%22{SECRET}%22%2C"),
            "body-token",
        ),
    ]
}

#[test]
fn each_setting_signs_and_verifies_without_showing_the_secret() {
    for (row, (settings, signed, variant)) in settings().into_iter().enumerate() {
        let sign = [&["sign", "--at", NOW], &settings[..]].concat();
        let made = with_secret(SECRET, &sign, BODY.as_bytes());
        assert!(made.status.success(), "{settings:?}: {}", text(&made.stderr));
        assert!(text(&made.stdout).contains(&signed), "{settings:?}: {}", text(&made.stdout));

        let settings: Vec<&str> = settings.into_iter().filter(|setting| *setting != "--form").collect();
        let path = file(&format!("schemes-{row}.http"), "");
        for (command, more, secret, code, kind) in [
            ("verify", &["--output", "json"][..], SECRET, 0, None),
            ("doctor", &["--output", "json", "--write-fixture", &path], SECRET, 0, None),
            ("verify", &["--output", "json"], "kT9vQ2mX7cR4wZ8bN1sJ6hL3", 3, Some("mismatch")),
            ("doctor", &[], "kT9vQ2mX7cR4wZ8bN1sJ6hL3", 3, None),
        ] {
            let arguments = [&[command, "--now", NOW], &settings[..], more].concat();
            let Output { status, stdout, stderr } = with_secret(secret, &arguments, &made.stdout);
            let shown = format!("{}{}", text(&stdout), text(&stderr));
            assert_eq!(status.code(), Some(code), "{arguments:?}: {shown}");
            for hidden in [SECRET, "kT9vQ2mX7cR4wZ8bN1sJ6hL3", &STANDARD.encode(format!("webhook:{SECRET}"))] {
                assert!(!shown.contains(hidden), "{arguments:?}: {shown}");
            }
            let Ok(line) = serde_json::from_slice::<Value>(&stdout) else { continue };
            assert_eq!(line["kind"].as_str().map(|it| it.ends_with("mismatch")), kind.map(|_| true), "{shown}");
            if command == "verify" && code == 0 {
                assert_eq!(line["variant"], variant, "{shown}");
            }
        }
        let fixture = fs::read_to_string(&path).unwrap();
        assert!(fixture.contains("POST ") && !fixture.contains(SECRET) && !fixture.contains("Ada"), "{fixture}");
    }
}

#[test]
fn a_setting_of_another_scheme_is_a_usage_error() {
    for (settings, want) in [
        (&["--scheme", "body-hmac"][..], "this scheme needs the name of its header"),
        (&["--scheme", "header-token"], "this scheme needs the name of its header"),
        (&["--scheme", "body-token"], "this scheme needs the name of its member"),
        (&["--scheme", "svix", "--header", "x"], "the headers of this scheme are fixed"),
        (&["--scheme", "body-token", "--member", "key", "--header", "x"], "this scheme has no header"),
        (&["--scheme", "header-token", "--header", "x", "--encoding", "hex"], "this scheme has no setting `encoding`"),
        (&["--scheme", "body-hmac", "--header", "x", "--member", "key"], "this scheme has no setting `member`"),
        (&["--scheme", "body-hmac", "--header", "x", "--unit", "seconds"], "this scheme has no setting `unit`"),
        (&["--scheme", "body-hmac", "--header", "x y"], "the header name is invalid"),
        (&["--scheme", "body-hmac", "--header", "host"], "the header belongs to HTTP itself"),
        (&["--scheme", "timestamped-hmac", "--header", "x", "--elements", "ts"], "the element names are invalid"),
        (&["--scheme", "timestamped-hmac", "--header", "x", "--elements", "t,t"], "the element names are invalid"),
    ] {
        let Output { status, stderr, .. } = with_secret(SECRET, &[&["verify"], settings].concat(), b"");
        assert_eq!(status.code(), Some(2), "{settings:?}");
        assert!(text(&stderr).contains(want), "{settings:?}: {}", text(&stderr));
    }
}

#[test]
fn cases_name_the_settings_of_their_scheme() {
    let case = |settings: Value, headers: Value, body: &str| {
        let mut case = json!({ "name": "x", "secrets": [SECRET], "headers": headers,
            "body_base64": STANDARD.encode(body), "now_unix": 1_768_473_000 });
        case.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        case
    };
    let cases = json!([
        case(
            json!({ "scheme": "header-token", "header": "X-Token", "prefix": "Bearer " }),
            json!([["x-token", format!("Bearer {SECRET}")]]),
            ""
        ),
        case(json!({ "scheme": "body-token", "member": "key" }), json!([]), &format!(r#"{{"key":"{SECRET}"}}"#)),
        case(
            json!({ "scheme": "body-hmac", "header": "x-sign", "encoding": "base64" }),
            json!([["x-sign", STANDARD.encode(HMAC::mac("{}", SECRET))]]),
            "{}"
        ),
        case(json!({ "scheme": "body-token" }), json!([]), "{}"),
        case(json!({ "platform": "redpin", "member": "key" }), json!([]), "{}"),
    ]);
    let Output { stdout, .. } = run(refhook(&["verify", "--cases", "-"]), cases.to_string().as_bytes());
    let kinds: Vec<Value> =
        text(&stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, [Value::Null, Value::Null, Value::Null, json!("case"), json!("case")], "{}", text(&stdout));
}

#[test]
fn the_doctor_names_the_right_header_and_the_encoding() {
    let hex: String = HMAC::mac(BODY, SECRET).iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = STANDARD.encode(HMAC::mac(BODY, SECRET));
    let sender = ["--scheme", "body-hmac", "--header", "shop-signature", "--encoding", "base64"];
    for (header, value, encoding, want) in [
        ("shop-signature", &hex, "base64", "right header, `shop-signature`: the signature is in hexadecimal"),
        ("x-shop-signature", &format!("sha256={hex}"), "base64", "instead of `shop-signature`"),
        ("shop-signature", &base64, "hex", "right header, `shop-signature`: the signature is in base64"),
    ] {
        let request = format!("POST / HTTP/1.1\r\nhost: x\r\n{header}: {value}\r\n\r\n{BODY}");
        let arguments = [&["doctor", "--now", NOW], &sender[..5], &[encoding]].concat();
        let Output { status, stdout, .. } = with_secret(SECRET, &arguments, request.as_bytes());
        assert_eq!(status.code(), Some(0), "{header}: {value}: {}", text(&stdout));
        assert!(text(&stdout).contains(want), "{}", text(&stdout));
        assert!(text(&stdout).contains(if encoding == "hex" { "this scheme's is in hexadecimal" } else { "base64" }));
    }
}
