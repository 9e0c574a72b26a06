//! `refhook verify`.

use std::collections::BTreeMap;
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use referral_webhooks_fixtures::{Expected, Fixture, all, platforms};
use serde_json::{Value, json};

use crate::{file, refhook, run, text};

const SVIX_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The vector in the tests of all libraries of Svix and Standard Webhooks.
const SVIX_REQUEST: &str = "POST /hooks/redpin HTTP/1.1\nHost: localhost\nSvix-Id: msg_p5jXN8AQM9LWM0D4loKWxJek\n\
    Svix-Timestamp: 1614265330\nSvix-Signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n\n\
    {\"test\": 2432232314}";

const SVIX_NOW: &str = "1614265330";

/// Verifies a request of Redpin from standard input.
fn verify(request: &[u8], name: &str, more: &[&str]) -> Output {
    let secret = file(&format!("verify-{name}.secret"), SVIX_SECRET);
    let arguments = ["verify", "--platform", "redpin", "--secret-file", &secret, "--now", SVIX_NOW];
    run(refhook(&[&arguments[..], more].concat()), request)
}

/// Runs cases without an expectation. Returns the line of each.
fn cases(name: &str, cases: &[Value]) -> Vec<Value> {
    let path = file(&format!("verify-{name}.json"), Value::from(cases).to_string());
    let Output { status, stdout, stderr } = refhook(&["verify", "--cases", &path]).output().unwrap();
    let lines: Vec<Value> = text(&stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), cases.len());
    let code = if lines.iter().all(|line| line["accepted"] == true) { 0 } else { 3 };
    assert_eq!(status.code(), Some(code), "{}", text(&stderr));
    for (line, case) in lines.iter().zip(cases) {
        assert_eq!(line["name"], case["name"], "the lines are in the order of the cases");
    }
    lines
}

#[test]
fn requests_are_read_with_several_line_ends_and_lengths() {
    let crlf = SVIX_REQUEST.replace('\n', "\r\n");
    let length = SVIX_REQUEST.replacen("Host", "Content-Length: 20\nHost", 1);
    let chunked = crlf.replacen("Host", "Transfer-Encoding: chunked\r\nHost", 1);
    let (head, body) = chunked.split_at(chunked.len() - 20);
    let chunks = format!("{head}4\r\n{}\r\n10;x=y\r\n{}\r\n0\r\n\r\n", &body[..4], &body[4..]);
    for (name, request, code, note) in [
        ("lf", SVIX_REQUEST.to_owned(), 0, ""),
        ("crlf", crlf, 0, ""),
        ("length", length.clone(), 0, ""),
        ("length-lf", format!("{length}\n"), 0, ""),
        ("length-more", format!("{length}more"), 0, "note: 4 bytes"),
        ("rest-is-exact", format!("{SVIX_REQUEST}\n"), 3, "raw body"),
        ("cut", length.trim_end_matches('}').to_owned(), 3, "gave up"),
        ("chunked", chunks.clone(), 0, ""),
        ("chunked-cut", chunks[..chunks.len() - 9].to_owned(), 3, "gave up"),
        ("chunked-broken", chunks.replace("10;x=y", "11;x=y"), 1, "leave `transfer-encoding` out"),
    ] {
        let Output { status, stderr, .. } = verify(request.as_bytes(), name, &[]);
        assert_eq!(status.code(), Some(code), "{name}: {}", text(&stderr));
        assert!(text(&stderr).contains(note), "{name}: {}", text(&stderr));
        assert!(code != 0 || !note.is_empty() || stderr.is_empty(), "{name}: {}", text(&stderr));
    }
}

