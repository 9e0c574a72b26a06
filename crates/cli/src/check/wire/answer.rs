//! The outcome of an exchange.

use std::time::Duration;

use http::StatusCode;

/// An answer to a request, or its absence.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) came: Came,
    /// The time from the end of the request to the answer.
    pub(crate) took: Duration,
    /// Whether the answer came before the end of the request was sent.
    pub(crate) was_early: bool,
}

/// The reaction of the endpoint.
#[derive(Debug, Clone)]
pub(crate) enum Came {
    Answer(Answer),
    Nothing(Gap),
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The target of a redirection, without its query.
    pub(crate) location: Option<String>,
    /// Whether the endpoint announced that it closes the connection.
    pub(crate) closes: bool,
    /// The head and the first bytes of the body.
    pub(crate) text: Vec<u8>,
}

/// The reason for which there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The connection ended before an answer.
    Closed,
    /// The wait ended after this time.
    Late(Duration),
    /// No connection could be made.
    Unreachable(String),
    /// The answer is not HTTP/1.
    NotHttp(&'static str),
}

impl Exchange {
    /// Returns an exchange that failed before the request was sent.
    pub(crate) const fn nothing(gap: Gap) -> Self {
        Self { came: Came::Nothing(gap), took: Duration::ZERO, was_early: false }
    }

    /// Returns the status, if there is an answer.
    pub(crate) const fn status(&self) -> Option<StatusCode> {
        match &self.came {
            Came::Answer(answer) => Some(answer.status),
            Came::Nothing(_) => None,
        }
    }

    /// Whether the connection ended before an answer.
    pub(crate) fn was_closed(&self) -> bool {
        matches!(self.came, Came::Nothing(Gap::Closed))
    }

    /// Returns the outcome in a few words, such as `200 in 1.3 ms`.
    pub(crate) fn in_words(&self) -> String {
        match &self.came {
            Came::Answer(answer) if self.was_early => format!("{} before the end", answer.status.as_u16()),
            Came::Answer(answer) => format!("{} in {}", answer.status.as_u16(), span(self.took)),
            Came::Nothing(Gap::Closed) => "closed without an answer".to_owned(),
            Came::Nothing(Gap::Late(limit)) => format!("no answer in {}", span(*limit)),
            Came::Nothing(Gap::Unreachable(_)) => "no connection".to_owned(),
            Came::Nothing(Gap::NotHttp(_)) => "not HTTP".to_owned(),
        }
    }

    /// Returns the outcome in fewer words: the status, or `-`.
    pub(crate) fn in_short(&self) -> String {
        match &self.came {
            Came::Answer(answer) => answer.status.as_u16().to_string(),
            Came::Nothing(Gap::Closed) => "closed".to_owned(),
            Came::Nothing(_) => "-".to_owned(),
        }
    }
}

/// Writes a duration in seconds, or in milliseconds below one second.
pub(crate) fn span(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 1000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        let seconds = format!("{:.1}", time.as_secs_f64());
        format!("{} s", seconds.strip_suffix(".0").unwrap_or(&seconds))
    }
}
