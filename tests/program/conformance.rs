//! The conformance pack for the tests of every door: its cases, and the answers of the doors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde::Deserialize;
use serde_json::Value;

/// One case, with the members that `fixtures/conformance/README.md` describes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the format is described where it is written")]
pub struct Case {
    pub name: String,
    pub source: String,
    pub platform: Option<String>,
    pub scheme: Option<String>,
    pub header: Option<String>,
    pub secrets: Vec<String>,
    pub method: Option<String>,
    pub uri: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body_base64: String,
    pub now_unix: i64,
    pub tolerance_s: Option<u64>,
    pub http: Option<String>,
    pub expect: Expect,
}

/// The expected result of a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the format is described where it is written")]
pub struct Expect {
    pub accepted: bool,
    pub kind: Option<String>,
    pub status: Option<u16>,
    pub event: Option<String>,
    pub id: Option<String>,
}

/// The framing of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`.
    Length,
    /// Chunked transfer: the first byte, then the rest.
    Chunks,
}

/// Returns the cases of one file.
#[must_use]
pub fn read(name: &str, text: &str) -> Vec<Case> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("fixtures/conformance/{name}.json: {error}"))
}

/// Returns all cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    referral_webhooks_fixtures::conformance().flat_map(|(name, text)| read(name, text)).collect()
}

impl Case {
    /// Returns whether a server refuses the request before any endpoint sees it.
    #[must_use]
    pub fn is_refused_by_http(&self) -> bool {
        self.http.as_deref() == Some("refused")
    }

    /// Returns whether an endpoint accepts these secrets.
    #[must_use]
    pub fn can_be_set_up(&self) -> bool {
        self.expect.kind.as_deref() != Some("config")
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> Bytes {
        STANDARD.decode(&self.body_base64).unwrap_or_else(|error| panic!("{}: {error}", self.name)).into()
    }

    /// Returns the request, if it is a valid one.
    #[must_use]
    pub fn request(&self) -> Option<Request<Bytes>> {
        let mut request = Request::new(self.body());
        *request.method_mut() = Method::from_bytes(self.method().as_bytes()).ok()?;
        *request.uri_mut() = self.target().parse::<Uri>().ok()?;
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(&latin(value)?).ok()?;
            request.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
        }
        Some(request)
    }

    /// Returns the request as on the wire: every header unchanged, and the headers that every server requires.
    #[must_use]
    pub fn wire(&self, framing: Framing) -> Vec<u8> {
        let body = self.body();
        let mut wire = format!("{} {} HTTP/1.1\r\nHost: localhost\r\n", self.method(), self.target()).into_bytes();
        for (name, value) in &self.headers {
            // Headers beyond ISO-8859-1 occur only in cases that run without a server.
            let value = latin(value).unwrap_or_default();
            wire.extend([latin(name).unwrap_or_default(), value].join(&b": "[..]));
            wire.extend_from_slice(b"\r\n");
        }
        match framing {
            Framing::Length => {
                wire.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
                wire.extend_from_slice(&body);
            }
            Framing::Chunks => {
                wire.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                let (first, rest) = body.split_at(body.len().min(1));
                for chunk in [first, rest].into_iter().filter(|chunk| !chunk.is_empty()) {
                    wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(b"0\r\n\r\n");
            }
        }
        wire
    }

    fn method(&self) -> &str {
        self.method.as_deref().unwrap_or("POST")
    }

    fn target(&self) -> &str {
        self.uri.as_deref().unwrap_or("/")
    }
}

/// Converts each character to one byte.
fn latin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|character| u8::try_from(character).ok()).collect()
}

/// The answers of doors to cases: for each the members of [`Expect`] that the door reports, as a JSON object.
#[derive(Debug, Default)]
pub struct Report {
    answers: BTreeMap<String, Vec<(&'static str, Value)>>,
    left_out: BTreeMap<(&'static str, &'static str), usize>,
}

impl Report {
    /// A door's answer to a case.
    pub fn answered(&mut self, door: &'static str, case: &Case, answer: Value) {
        self.answers.entry(case.name.clone()).or_default().push((door, answer));
    }

    /// Skips a case that does not apply to a door.
    pub fn left_out(&mut self, door: &'static str, reason: &'static str) {
        *self.left_out.entry((door, reason)).or_default() += 1;
    }

    /// Merges two reports.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (case, answers) in other.answers {
            self.answers.entry(case).or_default().extend(answers);
        }
        for (place, number) in other.left_out {
            *self.left_out.entry(place).or_default() += number;
        }
        self
    }

    /// Returns how many cases a door answered.
    #[must_use]
    pub fn number(&self, door: &str) -> usize {
        self.answers.values().flatten().filter(|(answering, _)| *answering == door).count()
    }

    /// Returns the doors that answered, sorted by name.
    #[must_use]
    pub fn doors(&self) -> BTreeSet<&'static str> {
        self.answers.values().flatten().map(|(door, _)| *door).collect()
    }

    /// Returns the doors, each with the number of its cases and of the skipped ones.
    #[must_use]
    pub fn counts(&self) -> String {
        let mut counts = String::new();
        for door in self.doors() {
            let _ = write!(counts, "{door}: {} answered", self.number(door));
            for ((_, reason), number) in self.left_out.iter().filter(|((at, _), _)| *at == door) {
                let _ = write!(counts, ", {number} not asked ({reason})");
            }
            counts.push('\n');
        }
        counts
    }

    /// Fails if the answer of a door differs from a case, and lists every such case with all answers and their doors.
    ///
    /// # Panics
    ///
    /// If a door differs from a case, and so from another door.
    #[track_caller]
    pub fn assert_equal_to(&self, cases: &[Case]) {
        let differences: Vec<String> = cases.iter().filter_map(|case| self.difference(case)).collect();
        assert!(differences.is_empty(), "{} cases differ:\n{}", differences.len(), differences.concat());
    }

    fn difference(&self, case: &Case) -> Option<String> {
        let answers = self.answers.get(&case.name)?;
        if answers.iter().all(|(_, answer)| says_the_same(answer, &case.expect)) {
            return None;
        }
        let mut difference = format!("{}: expected {:?}\n", case.name, case.expect);
        for (door, answer) in answers {
            let verdict = if says_the_same(answer, &case.expect) { "agrees" } else { "DIFFERS" };
            let _ = writeln!(difference, "  {door} {verdict}: {answer}");
        }
        Some(difference)
    }
}

/// Returns whether an answer contains the verdict and all other members match the expected ones.
fn says_the_same(answer: &Value, expect: &Expect) -> bool {
    let members = answer.as_object().expect("an answer is an object");
    members.contains_key("accepted")
        && members.iter().all(|(name, value)| match name.as_str() {
            "accepted" => *value == expect.accepted,
            "kind" => value.as_str() == expect.kind.as_deref(),
            "status" => *value == Value::from(expect.status),
            "event" => value.as_str() == expect.event.as_deref(),
            "id" => value.as_str() == expect.id.as_deref(),
            _ => false,
        })
}