#[test]
fn an_unreadable_request_is_named_with_help() {
    let many = "x: y\n".repeat(101);
    for (name, old, new, cause) in [
        ("version", "HTTP/1.1", "HTTP/2", "write that for HTTP/2 too"),
        ("target", "/hooks/redpin", "/hooks/<redpin>", "target"),
        ("fixture", "POST", "# colour: red\nPOST", "there is no key `colour`"),
        ("folded", "Host: localhost", "Host:\n localhost", "header"),
        ("name", "Host", "Ho st", "header"),
        ("control", "localhost", "local\u{1}host", "header"),
        ("many", "Host", &format!("{many}Host"), "more than 100 headers"),
        ("head", "\n\n", "\n", "an empty line"),
        ("length", "Host", "Content-Length: 1\nContent-Length: 2\nHost", "not one number"),
        ("sign", "Host", "Content-Length: +1\nHost", "not one number"),
        ("coding", "Host", "Transfer-Encoding: gzip\nHost", "not `chunked`"),
    ] {
        let request = SVIX_REQUEST.replacen(old, new, 1);
        let Output { status, stdout, stderr } = verify(request.as_bytes(), &format!("unread-{name}"), &[]);
        assert_eq!(status.code(), Some(1), "{name}: {}", text(&stderr));
        assert!(text(&stderr).contains(cause) && text(&stderr).contains("help: "), "{name}: {}", text(&stderr));
        assert!(stdout.is_empty(), "{name}: a request that is not read has no verdict");
    }
    let Output { status, stderr, .. } = verify(&vec![b'a'; 8 * 1024 * 1024 + 1], "unread-long", &[]);
    assert_eq!(status.code(), Some(1));
    assert!(text(&stderr).contains("more than 8388608 bytes"), "{}", text(&stderr));
}

#[test]
fn the_verdict_is_printed_for_people_or_for_scripts() {
    let Output { stdout, .. } = verify(SVIX_REQUEST.as_bytes(), "text", &[]);
    let shown = text(&stdout);
    assert!(shown.starts_with("✓ accepted: -\n") && shown.contains("msg_p5jXN8AQM9LWM0D4loKWxJek"), "{shown}");
    let Output { stdout, .. } = verify(SVIX_REQUEST.as_bytes(), "json", &["--output", "json"]);
    let line: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(line["accepted"], true);
    assert_eq!(line["id"], "msg_p5jXN8AQM9LWM0D4loKWxJek");
    assert_eq!(line["signed_at"], 1_614_265_330);
    let late = ["--output", "json", "--now", "1614265931", "--tolerance", "600"];
    let arguments = [&["verify", "--scheme", "svix", "--secret-env", "REFHOOK_TEST_SECRET"][..], &late].concat();
    let mut command = refhook(&arguments);
    command.env("REFHOOK_TEST_SECRET", SVIX_SECRET);
    let Output { status, stdout, .. } = run(command, SVIX_REQUEST.as_bytes());
    assert_eq!(status.code(), Some(3));
    let line: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!((&line["accepted"], &line["kind"]), (&json!(false), &json!("too-old")));
}

