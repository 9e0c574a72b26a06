//! The time of an explanation.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::bodies;
use super::made::{Made, PLATFORMS, SECRET, explained, made, made_with, proven};

/// The maximum time of this thread on a processor: 2 s as released, and ten times as much without optimisation.
const MOST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

/// Returns the time of this thread on a processor, which other processes do not change. Elsewhere than on Linux, the
/// time since `start`.
fn used(start: Instant) -> Duration {
    let schedule = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = schedule.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory can be written")
}

/// Returns bodies of strangers that take long to examine.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    const LONGEST: usize = 8 << 20;
    let member = |number: usize| format!("\"k{number}\":{:?},", r#"{"a":"<é>","b":1.5}"#);
    let members = |count: usize| format!("{{{}\"z\":1}}", (0..count).map(member).collect::<String>());
    let numbers =
        |count: usize| format!("{{{}\"z\":1}}", (0..count).map(|it| format!("\"n{it}\":{it},")).collect::<String>());
    let nested = (0..6).fold(bodies::RICH.as_bytes().to_vec(), |body, _| STANDARD.encode(body).into());
    vec![
        ("8 MiB of one letter", vec![b'a'; LONGEST]),
        ("8 MiB of zeros", vec![0; LONGEST]),
        ("8 MiB of JSON", members(LONGEST / 50).into()),
        ("8 MiB of white space", vec![b'\n'; LONGEST]),
        ("8 MiB of JSON in base64", STANDARD.encode(members(LONGEST / 70)).into()),
        ("1 MiB of JSON", members((1 << 20) / 50).into()),
        ("256 KiB of JSON", members((250 << 10) / 50).into()),
        ("200 KiB of numbers", numbers(15_000).into()),
        ("60 KiB of JSON", members(1100).into()),
        ("10 KiB of JSON", members(200).into()),
        ("a few members", members(40).into()),
        ("deep", "[".repeat(100_000).into()),
        ("as deep as allowed", format!("{}1{}", "{\"a\":[".repeat(60), "]}".repeat(60)).into()),
        ("compressed, 8 MiB", gzip(&vec![b'['; LONGEST])),
        ("compressed, 64 MiB", gzip(&vec![b'['; 8 * LONGEST])),
        ("compressed twice", gzip(&gzip(&vec![b'['; 8 * LONGEST]))),
        ("nested base64", nested),
        ("form of many fields", "a=%7B%7D&".repeat(100_000).into()),
        ("percent escapes", "%7B".repeat(300_000).into()),
        ("entities", "&quot;".repeat(150_000).into()),
        ("list of bytes", format!("[{}1]", "123, ".repeat(200_000)).into()),
        ("many boundaries", "--\r\n\r\n".repeat(150_000).into()),
        ("accents", format!("{{\"a\":\"{}\"}}", "é\u{301}".repeat(30_000)).into()),
        ("backslashes", format!("{{\"a\":\"{}\"}}", "\\\\\\\"".repeat(30_000)).into()),
        ("quotes", "'".repeat(1 << 20).into()),
        ("braces", "{".repeat(1 << 20).into()),
    ]
}

fn secrets() -> Vec<(&'static str, Vec<u8>)> {
    let strings = (0..1800).map(|it| format!("\"k{it}\":\"secret-number-{it:012}\",")).collect::<String>();
    let lines = (0..1500).map(|it| format!("NAME_{it}=secret-number-{it:012}\n")).collect::<String>();
    let nested = (0..8).fold(SECRET.to_owned(), |text, _| STANDARD.encode(text));
    vec![
        ("plain", SECRET.into()),
        ("many members", format!("{{{strings}\"z\":1}}").into()),
        ("many lines", lines.into()),
        ("nested base64", nested.into()),
        ("64 KiB of one letter", vec![b'a'; 64 << 10]),
        ("64 KiB of backslashes", vec![b'\\'; 64 << 10]),
        ("brackets", "[({<".repeat(1000).into()),
    ]
}

#[track_caller]
fn is_fast(name: &str, made: &Made, file: &[u8]) -> Duration {
    let start = Instant::now();
    let before = used(start);
    let explanation = explained(made, file);
    let took = used(start).saturating_sub(before);
    println!("{name}: {} ms, complete: {}", took.as_millis(), explanation.object()["complete"]);
    assert!(took < MOST, "{name} took {took:?}");
    took
}

/// The distance between the examined bodies.
const STEP: usize = if cfg!(debug_assertions) { 6 } else { 1 };

#[test]
fn a_hostile_body_is_examined_in_time() {
    for (place, (name, body)) in bodies().into_iter().enumerate() {
        // Without optimisation, some of them are examined.
        let platforms = [PLATFORMS[6], PLATFORMS[12]].into_iter().enumerate();
        let platforms = platforms.filter(|(number, _)| (place + 3 * number).is_multiple_of(STEP));
        for (_, (platform, signs)) in platforms {
            let made = Made { body: body.clone(), ..made(platform, signs, b"{}") };
            let secret = made.secret.clone();
            is_fast(&format!("{platform}: {name}"), &made, secret.as_bytes());
        }
    }
}

#[test]
fn a_hostile_secret_is_examined_in_time() {
    for (name, secret) in secrets().into_iter().step_by(STEP.min(3)) {
        for (platform, signs) in [PLATFORMS[3], PLATFORMS[7]] {
            let made = made_with(platform, signs, b"another key", bodies::RICH.as_bytes());
            is_fast(&format!("{platform}: {name}"), &made, &secret);
        }
    }
}

#[test]
fn hostile_headers_are_examined_in_time() {
    let signature = "t=1768473000,v1=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let values = [
        signature.to_owned(),
        format!("['{signature}', '{signature}']"),
        "a, ".repeat(2000),
        "%41".repeat(2000),
        "(".repeat(4000),
    ];
    for (number, value) in values.iter().enumerate() {
        let mut made = made_with("prefinery", PLATFORMS[6].1, b"another key", bodies::RICH.as_bytes());
        made.headers = (0..99).map(|it| (format!("x-header-{it}-signature"), value.clone())).collect();
        made.headers.push(("x-prefinery-signature".to_owned(), value.clone()));
        is_fast(&format!("100 headers, {number}"), &made, SECRET.as_bytes());
    }
}

/// A limit that ends the search is reported, because an untested accident must not be excluded.
#[test]
fn an_incomplete_search_says_so() {
    let body = format!("{{\"a\":\"{}\"}}", "é<".repeat(80_000));
    let made = made_with("prefinery", PLATFORMS[6].1, b"another key", body.as_bytes());
    let explanation = explained(&made, SECRET.as_bytes());
    assert_eq!(proven(&explanation), None);
    assert_eq!(explanation.object()["complete"], false);
    assert!(explanation.sentences().join("\n").contains("not every pair"), "{:?}", explanation.sentences());
}
