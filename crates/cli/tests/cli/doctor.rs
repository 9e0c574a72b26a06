//! `refhook doctor`.

use std::fs;
use std::io::Write as _;
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use hmac_sha256::HMAC;
use referral_webhooks_fixtures::{Expected, all};
use serde_json::Value;

use crate::{file, refhook, run, text};

const NOW: i64 = 1_768_473_000;
const SECRET: &str = "d2c4e8b1f0a94c7e9b3d5a6f00112233";
const SVIX_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SVIX_KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The output of PHP's serialiser, with a person's data.
const BODY: &str = concat!(
    r#"{"event":"user.invited","user":{"name":"Jos\u00e9 Lovelace","email":"ottilie@example.com","#,
    r#""url":"https:\/\/shop.example\/ottilie"},"phone":491511234567}"#
);

/// Personal data that a fixture must not hold.
const PERSONAL: [&str; 5] = ["Jos", "Lovelace", "ottilie", "shop.example", "491511234567"];

const PREFINERY: &[&str] = &["--platform", "prefinery"];
const REDPIN: &[&str] = &["--platform", "redpin"];
const GENIUS: &[&str] = &["--platform", "genius-referrals"];
const REFIR: &[&str] = &["--platform", "refir"];
const HUB: &[&str] = &["--scheme", "body-hmac", "--header", "x-hub-signature-256"];

fn hex(tag: [u8; 32]) -> String {
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn message(headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
    [
        format!("POST /hooks/x HTTP/1.1\r\nhost: shop.example\r\nx-forwarded-for: 192.0.2.7\r\n{lines}\r\n").as_bytes(),
        body,
    ]
    .concat()
}

/// Signs as Prefinery does: `signed` at this time with this key, and `sent` on the wire.
fn timed(key: impl AsRef<[u8]>, time: i64, signed: impl AsRef<[u8]>, sent: impl AsRef<[u8]>) -> Vec<u8> {
    let tag = hex(HMAC::mac([format!("{time}.").as_bytes(), signed.as_ref()].concat(), key));
    message(&[("x-prefinery-signature", &format!("t={time},v1={tag}"))], sent.as_ref())
}

/// Returns Prefinery's request with an unchanged body.
fn by_key(key: impl AsRef<[u8]>) -> Vec<u8> {
    timed(key, NOW, BODY, BODY)
}

/// Returns Prefinery's request with a body that was changed after it was signed.
fn became(sent: impl AsRef<[u8]>) -> Vec<u8> {
    timed(SECRET, NOW, BODY, sent)
}

/// Signs as Svix does, with these header names.
fn svix(names: [&str; 3], key: impl AsRef<[u8]>, time: i64) -> Vec<u8> {
    let tag = HMAC::mac(format!("msg_ottilie.{time}.{BODY}"), key);
    let signature = format!("v1,{}", STANDARD.encode(tag));
    message(&[(names[0], "msg_ottilie"), (names[1], &time.to_string()), (names[2], &signature)], BODY.as_bytes())
}

const SVIX: [&str; 3] = ["svix-id", "svix-timestamp", "svix-signature"];

/// Signs as GitHub and Genius Referrals do.
fn bodied(header: &str, media_type: &str, signed: &[u8], sent: &[u8]) -> Vec<u8> {
    let signature = format!("sha256={}", hex(HMAC::mac(signed, SECRET)));
    message(&[("content-type", media_type), (header, &signature)], sent)
}

fn gzip(body: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn svix_key() -> Vec<u8> {
    STANDARD.decode(SVIX_KEY).unwrap()
}

/// A sender, the file of its secret, a request, and the accidents that explain it.
type Row = (&'static [&'static str], Vec<u8>, Vec<u8>, &'static [&'static str]);

