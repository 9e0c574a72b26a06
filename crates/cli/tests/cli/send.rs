//! `refhook send`.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use referral_webhooks::platform::ALL;
use referral_webhooks_fixtures::{Expected, of_platform};
use serde_json::{Value, json};

use crate::sign::secret;
use crate::{file, refhook, run, text};

const NOW: &str = "1768473000";

/// A receiver on loopback that keeps the requests.
pub(crate) struct Receiver {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Receiver {
    /// Answers each request with the next of these heads, and then with the last. An empty head is no answer.
    pub(crate) fn start(heads: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let (seen, heads): (_, Vec<String>) = (requests.clone(), heads.iter().map(|head| (*head).to_owned()).collect());
        std::thread::spawn(move || {
            for number in 0.. {
                let mut stream = listener.accept().unwrap().0;
                seen.lock().unwrap().push(request(&mut stream));
                let head = heads.get(number).or(heads.last()).unwrap();
                let end = if head.is_empty() { "" } else { "content-length: 0\r\nconnection: close\r\n\r\n" };
                let _ = stream.write_all(format!("{head}{end}").as_bytes());
            }
        });
        Self { url, requests }
    }

    pub(crate) fn answering(status: u16) -> Self {
        Self::start(&[&format!("HTTP/1.1 {status} Status\r\nlocation: /elsewhere\r\n")])
    }

    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads a request with a `content-length`.
fn request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        bytes.extend_from_slice(&buffer[..read]);
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let length = head.and_then(|end| {
            let lines = text(&bytes[..end]).to_ascii_lowercase();
            lines.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())
        });
        if read == 0 || head.is_some_and(|end| bytes.len() >= end + 4 + length.unwrap_or(0)) {
            return bytes;
        }
    }
}

/// Runs `refhook send` with a secret in the environment. Returns its exit code, its output and its messages.
pub(crate) fn sent(secret: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = refhook(&["send", "--secret-env", "REFHOOK_TEST_SECRET"]);
    command.args(arguments).env("REFHOOK_TEST_SECRET", secret);
    let Output { status, stdout, stderr } = run(command, b"");
    let (out, errors) = (text(&stdout).to_owned(), text(&stderr).to_owned());
    assert!(!out.contains('\u{1b}') && !errors.contains('\u{1b}'), "{arguments:?}: {out}{errors}");
    (status.code().unwrap(), out, errors)
}

