//! The table for people, wrong uses, and the end by a signal.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::receiver::{ACCEPTING, Receiver};
use super::simulate;
use crate::sign::secret;
use crate::{refhook, text};

/// Reads a request to the end of its head, and answers.
pub(super) fn answer_once(mut stream: TcpStream, status: u16) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    for line in reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()) {
        if let Some(number) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = number.parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let answer = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).unwrap();
}

#[test]
fn the_table_is_readable() {
    let receiver = Receiver::of_platform("redpin", &[secret("redpin")], ACCEPTING);
    let url = format!("{}?token=of-the-query", receiver.url);
    let arguments =
        ["redpin", "--to", &url, "--scenario", "outage", "--down-for", "10s", "--count", "2", "--seed", "1"];
    let Output { status, stdout, stderr } = simulate(&[secret("redpin")], &[&arguments[..], &["-v"]].concat());
    let out = text(&stdout);
    assert_eq!((status.code(), text(&stderr)), (Some(0), ""));
    assert!(!out.contains('\u{1b}') && !out.contains("of-the-query") && !out.contains(secret("redpin")), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("✓ 1  ") && lines[0].contains("200  accepted  3 attempts, at 5 min 5 s"), "{out}");
    assert!(lines[1].starts_with("✓ 2  ") && lines[1].contains("200  accepted  1 attempt, at 12 h"), "{out}");
    let table: Vec<(&str, &str)> = lines[2..].iter().map(|line| line.split_once(' ').unwrap()).collect();
    let row = |name: &str| table.iter().find(|row| row.0 == name).map(|row| row.1.trim()).unwrap();
    for (name, want) in [
        ("platform", "redpin"),
        ("scenario", "outage, down for 10 s  seed 1"),
        ("events", "2"),
        ("sent", "2"),
        ("attempts", "4"),
        ("accepted", "2"),
        ("repeated", "0"),
        ("retried", "2"),
        ("lost", "0"),
        ("forbidden", "0"),
        ("disabled", "no"),
    ] {
        assert_eq!(row(name), want, "{out}");
    }
    assert!(row("played").starts_with("12 h  in 0."), "{out}");
}

#[test]
fn a_wrong_use_names_the_right_one() {
    let to = ["--to", "http://127.0.0.1:9/hooks"];
    for (arguments, cause) in [
        (&["--scenario", "steady"][..], "the platform is missing"),
        (&["redpin", "--platform", "tolt"], "the platform is named twice"),
        (&["nobody"], "there is no platform `nobody`"),
        (&["--scheme", "svix"], "a scheme alone has no contract to play"),
        (&["redpin", "--scenario", "rotation"], "a rotation needs two secrets"),
        (&["redpin", "--down-for", "1h"], "`--down-for` belongs to `--scenario outage`"),
        (&["redpin", "--rate", "5"], "`--rate` belongs to `--scenario burst`"),
        (&["redpin", "--scenario", "burst", "--count", "5", "--duration", "1h"], "a burst has two lengths"),
        (&["redpin", "--event", "nothing"], "there is no event `nothing` of redpin"),
        (&["redpin", "--scenario", "chaos"], "invalid value 'chaos'"),
        (&["redpin", "--speed", "fast"], "expected a factor from 1x"),
        (&["redpin", "--duration", "1 day"], "expected a duration"),
        (&["redpin", "--count", "0"], "0 is not in 1..=100000"),
        (&["redpin", "--connections", "0"], "0 is not in 1..=256"),
    ] {
        let Output { status, stdout, stderr } = simulate(&[secret("redpin")], &[arguments, &to].concat());
        assert_eq!((status.code(), text(&stdout)), (Some(2), ""), "{arguments:?}: {}", text(&stderr));
        assert!(text(&stderr).contains(cause), "{arguments:?}: {}", text(&stderr));
    }
    for (url, cause) in [("ftp://h/", "expected a URL"), ("/hooks", "expected a URL")] {
        let output = simulate(&[secret("redpin")], &["redpin", "--to", url]);
        assert!(text(&output.stderr).contains(cause), "{url}: {}", text(&output.stderr));
    }
}

#[test]
fn an_unreachable_endpoint_is_named_with_the_next_step() {
    let output = simulate(&[secret("redpin")], &["redpin", "--to", "http://127.0.0.1:9/hooks", "--count", "2"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains("nothing listens on http://127.0.0.1:9/hooks; start your app or pass --to"), "{errors}");
    assert_eq!(errors.matches("nothing listens").count(), 1, "{errors}");
    assert!(text(&output.stdout).contains("lost       2  the retries end 7 h 35 min 5 s"), "{}", text(&output.stdout));
}

#[test]
fn an_interrupt_prints_the_table_so_far() {
    let receiver = Receiver::of_platform("redpin", &[secret("redpin")], ACCEPTING);
    let mut command = refhook(&["simulate", "redpin", "--to", &receiver.url, "--secret-env", "REFHOOK_TEST_SECRET"]);
    command.args(["--speed", "1x", "--output", "json"]).env("REFHOOK_TEST_SECRET", secret("redpin"));
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while receiver.seen().got.is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(200));
    assert!(Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap().success());
    let Output { status, stdout, .. } = process.wait_with_output().unwrap();
    let summary: serde_json::Value = serde_json::from_str(text(&stdout)).unwrap();
    assert_eq!(status.code(), Some(1), "{summary}");
    for (name, want) in [("events", 24), ("sent", 1), ("accepted", 1), ("lost", 0), ("open", 23)] {
        assert_eq!(summary[name], want, "{name}: {summary}");
    }
    assert_eq!(summary["interrupted"], true);
}