/// Returns the accidents of secrets.
fn accidents_of_secrets() -> Vec<Row> {
    let hexadecimal: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&SECRET[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let utf16 = |text: &str| [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let url_safe = "whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let url_safe_key = STANDARD.decode("+/KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    vec![
        (PREFINERY, format!(" {SECRET} \n").into(), by_key(SECRET), &["secret-white-space"]),
        (PREFINERY, format!("{SECRET}\n\n").into(), by_key(SECRET), &["secret-white-space"]),
        (PREFINERY, format!("{}\n{}", &SECRET[..16], &SECRET[16..]).into(), by_key(SECRET), &["secret-white-space"]),
        (PREFINERY, format!("{SECRET}\n").into(), by_key(format!("{SECRET}\n")), &["secret-white-space"]),
        (PREFINERY, format!("\"{SECRET}\"\n").into(), by_key(SECRET), &["secret-quotes"]),
        (PREFINERY, format!("SHOP_SECRET={SECRET}\n").into(), by_key(SECRET), &["secret-assignment"]),
        (
            PREFINERY,
            format!("SHOP_SECRET='{SECRET}'\n").into(),
            by_key(SECRET),
            &["secret-assignment", "secret-quotes"],
        ),
        (PREFINERY, format!("\u{feff}{SECRET}\n").into(), by_key(SECRET), &["secret-encoding"]),
        (PREFINERY, utf16(SECRET), by_key(SECRET), &["secret-encoding"]),
        (PREFINERY, format!("whsec_{SECRET}").into(), by_key(SECRET), &["secret-prefix"]),
        (PREFINERY, SECRET.into(), by_key(format!("whsec_{SECRET}")), &["secret-prefix"]),
        (REDPIN, format!("v1,{SVIX_SECRET}").into(), svix(SVIX, svix_key(), NOW), &["secret-prefix"]),
        (REDPIN, SVIX_SECRET.replace("whsec", "hwsec").into(), svix(SVIX, svix_key(), NOW), &["secret-prefix"]),
        (REDPIN, url_safe.into(), svix(SVIX, url_safe_key, NOW), &["secret-url-safe"]),
        (REDPIN, SVIX_SECRET.into(), svix(SVIX, SVIX_SECRET, NOW), &["secret-raw"]),
        (REDPIN, SVIX_SECRET.into(), svix(SVIX, SVIX_KEY, NOW), &["secret-raw"]),
        (REDPIN, SECRET.into(), svix(SVIX, &hexadecimal, NOW), &["secret-hex"]),
        (PREFINERY, SECRET.into(), by_key(&hexadecimal), &["secret-hex"]),
        (
            HUB,
            SVIX_KEY.into(),
            message(&[("x-hub-signature-256", &hex(HMAC::mac(BODY, svix_key())))], BODY.as_bytes()),
            &["secret-base64"],
        ),
    ]
}

/// Returns the accidents of bodies.
fn accidents_of_bodies() -> Vec<Row> {
    let parsed: Value = serde_json::from_str(BODY).unwrap();
    let unescaped = BODY.replace("\\/", "/").replace("\\u00e9", "é");
    let pretty = BODY.replace('{', "{\n  ").replace(',', ",\n\t").replace("\":", "\": ");
    let form = format!("payload={}", BODY.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>());
    let lines = |end: &str| format!("{{{end}\"name\":\"ottilie\"{end}}}");
    let genius = "x-genius-referrals-signature-256";
    let urlencoded = "application/x-www-form-urlencoded";
    let compact_form = format!("payload={}", "%7B%22name%22%3A%22ottilie%22%7D");
    let short = br#"{"name":"ottilie"}"#;
    let mut rows: Vec<Row> = vec![
        (PREFINERY, SECRET.into(), became(format!("{BODY}\n")), &["body-line-end"]),
        (PREFINERY, SECRET.into(), became(format!("{BODY}\r\n")), &["body-line-end"]),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW, format!("{BODY}\n"), BODY), &["body-line-end"]),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW, format!("{BODY}\r\n"), BODY), &["body-line-end"]),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW, lines("\n"), lines("\r\n")), &["body-line-ends"]),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW, lines("\r\n"), lines("\n")), &["body-line-ends"]),
        (PREFINERY, SECRET.into(), became(&pretty), &["body-re-serialised"]),
        (PREFINERY, SECRET.into(), became(&unescaped), &["body-re-serialised"]),
        (
            PREFINERY,
            SECRET.into(),
            timed(SECRET, NOW, serde_json::to_string_pretty(&parsed).unwrap(), parsed.to_string()),
            &["body-re-serialised"],
        ),
        (PREFINERY, SECRET.into(), became(gzip(BODY)), &["body-compressed"]),
        (PREFINERY, SECRET.into(), became(STANDARD.encode(BODY)), &["body-base64"]),
        (PREFINERY, SECRET.into(), became(format!("\u{feff}{BODY}")), &["body-encoding"]),
        (
            PREFINERY,
            SECRET.into(),
            timed(SECRET, NOW, "{\"ottilie\":\"é\"}", b"{\"ottilie\":\"\xe9\"}"),
            &["body-encoding"],
        ),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW, BODY, &form), &["body-form"]),
        (GENIUS, SECRET.into(), bodied(genius, "application/json", compact_form.as_bytes(), short), &["body-form"]),
        (HUB, SECRET.into(), bodied("x-hub-signature-256", urlencoded, short, compact_form.as_bytes()), &["body-form"]),
    ];
    let cut = [format!("content-length: 5\r\nx-prefinery-signature: t={NOW},v1=").as_bytes(), b""].concat();
    let longer = became(BODY);
    let longer = text(&longer).replacen(&format!("x-prefinery-signature: t={NOW},v1="), text(&cut), 1);
    rows.push((PREFINERY, SECRET.into(), longer.into_bytes(), &["body-length"]));
    rows
}

