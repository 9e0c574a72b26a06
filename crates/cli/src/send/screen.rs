//! The output of `refhook send`, for people or for scripts.

use std::io::{self, Write as _};
use std::time::Duration;

use http::Uri;
use serde_json::json;
use time::OffsetDateTime;

use crate::client::Answer;
use crate::output::Output;
use crate::reading::{Kind, Reading};
use crate::sender::date;
use crate::terminal::{self, DIM, GREEN, RED, YELLOW, printable};

/// The sender, the event and the receiver of a series of deliveries.
pub(super) struct Series<'s> {
    pub(super) sender: &'s str,
    pub(super) event: Option<&'s str>,
    /// The URL without its query, which may hold a secret.
    pub(super) url: String,
    pub(super) output: Output,
}

/// An attempt, its answer and the platform's reading of it.
pub(super) struct Sent {
    pub(super) number: u32,
    pub(super) sent_at: OffsetDateTime,
    pub(super) answer: Answer,
    pub(super) took: Duration,
    pub(super) reading: Reading,
}

impl Series<'_> {
    /// Prints an attempt.
    pub(super) fn print(&self, sent: &Sent) -> io::Result<()> {
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => writeln!(out, "{}", terminal::json_line(&self.object(sent)))?,
            Output::Text => writeln!(out, "{}", self.line(sent))?,
        }
        out.flush()
    }

    fn line(&self, sent: &Sent) -> String {
        let kind = sent.reading.kind;
        let (mark, style) = match kind {
            Kind::Accepted | Kind::Yes => ('✓', GREEN),
            Kind::RetriedAfter(_) | Kind::RetriedSometime | Kind::No => ('=', YELLOW),
            Kind::Lost | Kind::Forbidden => ('✗', RED),
        };
        let status = status(&sent.answer).map_or_else(|| "-".to_owned(), |status| status.to_string());
        let event = printable(self.event.unwrap_or("-"));
        let took = sent.took.as_secs_f64() * 1000.0;
        let again = kind.retried_at(sent.sent_at).map(|at| format!(" at {}Z", date(at))).unwrap_or_default();
        let note = sent.reading.note.as_deref().map(|note| format!(": {}", printable(note))).unwrap_or_default();
        let (sender, url) = (self.sender, printable(&self.url));
        format!(
            "{style}{mark}{style:#} {sender}  {event}  {DIM}{url}{DIM:#}  {status}  {took:.2} ms  {style}{}{style:#}{again}{note}",
            kind.as_str(),
        )
    }

    fn object(&self, sent: &Sent) -> serde_json::Value {
        let kind = sent.reading.kind;
        json!({
            "kind": "sent",
            "number": sent.number,
            "sent_at": sent.sent_at.unix_timestamp(),
            "platform": self.sender,
            "event": self.event,
            "url": self.url,
            "status": status(&sent.answer),
            "microseconds": u64::try_from(sent.took.as_micros()).unwrap_or(u64::MAX),
            "reading": kind.as_str(),
            "accepted": kind.is_accepted(),
            "retried_at": kind.retried_at(sent.sent_at).map(OffsetDateTime::unix_timestamp),
            "note": sent.reading.note,
        })
    }
}

fn status(answer: &Answer) -> Option<u16> {
    match answer {
        Answer::Status(status) => Some(status.as_u16()),
        Answer::Late(_) | Answer::Unreachable(_) => None,
    }
}

/// Returns the URL without user, query and secrets.
pub(crate) fn shown(url: &Uri, secrets: &[&str]) -> String {
    let host = url.host().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let place = format!("{}://{host}{port}{}", url.scheme_str().unwrap_or("http"), url.path());
    secrets.iter().filter(|secret| !secret.is_empty()).fold(place, |place, secret| place.replace(secret, "***"))
}
