//! `refhook dev --forward`: an application that is down, and a receiver that is killed.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{Endpoint, Message};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::refhook;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The longest wait for a line or a request. A lease of a killed run is a part of it.
const PATIENCE: Duration = Duration::from_secs(40);

/// A running receiver of Redpin's deliveries.
struct Dev {
    process: Child,
    lines: Receiver<Value>,
    seen: VecDeque<Value>,
    url: String,
}

impl Dev {
    /// Starts with the secret of the tests.
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let secret = folder.join("redpin.secret");
        fs::write(&secret, format!("{SECRET}\n")).unwrap();
        let secret = secret.to_str().unwrap().to_owned();
        let mut all = vec!["dev", "--output", "json", "--platform", "redpin", "--secret-file", &secret];
        all.extend(arguments);
        let mut process = refhook(&all).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines() {
                let _ = sender.send(serde_json::from_str(&line.unwrap()).unwrap());
            }
        });
        let mut dev = Self { process, lines, seen: VecDeque::new(), url: String::new() };
        dev.url = dev.next("endpoint")["url"].as_str().unwrap().to_owned();
        dev
    }

    /// Returns the next line of this kind. Lines of other kinds stay.
    fn next(&mut self, kind: &str) -> Value {
        if let Some(position) = self.seen.iter().position(|line| line["kind"] == kind) {
            return self.seen.remove(position).unwrap();
        }
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no {kind}: {error}"));
            if line["kind"] == kind {
                return line;
            }
            self.seen.push_back(line);
        }
    }

    /// Sends a genuine delivery with further headers, and returns the status.
    fn receive(&self, id: &str, body: &str) -> u16 {
        let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
        let message = Message::new(body, now).id(id).uri(self.url.parse().unwrap());
        let (parts, body) = endpoint.sign(&message).unwrap().into_parts();
        let mut request = ureq::post(parts.uri).config().http_status_as_error(false).build();
        for (name, value) in &parts.headers {
            request = request.header(name, value);
        }
        let request = request.header("Host", "quick-fox.tunnel.example").header("X-Forwarded-For", "192.0.2.7");
        request.header("X-Twice", "1").header("X-Twice", "2").send(&body[..]).unwrap().status().as_u16()
    }

    fn interrupt(&self) {
        let killed = std::process::Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }

    fn ended(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A request as the application got it.
#[derive(Debug)]
struct Got {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// An application on a port that answers with these statuses, the last one for all others.
fn application(listener: TcpListener, statuses: &'static [u16]) -> Receiver<Got> {
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let Some(got) = read(&mut stream) else { continue };
            let status = statuses.get(number).or(statuses.last()).unwrap();
            let answer = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
            if sender.send(got).is_err() {
                return;
            }
        }
    });
    requests
}

fn read(stream: &mut TcpStream) -> Option<Got> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Got { line: line.trim_end().to_owned(), headers, body: String::from_utf8(body).ok()? })
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

const CREATED: &str = "{ \"event_name\": \"REFERRAL_CREATED\",\r\n\t\"status\":\"CREATED\" }";

#[test]
fn a_delivery_is_forwarded_with_its_bytes_and_headers() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = application(listener, &[204]);
    let mut dev = Dev::start(folder.path(), &["--forward", &format!("http://127.0.0.1:{port}/in/{{platform}}?a=b")]);
    assert_eq!(dev.receive("msg_1", CREATED), 200);
    let got = requests.recv_timeout(PATIENCE).unwrap();
    assert_eq!((got.line.as_str(), got.body.as_str()), ("POST /in/redpin?a=b HTTP/1.1", CREATED));
    assert_eq!(got.header("svix-id"), ["msg_1"]);
    assert_eq!(got.header("x-forwarded-for"), ["192.0.2.7"]);
    assert_eq!(got.header("x-twice"), ["1", "2"]);
    assert_eq!(got.header("host"), [format!("127.0.0.1:{port}")], "the host is that of the application");
    let signed = got.headers.iter().fold(http::Request::post("/in"), |all, (name, value)| all.header(name, value));
    let signed = signed.body(got.body.clone()).unwrap();
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    assert!(endpoint.receive(&signed, OffsetDateTime::now_utc()).is_ok(), "the application can verify it");
    let line = dev.next("forward");
    let members = ["platform", "event", "id", "attempt", "status", "outcome"].map(|member| line[member].clone());
    let want = [json!("redpin"), json!("REFERRAL_CREATED"), json!("msg_1"), json!(1), json!(204), json!("delivered")];
    assert_eq!(members, want);
    assert_eq!(dev.receive("msg_1", CREATED), 200);
    assert_eq!(dev.next("delivery")["verdict"], "accepted");
    assert_eq!(dev.next("delivery")["verdict"], "repeated");
    let again = requests.recv_timeout(Duration::from_millis(700));
    assert!(matches!(again, Err(RecvTimeoutError::Timeout)), "a repeat is not forwarded: {again:?}");
    dev.interrupt();
    assert_eq!(dev.ended().code(), Some(0));
}