#[test]
fn secrets_come_from_files_standard_input_and_the_environment() {
    let request = file("verify-secrets.request", SVIX_REQUEST);
    let other = file("verify-secrets.other", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n");
    let wanted = file("verify-secrets.wanted", format!("{SVIX_SECRET}\r\n"));
    let blank = file("verify-secrets.blank", format!("{SVIX_SECRET}\n\n"));
    let latin = file("verify-secrets.latin", b"s\xe9cret");
    for (row, (arguments, input, code, words)) in [
        (&["--secret-file", &wanted][..], "", 0, ""),
        (&["--secret-file", &other, "--secret-file", &wanted], "", 0, ""),
        (&["--secret-file", "-"], SVIX_SECRET, 0, ""),
        (&["--secret-file", &other, "--secret-env", "REFHOOK_TEST_SECRET"], "", 0, ""),
        (&["--secret-env", "REFHOOK_TEST_SECRET_WITH_LINE_END"], "", 2, "white space"),
        (&["--secret-file", &other], "", 3, "raw body"),
        (&["--secret-file", &blank], "", 2, "white space"),
        (&["--secret-file", &latin], "", 1, "not UTF-8"),
        (&["--secret-file", "no such file"], "", 1, "cannot read"),
        (&["--secret-env", "REFHOOK_TEST_NOTHING"], "", 2, "not set"),
        (&[], "", 2, "the secret is missing"),
    ]
    .into_iter()
    .enumerate()
    {
        let before = ["verify", "--platform", "redpin", "--now", SVIX_NOW];
        let mut command = refhook(&[&before[..], arguments, &[&request]].concat());
        command.env("REFHOOK_TEST_SECRET", SVIX_SECRET);
        command.env("REFHOOK_TEST_SECRET_WITH_LINE_END", format!("{SVIX_SECRET}\n"));
        let Output { status, stderr, .. } = run(command, input.as_bytes());
        assert_eq!(status.code(), Some(code), "row {row}: {}", text(&stderr));
        assert!(text(&stderr).contains(words), "row {row}: {}", text(&stderr));
        assert!(!text(&stderr).contains("MfKQ9r8G"), "row {row}: the secret is shown");
    }
}

#[test]
fn an_invalid_secret_is_named_by_its_source_only() {
    let request = file("verify-none.request", SVIX_REQUEST);
    let good = file("verify-none.good", SVIX_SECRET);
    let wrapped = file("verify-none.wrapped", STANDARD.encode(SVIX_SECRET));
    let body = file("verify-none.body", "{}");
    for (row, (arguments, words)) in [
        (&["--secret-env", "REFHOOK_TEST_SECRET"][..], "environment variable `REFHOOK_TEST_SECRET`, for redpin: "),
        (&["--secret-env", "REFHOOK_TEST_SECRET"], "a template that was not filled in"),
        (&["--secret-file", &good, "--secret-env", "REFHOOK_TEST_SECRET"], "`REFHOOK_TEST_SECRET`, for redpin"),
        (&["--secret-file", &wrapped], "verify-none.wrapped"),
        (&["--secret-file", &good, "--secret-file", &wrapped], "encoded once more"),
    ]
    .into_iter()
    .enumerate()
    {
        for (verb, file) in [("verify", &request), ("sign", &body)] {
            let mut command = refhook(&[&[verb, "--platform", "redpin"], arguments, &[file]].concat());
            command.env("REFHOOK_TEST_SECRET", "${REDPIN_SECRET}");
            let Output { status, stderr, .. } = run(command, b"");
            let stderr = text(&stderr);
            assert_eq!(status.code(), Some(2), "row {row}: {stderr}");
            assert!(stderr.contains(words), "row {row}: {stderr}");
            assert!(!stderr.contains("REDPIN_SECRET") && !stderr.contains("d2hzZWNf"), "row {row}: {stderr}");
        }
    }
}

#[test]
fn a_weak_secret_is_noted_and_used() {
    let mut command = refhook(&["sign", "--platform", "prefinery", "--secret-env", "REFHOOK_TEST_SECRET"]);
    command.env("REFHOOK_TEST_SECRET", "qv7Lk2xPqv7");
    let Output { status, stderr, .. } = run(command, b"{}");
    assert_eq!(status.code(), Some(0), "{}", text(&stderr));
    let want = "note: environment variable `REFHOOK_TEST_SECRET`: the current secret has fewer than 16 characters";
    assert!(text(&stderr).contains(want), "{}", text(&stderr));
}

#[test]
fn the_help_names_every_platform() {
    for verb in ["verify", "sign", "doctor"] {
        let Output { stdout, .. } = refhook(&[verb, "--help"]).output().unwrap();
        let unnamed: Vec<&str> = platforms().filter(|name| !text(&stdout).contains(name)).collect();
        assert!(unnamed.is_empty(), "{verb} --help lacks {unnamed:?}");
    }
}

#[test]
fn invalid_command_lines_end_with_2() {
    for arguments in [
        &["verify"][..],
        &["verify", "--secret-file", "-", "--platform", "redpin"],
        &["verify", "--platform", "nobody", "--secret-env", "PATH"],
        &["verify", "--platform", "redpin", "--scheme", "svix", "--secret-env", "PATH"],
        &["verify", "--scheme", "body-hmac", "--secret-env", "PATH"],
        &["verify", "--scheme", "body-hmac", "--header", "a b", "--secret-env", "PATH"],
        &["verify", "--scheme", "svix", "--header", "x-signature", "--secret-env", "PATH"],
        &["verify", "--platform", "redpin", "--secret-env", "PATH", "--now", "1768473005000000"],
        &["verify", "--platform", "redpin", "--cases", "-"],
        &["verify", "--secret", "s"],
    ] {
        let Output { status, stdout, stderr } = run(refhook(arguments), SVIX_REQUEST.as_bytes());
        assert_eq!(status.code(), Some(2), "{arguments:?}: {}", text(&stderr));
        assert!(stdout.is_empty() && !stderr.is_empty(), "{arguments:?}");
    }
}

/// Returns a case of a scheme or platform. `sender` is `platform` or `scheme`, with the header after a blank.
fn case(name: &str, sender: (&str, &str), secret: &str, headers: &[(&str, &str)], body: &[u8], now: i64) -> Value {
    let (choice, header) = sender.1.split_once(' ').unwrap_or((sender.1, ""));
    let mut case = json!({
        "name": name,
        sender.0: choice,
        "secrets": [secret],
        "headers": headers,
        "body_base64": STANDARD.encode(body),
        "now_unix": now,
    });
    if !header.is_empty() {
        case["header"] = header.into();
    }
    case
}

#[test]
fn foreign_vectors_have_their_expected_verdicts() {
    type Signed<'v> = (&'v str, &'v str, &'v [u8]);
    const A: &[u8] = &[b'a'; 1_048_576];
    let h1: Signed<'_> = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b"{\"test\": 2432232314}");
    let (whsec, whpk) = ("whsec_", "whpk_");
    let svix: Vec<(String, Signed<'_>, &str)> = vec![
        (format!("{whsec}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), h1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        (
            format!("{whsec}C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
            (
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                "1649367553",
                b"{\"email\":\"test@example.com\",\"username\":\"test_user\"}",
            ),
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
        (
            format!("{whsec}plJ3nmyCDGBKInavdOK15jsl"),
            ("msg_loFOjxBNrRLzqYUf", "1731705121", b"{\"event_type\":\"ping\",\"data\":{\"success\":true}}"),
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        ),
        (
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            (
                h1.0,
                "1696200454",
                b"{\"type\": \"example.created\", \"timestamp\":\"2023-09-28T19:20:22+00:00\", \
                  \"data\":{\"str\":\"string\",\"bool\":true,\"int\":42}}",
            ),
            "v1,GgjvufBlIj71MBIVQotYGb+xEC3LNXCsIZp0HsDC8qs=",
        ),
        (SVIX_SECRET.to_owned(), (h1.0, h1.1, A), "v1,txpEUxqWZJ5nteTnymUVa+7C4NHpBeXJ6CsBAW0c3/A="),
        (SVIX_SECRET.to_owned(), (h1.0, h1.1, &A[..262_144]), "v1,Mw4Pe2WgApuT7NSqnSq0PQPV9gbLdggCl9B865x5Xh0="),
        (SVIX_SECRET.to_owned(), (h1.0, h1.1, &A[..262_143]), "v1,NTItnqyWMoFhk2Bbe5V/BMdcFRWgcSQaTgqLHX7FC7c="),
        (
            format!("{whpk}1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="),
            h1,
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
        ),
        (
            format!("{whpk}iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="),
            h1,
            "v1a,Ykcu7AtGZGmZxFEH1Gaa2Nd7feY/CTuruoL4fqgnKwfbHU4DhemoVHZdvGfIvKvn4BIgwktLGGPGIr/i9nK7AA==",
        ),
        (
            format!("{whpk}ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g="),
            h1,
            "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
        ),
    ];
    let mut accepted: Vec<Value> = Vec::new();
    for (number, (secret, (id, time, body), signature)) in svix.iter().enumerate() {
        for (family, sender) in [("svix", ("platform", "redpin")), ("webhook", ("scheme", "svix"))] {
            let names = ["id", "timestamp", "signature"].map(|part| format!("{family}-{part}"));
            let headers = [(&*names[0], *id), (&*names[1], *time), (&*names[2], *signature)];
            let name = format!("svix {number} {family}");
            accepted.push(case(&name, sender, secret, &headers, body, time.parse().unwrap()));
        }
    }
    let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let secret = "It's a Secret to Everybody";
    for (sender, header) in [
        (("scheme", "body-hmac x-hub-signature-256"), "X-Hub-Signature-256"),
        (("platform", "genius-referrals"), "X-Genius-Referrals-Signature-256"),
    ] {
        accepted.push(case("github", sender, secret, &[(header, github)], b"Hello, World!", 0));
    }
    for (body, tag) in [
        (&b"{\"hello\":\"prefinery\"}"[..], "669b568928728bb84eef7cfbb62ac6f8f8c7241c026aee9072a88945df37f596"),
        (b"", "56e314230528d97d84a5caa5fb84ed201937f9f6aef47d485b26b4a7ff72206b"),
        (b"\xff\xfe\x00{", "6e1ae46c2cd39ea95da7a0e4075d92e68ca5bcc2b00a5722d315ae186a6ddb70"),
    ] {
        let signature = format!("t=1612540400,v1={tag}");
        for sender in [("scheme", "timestamped-hmac X-Prefinery-Signature"), ("platform", "prefinery")] {
            let headers = [("X-Prefinery-Signature", &*signature)];
            accepted.push(case(tag, sender, "prefinery-example-secret", &headers, body, 1_612_540_400));
        }
    }
    let mut refused = Vec::new();
    for decoy in [
        "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
        "v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=",
        "v1,dawfeoifkpqwoekfpqoekf",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLawdd",
        "v1,",
        "v1,g0hM9",
        "invalid_signature",
    ] {
        let headers = [("svix-id", h1.0), ("svix-timestamp", h1.1), ("svix-signature", decoy)];
        refused.push(case(decoy, ("platform", "redpin"), SVIX_SECRET, &headers, h1.2, 1_614_265_330));
    }
    for line in cases("vectors-accepted", &accepted) {
        assert_eq!((&line["accepted"], &line["kind"]), (&json!(true), &Value::Null), "{line}");
    }
    for line in cases("vectors-refused", &refused) {
        assert_eq!((&line["accepted"], &line["kind"]), (&json!(false), &json!("signature-mismatch")), "{line}");
    }
}

/// Returns the setting of a fixture that cases cannot express.
pub(crate) fn why_no_case(fixture: &Fixture) -> Option<&'static str> {
    let reasons = [
        (!fixture.tokens.is_empty(), "a token beside the proof"),
        (fixture.pin.is_some(), "a pinned variant"),
        (fixture.accept_stale, "stale deliveries accepted"),
        (fixture.body_limit.is_some(), "a limit of the body"),
        (fixture.request.body().len() < fixture.content_length, "a body that is cut off"),
    ];
    reasons.into_iter().find(|(applies, _)| *applies).map(|(_, reason)| reason)
}

fn fixture_case(fixture: &Fixture) -> Value {
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let headers = fixture.request.headers().iter();
    let headers: Vec<_> = headers.map(|(name, value)| (name.as_str(), latin(value.as_bytes()))).collect();
    json!({
        "name": fixture.path(),
        "platform": fixture.platform,
        "secrets": fixture.secrets,
        "method": fixture.request.method().as_str(),
        "uri": fixture.request.uri().to_string(),
        "headers": headers,
        "body_base64": STANDARD.encode(fixture.request.body()),
        "now_unix": fixture.now,
        "tolerance_s": fixture.tolerance,
    })
}

#[test]
fn every_expressible_fixture_has_its_expected_verdict() {
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    let mut fixtures = Vec::new();
    for fixture in all() {
        match why_no_case(&fixture) {
            Some(reason) => *skipped.entry(reason).or_default() += 1,
            None => fixtures.push(fixture),
        }
    }
    let lines = cases("fixtures", &fixtures.iter().map(fixture_case).collect::<Vec<_>>());
    for (line, fixture) in lines.iter().zip(&fixtures) {
        let got = (&line["accepted"], &line["kind"], &line["event"], &line["id"]);
        match fixture.expected {
            Expected::Event(expected) => {
                let expected: Value = serde_json::from_str(expected).unwrap();
                assert_eq!(got, (&json!(true), &Value::Null, &expected["name"], &expected["id"]), "{}", fixture.path());
            }
            Expected::Error { kind, .. } => {
                assert_eq!(got, (&json!(false), &json!(kind), &Value::Null, &Value::Null), "{}", fixture.path());
            }
        }
    }
    let skipped_in_all: usize = skipped.values().sum();
    assert_eq!(skipped_in_all + lines.len(), all().count());
    assert!(lines.len() >= 7 * skipped_in_all, "{} ran, skipped are {skipped:?}", lines.len());
    println!("{} ran, skipped are {skipped:?}", lines.len());
}

#[test]
fn an_invalid_case_does_not_end_the_run() {
    let good = case("good", ("scheme", "svix"), SVIX_SECRET, &[], b"", 0);
    let changed = |name: &str, member: &str, value: Value| {
        let mut case = good.clone();
        case["name"] = name.into();
        case[member] = value;
        case
    };
    let rows = [
        (good.clone(), "missing-header"),
        (changed("platform too", "platform", json!("redpin")), "case"),
        (changed("unknown scheme", "scheme", json!("SVIX")), "case"),
        (changed("no sender", "scheme", Value::Null), "case"),
        (changed("header of svix", "header", json!("x")), "case"),
        (changed("no secrets", "secrets", json!([])), "case"),
        (changed("empty secret", "secrets", json!([""])), "config"),
        (changed("second secret", "secrets", json!([SVIX_SECRET, " "])), "config"),
        (changed("no base64", "body_base64", json!("*")), "case"),
        (changed("no time", "now_unix", Value::Null), "case"),
        (changed("no calendar", "now_unix", json!(i64::MAX)), "case"),
        (changed("negative tolerance", "tolerance_s", json!(-1)), "case"),
        (changed("before 1970", "now_unix", json!(-1)), "missing-header"),
        (changed("method", "method", json!("A B")), "request"),
        (changed("uri", "uri", json!("a b")), "request"),
        (changed("header name", "headers", json!([["a b", ""]])), "request"),
        (changed("header value", "headers", json!([["a", "b\r\nc: d"]])), "request"),
        (changed("header not latin", "headers", json!([["a", "\u{100}"]])), "request"),
        (changed("header latin", "headers", json!([["svix-id", "\u{ff}"]])), "malformed-header"),
        (changed("repeated", "headers", json!([["svix-id", "a"], ["Svix-Id", "a"]])), "repeated-header"),
        (json!({ "name": 7 }), "case"),
        (json!(null), "case"),
    ];
    let given: Vec<Value> = rows.iter().map(|(case, _)| case.clone()).collect();
    for (line, (_, kind)) in cases("malformed", &given).iter().zip(rows) {
        assert_eq!((&line["accepted"], &line["kind"]), (&json!(false), &json!(kind)), "{line}");
        assert!(line["reason"].is_string(), "{line}");
    }
    let one = run(refhook(&["verify", "--cases", "-"]), br#"[{"name": "\ud800"}, []]"#);
    assert_eq!(text(&one.stdout).lines().count(), 2, "{}", text(&one.stderr));
    let none = run(refhook(&["verify", "--cases", "-"]), b"{}");
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("help: "), "{}", text(&none.stderr));
}