/// Returns the accidents of headers, URLs and times.
fn accidents_of_heads() -> Vec<Row> {
    let svix_tag = HMAC::mac(format!("msg_ottilie.{NOW}.{BODY}"), svix_key());
    let (hex, base64) = (format!("v1,{}", hex(svix_tag)), STANDARD.encode(svix_tag));
    let body_base64 = STANDARD.encode(HMAC::mac(BODY, SECRET));
    let spelled = |name: &str, signature: &str| {
        let headers = [("svix-id", "msg_ottilie"), ("svix-timestamp", "1768473000"), (name, signature)];
        message(&headers, BODY.as_bytes())
    };
    let twice =
        text(&by_key(SECRET)).replacen("x-prefinery", "x-prefinery-signature: t=1,v1=ottilie\r\nx-prefinery", 1);
    let url = |path: &str| text(&message(&[], BODY.as_bytes())).replacen("/hooks/x", path, 1).into_bytes();
    vec![
        (
            REDPIN,
            SVIX_SECRET.into(),
            svix(["svix-id", "webhook-timestamp", "svix-signature"], svix_key(), NOW),
            &["header-family"],
        ),
        (
            REDPIN,
            SVIX_SECRET.into(),
            svix(["x-shop-id", "x-shop-timestamp", "x-shop-signature"], svix_key(), NOW),
            &["header-family"],
        ),
        (
            GENIUS,
            SECRET.into(),
            bodied("x-hub-signature-256", "application/json", BODY.as_bytes(), BODY.as_bytes()),
            &["header-family"],
        ),
        (PREFINERY, SECRET.into(), twice.into_bytes(), &["header-repeated"]),
        (REFIR, SECRET.into(), url(&format!("/hooks/refir/{SECRET}/")), &["url-token-place"]),
        (REFIR, SECRET.into(), url(&format!("/hooks/refir?key={SECRET}")), &["url-token-place"]),
        (REDPIN, SVIX_SECRET.into(), spelled("svix-signature", &hex), &["signature-spelling"]),
        (REDPIN, SVIX_SECRET.into(), spelled("svix-signature", &base64), &["signature-spelling"]),
        (
            HUB,
            SECRET.into(),
            message(&[("x-hub-signature-256", &body_base64)], BODY.as_bytes()),
            &["signature-spelling"],
        ),
        (REDPIN, SVIX_SECRET.into(), timed(SVIX_SECRET, NOW, BODY, BODY), &["other-platform"]),
        (GENIUS, SECRET.into(), by_key(SECRET), &["other-platform"]),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW - 3600, BODY, BODY), &["clock"]),
        (REDPIN, SVIX_SECRET.into(), svix(SVIX, svix_key(), NOW + 3600), &["clock"]),
        (REDPIN, SVIX_SECRET.into(), svix(SVIX, svix_key(), NOW * 1000), &["milliseconds"]),
        // Two accidents.
        (
            PREFINERY,
            format!("{SECRET} \n").into(),
            became(format!("{BODY}\n")),
            &["secret-white-space", "body-line-end"],
        ),
        (PREFINERY, SECRET.into(), timed(SECRET, NOW - 3600, BODY, format!("{BODY}\n")), &["body-line-end", "clock"]),
        (
            REDPIN,
            format!("v1,{SVIX_SECRET}").into(),
            svix(["x-shop-id", "x-shop-timestamp", "x-shop-signature"], svix_key(), NOW),
            &["header-family", "secret-prefix"],
        ),
    ]
}

