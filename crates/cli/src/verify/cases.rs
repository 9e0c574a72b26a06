//! `refhook verify --cases`: verdicts on many requests.

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::ValueEnum as _;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use referral_webhooks::Tolerance;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use crate::failure::{Failure, Outcome, REFUSED};
use crate::message::{self, Incoming};
use crate::note::note;
use crate::progress::Progress;
use crate::scheme::{SchemeName, Settings};
use crate::sender::{Question, Sender};
use crate::source::Source;
use crate::terminal;
use crate::verdict::Verdict;

/// The maximum length of a file of cases, in bytes.
const MOST: usize = 512 * 1024 * 1024;

/// A request with everything that its verdict depends on.
#[derive(Deserialize)]
struct Case {
    platform: Option<String>,
    scheme: Option<String>,
    #[serde(flatten)]
    settings: Settings,
    secrets: Vec<String>,
    method: Option<String>,
    uri: Option<String>,
    headers: Vec<(String, String)>,
    body_base64: String,
    now_unix: i64,
    tolerance_s: Option<u64>,
}

/// The parts of a case that change no verdict.
#[derive(Default, Deserialize)]
struct Named {
    name: Option<Value>,
    expect: Option<Expectation>,
}

/// The expected verdict. All other members of an expectation are for servers.
#[derive(Deserialize)]
struct Expectation {
    accepted: bool,
    kind: Option<String>,
}

/// The output line of a case.
#[derive(Serialize)]
struct Line {
    name: Option<Value>,
    accepted: bool,
    kind: Option<&'static str>,
    event: Option<String>,
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whether the verdict is the expected one. Absent if the case expects none.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_expected: Option<bool>,
}

/// The reason for which a case has no verdict, as one word and as a sentence.
type Unjudged = (&'static str, String);

/// Judges every case of a file, and prints each line at once.
pub(super) fn run(source: &Source) -> Outcome {
    let text = source.read(MOST)?;
    let cases: Vec<&RawValue> = serde_json::from_slice(&text).map_err(|error| {
        Failure::new(format!("{source} is not a JSON array: {error}"), "`refhook verify --help` shows a case's members")
    })?;
    let progress = Progress::beside_output("verifying", cases.len() as u64);
    let mut out = BufWriter::new(io::stdout().lock());
    let mut unexpected = 0_usize;
    for (number, case) in (1..).zip(&cases) {
        let line = Line::new(case.get());
        // Without an expectation, a case should be accepted.
        unexpected += usize::from(!line.as_expected.unwrap_or(line.accepted));
        writeln!(out, "{}", terminal::json_line(&line))?;
        progress.at(number);
    }
    out.flush()?;
    drop(progress);
    if unexpected == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    note(format_args!("{unexpected} of {} cases have another verdict than expected", cases.len()));
    Ok(ExitCode::from(REFUSED))
}

impl Line {
    fn new(text: &str) -> Self {
        let Named { name, expect } = serde_json::from_str(text).unwrap_or_default();
        let refused = |kind, reason| Self {
            name: name.clone(),
            accepted: false,
            kind,
            event: None,
            id: None,
            reason,
            as_expected: None,
        };
        let line = match judge(text) {
            Ok(Verdict::Accepted(receipt)) => {
                Self { accepted: true, event: receipt.event, id: receipt.id, ..refused(None, None) }
            }
            Ok(Verdict::Refused(error)) => refused(Some(error.kind().as_str()), Some(error.to_string())),
            Err((kind, reason)) => refused(Some(kind), Some(reason)),
        };
        let is_met = |expect: Expectation| {
            expect.accepted == line.accepted && expect.kind.is_none_or(|kind| Some(&*kind) == line.kind)
        };
        Self { as_expected: expect.map(is_met), ..line }
    }
}

fn judge(text: &str) -> Result<Verdict, Unjudged> {
    let malformed = |reason: String| ("case", reason);
    let case: Case = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    let sender = case.sender().map_err(malformed)?;
    let body = STANDARD.decode(&case.body_base64).map_err(|error| malformed(format!("`body_base64`: {error}")))?;
    if body.len() > message::MOST {
        return Err(malformed(format!("the body has more than {} bytes", message::MOST)));
    }
    let now = OffsetDateTime::from_unix_timestamp(case.now_unix);
    let now = now.map_err(|_| malformed("`now_unix` is outside the calendar".to_owned()))?;
    if case.secrets.is_empty() {
        return Err(malformed("`secrets` is empty".to_owned()));
    }
    let secrets: Vec<&str> = case.secrets.iter().map(String::as_str).collect();
    let incoming = Incoming::from(case.request(body.into()).map_err(|reason| ("request", reason))?);
    let tolerance = case.tolerance_s.map(Tolerance::seconds);
    let question = Question { secrets: &secrets, tolerance, incoming: &incoming, now };
    sender.judge(&question).map_err(|error| ("config", error.to_string()))
}

impl Case {
    fn sender(&self) -> Result<Sender, String> {
        match (&self.platform, &self.scheme) {
            (Some(platform), None) if self.settings.is_empty() => Sender::platform(platform),
            (None, Some(name)) => Sender::scheme(SchemeName::from_str(name, false)?, &self.settings),
            (Some(_), None) => Err("settings such as `header` belong to `scheme`".to_owned()),
            _ => Err("either `platform` or `scheme` must be given".to_owned()),
        }
    }

    fn request(&self, body: Bytes) -> Result<Request<Bytes>, String> {
        let mut request = Request::new(body);
        let method = self.method.as_deref().unwrap_or("POST");
        *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|error| format!("`method`: {error}"))?;
        let uri = self.uri.as_deref().unwrap_or("/");
        *request.uri_mut() = uri.parse::<Uri>().map_err(|error| format!("`uri`: {error}"))?;
        for (name, value) in &self.headers {
            let wrong = |what| format!("header `{}`: {what}", name.escape_debug());
            let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("not a header's name"))?;
            let bytes: Option<Vec<u8>> = value.chars().map(|character| u8::try_from(character).ok()).collect();
            let bytes = bytes.ok_or_else(|| wrong("a character is not in ISO-8859-1"))?;
            let value = HeaderValue::from_bytes(&bytes).map_err(|_| wrong("a control character"))?;
            let appended = request.headers_mut().try_append(parsed, value);
            appended.map_err(|_| wrong("more headers than a request can have"))?;
        }
        Ok(request)
    }
}