#[test]
fn deliveries_wait_for_an_application_that_is_down_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut dev = Dev::start(folder.path(), &["--forward", &format!("http://127.0.0.1:{port}/in")]);
    for number in 0..5 {
        assert_eq!(dev.receive(&format!("msg_{number}"), CREATED), 200, "the platform is not told");
    }
    let line = dev.next("forward");
    assert_eq!((&line["outcome"], &line["status"]), (&json!("retry"), &Value::Null), "{line}");
    let requests = application(TcpListener::bind(("127.0.0.1", port)).unwrap(), &[503, 200]);
    let ids: Vec<String> =
        (0..6).map(|_| requests.recv_timeout(PATIENCE).unwrap().header("svix-id")[0].to_owned()).collect();
    assert_eq!(
        ids,
        ["msg_0", "msg_0", "msg_1", "msg_2", "msg_3", "msg_4"],
        "an error is answered with another attempt"
    );
}

#[test]
fn a_killed_receiver_forwards_what_it_had_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (port, db) = (free_port(), folder.path().join("dev.db"));
    let to = format!("http://127.0.0.1:{port}/in");
    let arguments = ["--forward", &to, "--db", db.to_str().unwrap()];
    let mut dev = Dev::start(folder.path(), &arguments);
    for number in 0..3 {
        assert_eq!(dev.receive(&format!("msg_{number}"), CREATED), 200);
    }
    assert_eq!(dev.next("forward")["outcome"], "retry");
    dev.process.kill().unwrap();
    dev.ended();
    let requests = application(TcpListener::bind(("127.0.0.1", port)).unwrap(), &[200]);
    let mut dev = Dev::start(folder.path(), &arguments);
    for number in 0..3 {
        let got = requests.recv_timeout(PATIENCE).unwrap();
        assert_eq!(got.header("svix-id"), [format!("msg_{number}")]);
        assert_eq!(
            (got.header("x-twice"), got.body.as_str()),
            (vec!["1", "2"], CREATED),
            "not only the stored headers"
        );
        assert_eq!(dev.next("forward")["outcome"], "delivered");
    }
    assert_eq!(dev.receive("msg_0", CREATED), 200);
    assert_eq!(dev.next("delivery")["verdict"], "repeated", "the ids are known after a restart");
    dev.interrupt();
    assert_eq!(dev.ended().code(), Some(0));
}

#[test]
fn an_application_that_refuses_does_not_stop_the_next_delivery() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/in", listener.local_addr().unwrap());
    let requests = application(listener, &[404, 302, 200]);
    let mut dev = Dev::start(folder.path(), &["--forward", &to]);
    for (id, outcome) in [("msg_0", "given-up"), ("msg_1", "given-up"), ("msg_2", "delivered")] {
        assert_eq!(dev.receive(id, CREATED), 200);
        assert_eq!(requests.recv_timeout(PATIENCE).unwrap().header("svix-id"), [id]);
        let line = dev.next("forward");
        assert_eq!((&line["id"], &line["outcome"]), (&json!(id), &json!(outcome)), "{line}");
    }
    assert_eq!(dev.receive("msg_0", "{\"event_name\":\"OTHER\"}"), 200);
    let verdicts: Vec<Value> = (0..4).map(|_| dev.next("delivery")["verdict"].clone()).collect();
    assert_eq!(verdicts, ["accepted", "accepted", "accepted", "conflict"]);
}

#[test]
fn an_interrupted_receiver_forwards_what_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/in", listener.local_addr().unwrap());
    let mut dev = Dev::start(folder.path(), &["--forward", &to]);
    for number in 0..3 {
        assert_eq!(dev.receive(&format!("msg_{number}"), CREATED), 200);
    }
    // The application has not accepted a connection yet.
    dev.interrupt();
    let requests = application(listener, &[200]);
    for number in 0..3 {
        assert_eq!(requests.recv_timeout(PATIENCE).unwrap().header("svix-id"), [format!("msg_{number}")]);
    }
    assert_eq!(dev.ended().code(), Some(0));
}
