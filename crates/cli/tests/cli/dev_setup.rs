//! The secrets, the page and the protocols of `refhook dev`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Output, Stdio};

use referral_webhooks_axum::platform::genius_referrals::GeniusReferrals;
use referral_webhooks_axum::{Endpoint, Message};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{refhook, run, text};

/// A running receiver, which the end of the test stops.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a receiver, and returns it with its lines up to the link of the page.
fn start(arguments: &[&str]) -> (Running, Vec<Value>) {
    let all = [&["dev", "--output", "json"], arguments].concat();
    let mut process = Running(refhook(&all).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = Vec::new();
    let mut output = BufReader::new(process.0.stdout.take().unwrap()).lines();
    while lines.last().is_none_or(|line: &Value| line["kind"] != "page") {
        lines.push(serde_json::from_str(&output.next().unwrap().unwrap()).unwrap());
    }
    // A receiver without a reader of its output ends.
    std::thread::spawn(move || output.for_each(drop));
    (process, lines)
}

/// Sends these bytes to the authority of a URL, and returns the answer.
fn exchange(url: &str, request: &str) -> String {
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn made_secrets_are_kept_for_the_next_run_by_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dev.secrets");
    let arguments = ["--keep-secrets", file.to_str().unwrap()];
    let secrets = || {
        let (process, lines) = start(&arguments);
        drop(process);
        let of_endpoint =
            |line: &Value| Some((line["platform"].clone(), line["secret"].clone(), line["origin"].clone()));
        lines.iter().filter(|line| line["kind"] == "endpoint").filter_map(of_endpoint).collect::<Vec<_>>()
    };
    let first = secrets();
    assert!(first.len() > 5 && first.iter().all(|(_, _, origin)| origin == "kept"), "{first:?}");
    assert_eq!(secrets(), first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let Output { status, stderr, .. } =
            refhook(&["dev", "--keep-secrets", file.to_str().unwrap()]).output().unwrap();
        assert_eq!(status.code(), Some(1));
        assert!(text(&stderr).contains("other users") && text(&stderr).contains("chmod 600"), "{}", text(&stderr));
    }
}

#[test]
fn kept_secrets_send_a_delivery_which_is_complete_without_an_application() {
    let folder = tempfile::tempdir().unwrap();
    let [file, db] = ["dev.secrets", "dev.db"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let (process, lines) = start(&["--keep-secrets", &file, "--db", &db]);
    for (platform, event) in [("redpin", "REFERRAL_CREATED"), ("prefinery", "reward_earned")] {
        let endpoint = lines.iter().find(|line| line["platform"] == platform).unwrap();
        let sent =
            refhook(&["send", platform, event, "--to", endpoint["url"].as_str().unwrap(), "--secret-file", &file]);
        let sent = run(sent, b"");
        assert!(sent.status.success(), "{sent:?}");
    }
    let states = || {
        let list = run(refhook(&["inbox", "list", "--db", &db, "--output", "json"]), b"");
        let lines = text(&list.stdout).lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["kind"] == "entry").map(|line| line["state"].clone()).collect::<Vec<_>>()
    };
    let is_complete = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        states() == ["completed", "completed"]
    });
    assert!(is_complete, "{:?}", states());
    drop(process);
    let other = refhook(&["sign", "--scheme", "url-token", "--secret-file", &file, &db]);
    assert!(text(&run(other, b"").stderr).contains("has no secret of `url-token`"));
}

#[test]
fn a_given_secret_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redpin.secret");
    fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let named = format!("redpin={}", file.to_str().unwrap());
    let (process, lines) = start(&["--secret-file", &named]);
    drop(process);
    let redpin = lines.iter().find(|line| line["platform"] == "redpin").unwrap();
    assert_eq!((&redpin["secret"], &redpin["origin"]), (&Value::Null, &"given".into()));
    assert!(!lines.iter().any(|line| line.to_string().contains("MfKQ9r8GKYqr")));
    assert!(lines.iter().filter(|line| line["kind"] == "endpoint").count() > 5, "the others have made secrets");
}

#[test]
fn wrong_secrets_are_named_with_help() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (good, bad) = (write("good", b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), write("bad", b"whsec_???"));
    let (binary, missing) = (write("binary", b"\xff\xfe"), "no such file".to_owned());
    let unnamed = good.clone();
    let rows = [
        (vec!["--secret-file".to_owned(), unnamed], 2, "the platform of the secret"),
        (vec!["--secret-file".to_owned(), format!("redpin={bad}")], 1, "the secret of `redpin` cannot be used"),
        (vec!["--secret-file".to_owned(), format!("redpin={binary}")], 1, "not UTF-8"),
        (vec!["--secret-file".to_owned(), format!("redpin={missing}")], 1, "cannot read"),
        (vec!["--secret-file".to_owned(), format!("nobody={good}")], 2, "`nobody` has a secret and no endpoint"),
        (vec!["--platform".to_owned(), "nobody".to_owned()], 2, "unknown platform `nobody`"),
        (vec!["--forward".to_owned(), "localhost:3000".to_owned()], 2, "http://"),
        (vec!["--db".to_owned(), good.clone()], 1, "cannot open the inbox"),
    ];
    for (arguments, code, cause) in rows {
        let arguments: Vec<&str> = ["dev"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
        let Output { status, stderr, .. } = refhook(&arguments).output().unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {}", text(&stderr));
        assert!(text(&stderr).contains(cause), "{arguments:?}: {}", text(&stderr));
        assert!(!text(&stderr).contains("MfKQ9r8GKYqr"), "no secret is quoted");
    }
}