pub(crate) fn json_lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the names of the events that the program lists.
fn listed(platform: &str) -> Vec<String> {
    let (code, _, errors) = sent(secret(platform), &[platform, "--to", "http://h/"]);
    assert_eq!(code, 2, "{errors}");
    let list = errors.split_once(&format!("{platform} has ")).unwrap().1;
    list.trim_end().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_event_of_every_platform_is_listed_and_verifies() {
    let (mut cases, mut names) = (Vec::new(), Vec::new());
    for platform in ALL.iter().map(|facts| facts.name) {
        let listed = listed(platform);
        let typed = of_platform(platform).filter_map(|fixture| {
            let Expected::Event(outcome) = fixture.expected else { return None };
            let outcome: Value = serde_json::from_str(outcome).unwrap();
            let name = outcome["name"].as_str()?.to_ascii_lowercase();
            outcome["event"].get("Other").is_none().then_some(name)
        });
        let lower: BTreeSet<String> = listed.iter().map(|name| name.to_ascii_lowercase()).collect();
        assert_eq!(lower, typed.collect(), "{platform}");
        for event in listed {
            let to = format!("http://localhost/hooks/{platform}");
            let arguments = [platform, &event, "--to", &to, "--at", NOW, "--dry-run", "--output", "json"];
            let (code, out, errors) = sent(secret(platform), &arguments);
            assert_eq!(code, 0, "{platform} {event}: {errors}");
            assert!(!errors.contains("refuse"), "{platform} {event}: {errors}");
            let mut case = json_lines(&out).remove(0);
            assert_eq!(case["event"].as_str(), Some(event.as_str()), "{platform}");
            case["name"] = json!(format!("{platform} {event}"));
            case["secrets"] = json!([secret(platform)]);
            case["now_unix"] = json!(NOW.parse::<i64>().unwrap());
            cases.push(case);
            names.push(event);
        }
    }
    assert!(cases.len() > 200, "{}", cases.len());
    let path = file("send-cases.json", Value::from(cases).to_string());
    let Output { stdout, stderr, .. } = refhook(&["verify", "--cases", &path]).output().unwrap();
    let lines = json_lines(text(&stdout));
    assert_eq!(lines.len(), names.len(), "{}", text(&stderr));
    for (line, event) in lines.iter().zip(names) {
        assert_eq!((&line["accepted"], &line["event"]), (&json!(true), &json!(event)), "{line}");
    }
}

#[test]
fn a_dry_run_is_a_message_that_verifies() {
    let arguments = ["redpin", "referral_created", "--to", "https://shop.example/hooks?x=1", "--dry-run"];
    let (code, message, errors) = sent(secret("redpin"), &arguments);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(message.starts_with("POST /hooks?x=1 HTTP/1.1\r\nhost: shop.example\r\n"), "{message}");
    let mut verify = refhook(&["verify", "--platform", "redpin", "--secret-env", "REFHOOK_TEST_SECRET"]);
    verify.env("REFHOOK_TEST_SECRET", secret("redpin"));
    let Output { status, stdout, .. } = run(verify, message.as_bytes());
    assert!(status.success() && text(&stdout).contains("REFERRAL_CREATED"), "{}", text(&stdout));
    let (code, command, _) = sent(secret("redpin"), &[&arguments[..4], &["--print", "curl"]].concat());
    assert!(code == 0 && command.starts_with("curl -i 'https://shop.example/hooks?x=1'"), "{command}");
}

#[test]
fn a_fixture_has_the_time_of_the_delivery() {
    // Prefinery signs a time in a header, and Referral Rocket in the body.
    for (platform, event) in [("prefinery", "reward_earned"), ("referral-rocket", "reward_earned")] {
        let to = format!("http://localhost/hooks/{platform}");
        let (code, message, errors) = sent(secret(platform), &[platform, event, "--to", &to, "--dry-run"]);
        assert_eq!((code, errors.as_str()), (0, ""), "{platform}");
        let mut verify = refhook(&["verify", "--platform", platform, "--secret-env", "REFHOOK_TEST_SECRET"]);
        verify.env("REFHOOK_TEST_SECRET", secret(platform));
        let Output { status, stdout, .. } = run(verify, message.as_bytes());
        assert!(status.success(), "{platform}: {}", text(&stdout));
    }
}

#[test]
fn the_reading_of_an_answer_follows_the_contract() {
    for (platform, event, status, reading, note) in [
        ("redpin", "REFERRAL_CREATED", 200, "accepted", ""),
        ("redpin", "REFERRAL_CREATED", 204, "accepted", "other platforms do not"),
        ("redpin", "REFERRAL_CREATED", 503, "retried", ""),
        ("redpin", "REFERRAL_CREATED", 401, "retried", ""),
        ("redpin", "REFERRAL_CREATED", 302, "forbidden", "302 is not followed"),
        ("prefinery", "reward_earned", 200, "accepted", ""),
        ("prefinery", "reward_earned", 429, "retried", ""),
        ("prefinery", "reward_earned", 410, "forbidden", "410 removes the endpoint from the project"),
        ("prefinery", "reward_earned", 500, "forbidden", "the event is lost"),
        ("refir", "lead added", 500, "retried", "does not publish its retries"),
        ("rewardful", "commission.paid", 500, "retried", "for 72 h"),
        ("referral-rocket", "reward_earned", 500, "retried", "for 336 h"),
        ("genius-referrals", "bonus_created", 500, "retried", ""),
        ("dub", "payout.confirmed", 200, "accepted", "fulfilled"),
        ("friendbuy", "reward validation", 200, "decided-yes", ""),
        ("friendbuy", "reward validation", 400, "decided-no", ""),
        ("friendbuy", "advocateReward", 400, "retried", ""),
    ] {
        let receiver = Receiver::answering(status);
        let arguments = [platform, event, "--to", &receiver.url, "--output", "json"];
        let (code, out, errors) = sent(secret(platform), &arguments);
        let line = json_lines(&out).remove(0);
        let row = format!("{platform} {event} {status}: {line} {errors}");
        assert_eq!(line["status"], status, "{row}");
        assert!(reading.is_empty() || line["reading"] == reading, "{row}");
        assert!(line["note"].as_str().unwrap_or_default().contains(note), "{row}");
        assert_eq!(code, i32::from(line["accepted"] != true), "{row}");
        assert_eq!(line["platform"], platform, "{row}");
        assert_eq!(line["url"], receiver.url.as_str(), "{row}");
        let facts = ALL.iter().find(|facts| facts.name == platform).unwrap();
        let first = facts.contract.retries.schedule().next().map(|offset| offset.as_secs());
        let wait = line["retried_at"].as_u64().map(|at| at - line["sent_at"].as_u64().unwrap());
        assert_eq!(wait, first.filter(|_| line["reading"] == "retried"), "{row}");
        assert_eq!(receiver.requests().len(), 1, "{row}");
    }
}

#[test]
fn an_event_without_retries_is_read_as_lost() {
    let profile = "name = \"acme\"\nscheme = { kind = \"body-hmac\", header = \"X-Acme\" }\n\
        event = { name = \"/type\", id = \"/id\" }\ncontract = { retries = \"none\", redelivery = \"any-time\" }\n";
    let profile = file("send-lost.toml", profile);
    let receiver = Receiver::answering(503);
    let (code, out, errors) = sent("acme-signing-key-7f3a", &["--profile", &profile, "--to", &receiver.url]);
    assert!(code == 1 && out.contains("lost: an operator can have it sent again"), "{code}: {out}{errors}");
}

#[test]
fn a_missing_answer_is_read_as_a_failure() {
    let silent = Receiver::start(&[""]);
    let (code, out, _) = sent(secret("redpin"), &["redpin", "REFERRAL_CREATED", "--to", &silent.url]);
    assert!(code == 1 && out.contains("  -  ") && out.contains("retried at 20") && out.contains("no answer"), "{out}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = format!("http://{free}/hooks");
    let (code, out, _) = sent(secret("redpin"), &["redpin", "REFERRAL_CREATED", "--to", &to, "--output", "json"]);
    let line = json_lines(&out).remove(0);
    assert_eq!((code, &line["status"], &line["reading"]), (1, &Value::Null, &json!("retried")), "{line}");
    // This receiver accepts connections in its backlog alone.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let profile = "name = \"acme\"\nscheme = \"svix\"\nevent.name = \"/type\"\ncontract = { deadline = \"1s\" }";
    let profile = file("send-late.toml", profile);
    let to = format!("http://{}/hooks", mute.local_addr().unwrap());
    let (code, out, errors) = sent(secret("redpin"), &["--profile", &profile, "--to", &to]);
    assert!(code == 1 && out.contains("no answer within 1 s, the platform's deadline"), "{out}{errors}");
}

#[test]
fn every_delivery_of_a_series_is_sent_and_counts() {
    let receiver = Receiver::start(&["HTTP/1.1 200 OK\r\n", "HTTP/1.1 503 Down\r\n", "HTTP/1.1 200 OK\r\n"]);
    let arguments = ["dub", "sale.created", "--to", &receiver.url, "--times", "3", "--output", "json"];
    let (code, out, _) = sent(secret("dub"), &arguments);
    let statuses: Vec<Value> = json_lines(&out).iter().map(|line| line["status"].clone()).collect();
    assert_eq!((code, statuses), (1, vec![json!(200), json!(503), json!(200)]));
    let requests = receiver.requests();
    assert!(requests.len() == 3 && requests.iter().all(|request| *request == requests[0]));
    let receiver = Receiver::answering(200);
    let (code, out, _) = sent(secret("dub"), &["dub", "sale.created", "--to", &receiver.url, "--times", "2"]);
    assert_eq!((code, out.lines().filter(|line| line.contains("accepted")).count()), (0, 2), "{out}");
}

#[test]
fn a_member_is_set_and_other_bytes_are_kept() {
    let body = "{ \"a\":1.50,\"b\" : [ 10, {\"c\":\"x\"} ], \"d/e\":null, \"f\":{} }";
    let path = file("send-set.json", body);
    let set = |edits: &[&str]| {
        let options: Vec<&str> = edits.iter().flat_map(|edit| ["--set", edit]).collect();
        let scheme = ["--scheme", "body-hmac", "--header", "x-mine", "--to", "http://h/", "--dry-run", "--body", &path];
        let (code, out, errors) = sent("acme-signing-key-7f3a", &[&scheme[..], &options].concat());
        (code, out.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or(errors))
    };
    for (edits, want) in [
        (&[][..], body.to_owned()),
        (&["a=2.50"], body.replace("1.50", "2.50")),
        (&["/a=true"], body.replace("1.50", "true")),
        (&["a=two words"], body.replace("1.50", "\"two words\"")),
        (&["a=\"7\""], body.replace("1.50", "\"7\"")),
        (&["a="], body.replace("1.50", "\"\"")),
        (&["a=x=y"], body.replace("1.50", "\"x=y\"")),
        (&["a=null", "a=12345678901234567890.10"], body.replace("1.50", "12345678901234567890.10")),
        (&["b.1.c=y"], body.replace("\"x\"", "\"y\"")),
        (&["/b/0=11"], body.replace("10", "11")),
        (&["/b/-=12"], body.replace("{\"c\":\"x\"} ]", "{\"c\":\"x\"} ,12]")),
        (&["/d~1e=1"], body.replace("null", "1")),
        (&["f.g.h=1"], body.replace("{}", "{\"g\":{\"h\":1}}")),
        (&["new={\"z\":1}"], body.replace("{} }", "{} ,\"new\":{\"z\":1}}")),
    ] {
        assert_eq!(set(edits), (0, want), "{edits:?}");
    }
    for (edit, cause) in
        [("a.b=1", "neither an object nor a list"), ("b.5=1", "no element `5`"), ("b.x=1", "no element")]
    {
        let (code, errors) = set(&[edit]);
        assert!(code == 2 && errors.contains(cause) && errors.contains("help: "), "{edit}: {errors}");
    }
}

#[test]
fn a_set_member_reaches_the_receiver_signed() {
    let receiver = Receiver::answering(200);
    let arguments = ["dub", "sale.created", "--to", &receiver.url, "--set", "/id=evt_mine", "--at", NOW];
    let (code, out, errors) = sent(secret("dub"), &arguments);
    assert_eq!(code, 0, "{out}{errors}");
    let mut verify =
        refhook(&["verify", "--platform", "dub", "--secret-env", "REFHOOK_TEST_SECRET", "--output", "json"]);
    verify.env("REFHOOK_TEST_SECRET", secret("dub"));
    let Output { status, stdout, .. } = run(verify, &receiver.requests()[0]);
    assert!(status.success() && text(&stdout).contains("evt_mine"), "{}", text(&stdout));
}

#[test]
fn a_faulty_delivery_is_sent_and_refused() {
    for (bad, kind) in [
        ("wrong-secret", "signature-mismatch"),
        ("altered-body", "signature-mismatch"),
        ("stale", "too-old"),
        ("future", "too-new"),
        ("missing-header", "missing-header"),
        ("signature", "signature-mismatch"),
    ] {
        let receiver = Receiver::answering(401);
        let (code, out, errors) =
            sent(secret("redpin"), &["redpin", "REFERRAL_CREATED", "--to", &receiver.url, "--bad", bad]);
        assert!(code == 1 && out.contains("  401  "), "{bad}: {out}{errors}");
        let mut verify =
            refhook(&["verify", "--platform", "redpin", "--secret-env", "REFHOOK_TEST_SECRET", "--output", "json"]);
        verify.env("REFHOOK_TEST_SECRET", secret("redpin"));
        let Output { status, stdout, .. } = run(verify, &receiver.requests()[0]);
        assert!(status.code() == Some(3) && text(&stdout).contains(kind), "{bad}: {}", text(&stdout));
    }
}

#[test]
fn a_form_has_the_body_as_its_field() {
    let receiver = Receiver::answering(200);
    let arguments = ["genius-referrals", "bonus_created", "--to", &receiver.url, "--form"];
    let (code, _, errors) = sent(secret("genius-referrals"), &arguments);
    assert_eq!(code, 0, "{errors}");
    let request = receiver.requests().remove(0);
    assert!(
        text(&request).contains("application/x-www-form-urlencoded") && text(&request).contains("\r\n\r\npayload=%7B")
    );
}

#[test]
fn the_output_has_no_secret_of_the_url() {
    let receiver = Receiver::answering(200);
    let token = secret("refir");
    let to = format!("{}/{token}?token={token}", receiver.url.replace("://", "://user:hidden@"));
    for output in ["text", "json"] {
        let (_, out, errors) = sent(token, &["refir", "lead added", "--to", &to, "--output", output]);
        assert!(out.contains("lead") && out.contains("/hooks/***"), "{out}{errors}");
        assert!(!out.contains(token) && !out.contains("hidden"), "{out}");
        assert!(!errors.contains(token) && !errors.contains("hidden"), "{errors}");
    }
}

#[test]
fn a_hostile_event_name_reaches_the_terminal_without_control() {
    let receiver = Receiver::answering(200);
    let body = file("send-hostile.json", r#"{"event":"\u001b[31mred\u0007","data":{}}"#);
    let arguments = ["--platform", "dub", "--body", &body, "--to", &receiver.url];
    let (_, out, errors) = sent(secret("dub"), &arguments);
    assert!(!out.contains('\u{7}') && !errors.contains('\u{7}'), "{out}{errors}");
}

#[test]
fn the_receiver_of_this_program_accepts_a_delivery() {
    use std::io::{BufRead as _, BufReader};
    let mut dev = refhook(&["dev", "--output", "json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(dev.stdout.take().unwrap()).lines();
    // The receiver ends if its output is closed.
    let mut mounts = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mount = mounts.find(|line| line["platform"] == "rewardful").unwrap();
    let arguments = ["rewardful", "commission.paid", "--to", mount["url"].as_str().unwrap(), "--output", "json"];
    let (code, out, errors) = sent(mount["secret"].as_str().unwrap(), &arguments);
    let _ = dev.kill();
    let _ = dev.wait();
    let line = json_lines(&out).remove(0);
    assert_eq!((code, &line["status"], &line["reading"]), (0, &json!(200), &json!("accepted")), "{line}{errors}");
    assert!(Duration::from_micros(line["microseconds"].as_u64().unwrap()) < Duration::from_secs(60));
}

#[test]
fn a_wrong_use_is_answered_with_the_next_step() {
    let body = file("send-wrong.json", "{}");
    let broken = file("send-broken.json", "{");
    let to = ["--to", "http://127.0.0.1:9/h"];
    for (arguments, code, parts) in [
        (&["redpin", "NEVER"][..], 2, &["no event `NEVER` of redpin", "REFERRAL_CREATED", "help: "][..]),
        (&["redpin"], 2, &["the event is missing", "REFERRAL_CREATED"]),
        (&[], 2, &["the sender is missing", "help: "]),
        (&["nowhere", "x"], 2, &["no platform `nowhere`", "redpin"]),
        (&["redpin", "REFERRAL_CREATED", "--body", &body], 2, &["an event and a body are given"]),
        (&["redpin", "REFERRAL_CREATED", "--platform", "dub"], 2, &["named twice"]),
        (&["--platform", "redpin"], 2, &["the event is missing"]),
        (&["--scheme", "svix"], 2, &["the body is missing", "--body FILE"]),
        (&["redpin", "a", "b"], 2, &["no more were expected"]),
        (&["redpin", "--body", "absent.json"], 1, &["cannot read `absent.json`"]),
        (&["redpin", "--body", &broken, "--set", "a=1"], 2, &["the body is not JSON", "help: "]),
        (&["redpin", "REFERRAL_CREATED", "--set", "a"], 2, &["path=value"]),
        (&["redpin", "REFERRAL_CREATED", "--set", "=1"], 2, &["expected a path"]),
        (&["redpin", "REFERRAL_CREATED", "--times", "0"], 2, &["--times"]),
        (&["redpin", "REFERRAL_CREATED", "--form"], 2, &["does not support forms"]),
        (&["refir", "lead added", "--bad", "stale"], 2, &["cannot have this fault"]),
        (&["redpin", "REFERRAL_CREATED", "--bad", "luck"], 2, &["possible values"]),
        (&["redpin", "REFERRAL_CREATED", "--print", "curl", "--output", "json"], 2, &["cannot be used with"]),
    ] {
        let platform =
            arguments.first().filter(|name| ALL.iter().any(|facts| facts.name == **name)).unwrap_or(&"redpin");
        let (got, out, errors) = sent(secret(platform), &[arguments, &to].concat());
        assert_eq!((got, out.as_str()), (code, ""), "{arguments:?}: {errors}");
        for part in parts {
            assert!(errors.contains(part), "{arguments:?}: {errors}\nlacks {part}");
        }
        assert!(!errors.contains(secret(platform)), "{arguments:?}");
    }
    for (to, part) in [("/hooks", "scheme and host"), ("ftp://h/x", "scheme and host")] {
        let (code, _, errors) = sent(secret("redpin"), &["redpin", "REFERRAL_CREATED", "--to", to]);
        assert!(code == 2 && errors.contains(part), "{to}: {errors}");
    }
    let (code, _, errors) = sent("whsec_*", &[&["redpin", "REFERRAL_CREATED"], &to[..]].concat());
    assert!(code == 2 && errors.contains("not standard base64"), "{errors}");
    let Output { status, stderr, .. } = run(refhook(&["send", "redpin", "REFERRAL_CREATED", to[0], to[1]]), b"");
    assert!(status.code() == Some(2) && text(&stderr).contains("the secret is missing"), "{}", text(&stderr));
    let Output { stdout, .. } = run(refhook(&["send", "--help"]), b"");
    assert!(text(&stdout).contains("Examples:"), "{}", text(&stdout));
}