fn doctor(name: &str, sender: &[&str], secret: &[u8], request: &[u8], more: &[&str]) -> Output {
    let (secret, now) = (file(&format!("doctor-{name}.secret"), secret), NOW.to_string());
    let arguments = [&["doctor", "--now", &now, "--secret-file", &secret], sender, more].concat();
    run(refhook(&arguments), request)
}

#[track_caller]
fn each_is_named(kind: &str, rows: Vec<Row>) {
    for (row, (sender, secret, request, want)) in rows.into_iter().enumerate() {
        let name = format!("{kind}-{row}");
        let shown = format!("{name} {want:?}: {}", String::from_utf8_lossy(&request));
        let Output { status, stdout, stderr } = doctor(&name, sender, &secret, &request, &["--output", "json"]);
        assert_eq!(status.code(), Some(0), "{shown}\n{}{}", text(&stdout), text(&stderr));
        let line: Value = serde_json::from_slice(&stdout).unwrap();
        let accidents: Vec<&str> = line["accidents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|accident| accident["accident"].as_str().unwrap())
            .collect();
        assert_eq!(accidents, want, "{shown}");
        assert_eq!((&line["accepted"], &line["fits"]), (&Value::Bool(false), &Value::Bool(true)), "{shown}");
        for words in ["d2c4e8b1f0a94c7e", "MfKQ9r8G"] {
            assert!(!text(&stdout).contains(words) && !text(&stderr).contains(words), "{shown}: the secret is shown");
        }
        let people = doctor(&name, sender, &secret, &request, &[]);
        println!("{}", text(&people.stdout));
        assert!(want.iter().all(|accident| text(&people.stdout).contains(&format!("\n{accident}: "))), "{shown}");
        fixture_is_alike(&name, sender, &secret, &request, line["kind"].as_str(), want);
    }
}

/// Checks that the fixture has the same verdict and no personal data.
#[track_caller]
fn fixture_is_alike(name: &str, sender: &[&str], secret: &[u8], request: &[u8], kind: Option<&str>, want: &[&str]) {
    let path = file(&format!("doctor-{name}.http"), "");
    let Output { stderr, .. } = doctor(name, sender, secret, request, &["--write-fixture", &path]);
    let stderr_of_doctor = stderr.clone();
    // A fixture has one line for a secret, which must be valid for an endpoint.
    let is_replaced = kind == Some("config") || secret.trim_ascii().contains(&b'\n');
    let fixture = fs::read(&path).unwrap();
    // The signed time in milliseconds is beyond the calendar of this program.
    if want == ["milliseconds"] {
        assert!(fixture.is_empty() && text(&stderr).contains("no fixture was written"), "{name}");
        return;
    }
    let shown = format!("{name} {want:?}: {}{}", String::from_utf8_lossy(&fixture), text(&stderr));
    let notes: Vec<&str> =
        fixture.split(|byte| *byte == b'\n').map_while(|line| text(line).strip_prefix("# ")).collect();
    let note =
        |key: &str| notes.iter().find_map(|note| note.strip_prefix(key)).unwrap_or_else(|| panic!("{key} {shown}"));
    assert_eq!(note("now: "), "2026-01-15T10:30:00Z", "{shown}");
    assert!(note("source: ").starts_with("captured"), "{shown}");
    for words in PERSONAL.iter().chain(&[SECRET, SVIX_KEY, "192.0.2.7"]) {
        assert!(!shown.contains(words), "`{words}` in {shown}");
    }
    let message: Vec<u8> =
        fixture.split_inclusive(|byte| *byte == b'\n').skip(notes.len()).flatten().copied().collect();
    let secret = file(&format!("doctor-{name}.made-up"), note("secret: "));
    let now = NOW.to_string();
    let arguments = [&["verify", "--output", "json", "--now", &now, "--secret-file", &secret], sender].concat();
    let Output { stdout, stderr, .. } = run(refhook(&arguments), &message[..message.len() - 1]);
    let line: Value = serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{shown}: {}", text(&stderr)));
    if is_replaced {
        let explained_by_secret = want.iter().all(|accident| accident.starts_with("secret-"));
        assert_eq!(line["accepted"], Value::Bool(explained_by_secret), "{shown}");
        assert!(text(&stderr_of_doctor).contains("has a valid one instead"), "{shown}");
    } else {
        assert_eq!(line["kind"].as_str(), kind, "{shown}");
    }
}

#[test]
fn accidents_of_secrets_are_named() {
    each_is_named("secret", accidents_of_secrets());
}

#[test]
fn accidents_of_bodies_are_named() {
    each_is_named("body", accidents_of_bodies());
}

#[test]
fn accidents_of_heads_are_named() {
    each_is_named("head", accidents_of_heads());
}

#[test]
fn a_genuine_request_has_a_hint_at_the_secrets_line_end() {
    for (end, words) in [("", "nothing is wrong"), ("\n", "a line end follows it")] {
        let secret = format!("{SECRET}{end}");
        let Output { status, stdout, .. } = doctor("genuine", PREFINERY, secret.as_bytes(), &by_key(SECRET), &[]);
        assert_eq!(status.code(), Some(0));
        assert!(text(&stdout).starts_with("✓ accepted\n") && text(&stdout).contains(words), "{}", text(&stdout));
        fixture_is_alike("genuine", PREFINERY, secret.as_bytes(), &by_key(SECRET), None, &[]);
    }
}

#[test]
fn an_unexplained_refusal_is_reported_as_such() {
    for (row, sender, request, kind) in [
        (0, PREFINERY, by_key("another secret altogether"), "signature-mismatch"),
        (1, REDPIN, svix(SVIX, "another", NOW), "signature-mismatch"),
        (2, GENIUS, bodied("x-genius-referrals-signature-256", "application/json", b"1", b"2"), "signature-mismatch"),
        (3, REFIR, message(&[], BODY.as_bytes()), "token-mismatch"),
        (4, PREFINERY, message(&[], BODY.as_bytes()), "missing-header"),
        (5, PREFINERY, message(&[("x-prefinery-signature", "t=ottilie,v1=00")], BODY.as_bytes()), "malformed-header"),
        (
            6,
            PREFINERY,
            message(&[("content-length", "999"), ("x-prefinery-signature", "t=1,v1=00")], b"{}"),
            "body-incomplete",
        ),
    ] {
        let name = format!("nothing-{row}");
        let secret = if sender == REDPIN { SVIX_SECRET } else { SECRET };
        let Output { status, stdout, .. } = doctor(&name, sender, secret.as_bytes(), &request, &["--output", "json"]);
        assert_eq!(status.code(), Some(3), "{row}: {}", text(&stdout));
        let line: Value = serde_json::from_slice(&stdout).unwrap();
        assert_eq!((&line["kind"], &line["fits"]), (&kind.into(), &Value::Bool(false)), "{row}");
        let Output { stdout, .. } = doctor(&name, sender, secret.as_bytes(), &request, &[]);
        assert!(text(&stdout).contains("nothing fits"), "{row}: {}", text(&stdout));
        fixture_is_alike(&name, sender, secret.as_bytes(), &request, Some(kind), &[]);
    }
}

#[test]
fn an_unexplained_refusal_has_the_hint_of_its_platform() {
    for (platform, header, words) in [
        ("firstpromoter", "x-webhook-signature", "signs a test request with a random secret"),
        ("refersion", "refersion-signature", "writes base64 into `refersion-signature`"),
    ] {
        let request = message(&[(header, "x")], BODY.as_bytes());
        let Output { status, stdout, .. } =
            doctor(platform, &["--platform", platform], SECRET.as_bytes(), &request, &[]);
        assert_eq!(status.code(), Some(3), "{platform}");
        assert!(text(&stdout).contains(words), "{platform}: {}", text(&stdout));
    }
}

/// The distance between the examined fixtures.
const STEP: usize = if cfg!(debug_assertions) { 9 } else { 1 };

#[test]
fn every_fixture_is_examined_and_written_without_personal_data() {
    let (mut explained, mut written, mut walked) = (0, 0, 0);
    // An optimised program examines every fixture, and another one every ninth, because the search takes long.
    for fixture in all().step_by(STEP) {
        let is_plain = fixture.tokens.is_empty() && fixture.pin.is_none() && !fixture.accept_stale;
        if !is_plain || fixture.body_limit.is_some() || fixture.secrets.len() > 1 {
            continue;
        }
        walked += 1;
        let name = fixture.path().replace('/', "-");
        let (parts, body) = fixture.request.clone().into_parts();
        let lines = parts
            .headers
            .iter()
            .map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        let head = format!("{} {} HTTP/1.1\n", parts.method, parts.uri);
        let request = [head.as_bytes(), &lines.collect::<Vec<_>>().concat(), b"\n", &body].concat();
        let seconds = fixture.tolerance.map(|seconds| seconds.to_string());
        let (now, secret) = (fixture.now.to_string(), file(&format!("walk-{name}.secret"), fixture.secrets[0]));
        let arguments = ["--platform", fixture.platform, "--now", now.as_str()];
        let tolerance = seconds.iter().flat_map(|seconds| ["--tolerance", seconds.as_str()]);
        let arguments: Vec<&str> = arguments.into_iter().chain(tolerance).collect();
        let path = file(&format!("walk-{name}.http"), "");
        let more = ["doctor", "--output", "json", "--secret-file", &secret, "--write-fixture", &path];
        let Output { status, stdout, stderr } = run(refhook(&[&more, &arguments[..]].concat()), &request);
        let line: Value = serde_json::from_slice(&stdout).unwrap_or_else(|_| panic!("{name}: {}", text(&stderr)));
        let want = match fixture.expected {
            Expected::Event(_) => None,
            Expected::Error { kind, .. } => Some(kind),
        };
        assert_eq!(line["kind"].as_str(), want, "{name}");
        explained += usize::from(want.is_some() && line["fits"] == true);
        if status.code() == Some(1) {
            assert!(text(&stderr).contains("no fixture was written"), "{name}: {}", text(&stderr));
            // A token in the body is not replaced, so that such a request is never written.
            walked -= usize::from(fixture.platform == "talkable");
            continue;
        }
        written += 1;
        let shown = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for words in ["Ada", "Lovelace", "Grace", "example.com", fixture.secrets[0]] {
            assert!(!shown.contains(words), "{name}: `{words}` in {shown}");
        }
    }
    println!("{walked} walked, {explained} refusals explained, {written} written");
    assert!(explained >= 45 / STEP, "{explained} refusals are explained");
    // Ed25519, unknown keys of a key set, times beyond the calendar or within the next second, loose bits and the URL alphabet
    // of base64 cannot be signed again.
    assert!(walked - written <= 13, "of {walked}, {written} can be written");
}