#[test]
fn the_page_is_shown_to_everyone_with_its_link() {
    let (process, lines) = start(&["--platform", "redpin"]);
    let url = lines.last().unwrap()["url"].as_str().unwrap().to_owned();
    let path = &url[url.find("/?").unwrap()..];
    let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let get = |path: &str| exchange(&url, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"));
    let (with, without) = (get(path), get("/"));
    assert!(with.starts_with("HTTP/1.1 2") || with.starts_with("HTTP/1.1 3"), "{with}");
    assert!(!without.starts_with("HTTP/1.1 2"), "{without}");
    drop(process);
}

#[test]
fn the_page_explains_a_refused_request_as_the_doctor_does() {
    let (process, lines) = start(&["--platform", "genius-referrals"]);
    let (endpoint, page) = (&lines[0], lines.last().unwrap()["url"].as_str().unwrap());
    let genius = Endpoint::<GeniusReferrals>::new(endpoint["secret"].as_str().unwrap()).unwrap();
    let signed = genius.sign(&Message::new(r#"{"name":"Robin"}"#, OffsetDateTime::UNIX_EPOCH)).unwrap();
    let url = endpoint["url"].as_str().unwrap();
    let mut request = ureq::post(url).config().http_status_as_error(false).build();
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    // A proxy that ends the body with a line feed.
    let changed = [&signed.body()[..], b"\n"].concat();
    assert_eq!(request.send(&changed[..]).unwrap().status().as_u16(), 401);

    let (origin, _) = page.split_once("/?").unwrap();
    let visit = ureq::get(page).config().max_redirects(0).build().call().unwrap();
    let cookie = visit.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let read =
        |url: &str| ureq::get(url).header("cookie", &cookie).call().unwrap().into_body().read_to_string().unwrap();
    // It is kept after the answer.
    let link = (0..100).find_map(|_| {
        let list = read(&format!("{origin}/refused"));
        let link = list.split('"').find(|text| text.starts_with("/refused/genius-referrals/")).map(str::to_owned);
        if link.is_none() {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        link
    });
    let link = link.expect("the page lists the request");
    let explained = read(&format!("{origin}{link}"));
    assert!(explained.contains("body-line-end: a line end was appended to the body"), "{explained}");
    drop(process);
}

#[test]
fn http_2_without_tls_is_served_for_tunnels() {
    let (process, lines) = start(&["--platform", "redpin"]);
    let url = lines[0]["url"].as_str().unwrap();
    // The preface of a client and empty settings, after which the server sends its own.
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(head[3], 4, "a frame of settings: {head:?}");
    drop(process);
}

#[test]
fn a_tunnel_keeps_its_host() {
    let (process, lines) = start(&["--platform", "redpin"]);
    let url = lines[0]["url"].as_str().unwrap();
    for host in ["quick-fox.tunnel.example", "1.2.3.4:443", "[::1]"] {
        let request = format!(
            "POST /hooks/redpin HTTP/1.1\r\nhost: {host}\r\nx-forwarded-proto: https\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
        );
        let answer = exchange(url, &request);
        assert!(answer.starts_with("HTTP/1.1 40"), "it is refused for its proof alone: {answer}");
    }
    drop(process);
}

#[test]
fn a_hostile_delivery_sends_no_escape_sequence_to_the_terminal() {
    let mut process = Running(refhook(&["dev", "--platform", "redpin"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(process.0.stdout.take().unwrap());
    let mut shown = String::new();
    while !shown.contains("receiving until Ctrl-C") {
        assert!(lines.read_line(&mut shown).unwrap() > 0, "{shown}");
    }
    let url = shown.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    for target in ["/hooks/redpin/\u{9b}31m", "/\u{1b}[2J", "/hooks/%1b%5b2J", "/\u{202e}gpj"] {
        exchange(&url, &format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"));
    }
    let hostile = "POST /hooks/redpin HTTP/1.1\r\nhost: a\r\nsvix-id: \u{9b}31m\r\nsvix-timestamp: \u{1b}]0;x\u{7}\r\n\
                   svix-signature: v1,\u{202e}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    exchange(&url, hostile);
    exchange(&url, "GET /hooks/last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let mut last = String::new();
    while !last.contains("/hooks/last") {
        last.clear();
        assert!(lines.read_line(&mut last).unwrap() > 0, "{shown}");
        shown.push_str(&last);
    }
    let is_steering = |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
    assert!(!shown.contains(is_steering), "{shown:?}");
    drop(process);
}
