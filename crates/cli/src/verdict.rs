//! Verdicts on requests.

use std::io::{self, Write as _};

use referral_webhooks::{Error, ErrorKind, Trust, Variant};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::note::help;
use crate::output::Output;
use crate::terminal::{self, BOLD, DIM, GREEN, RED, printable};

/// The verdict on a request.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    Accepted(Receipt),
    Refused(Error),
}

/// The proven facts of a request.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) event: Option<String>,
    /// Why the event is `Other`.
    pub(crate) unread: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) trust: Trust,
    /// The position of the matching secret.
    pub(crate) secret: usize,
    pub(crate) variant: Variant,
    pub(crate) signed_at: Option<OffsetDateTime>,
}

impl Verdict {
    /// Returns the verdict on a request whose body is incomplete, from the check of its head.
    pub(crate) fn cut_off(head: Result<(), Error>) -> Self {
        Self::Refused(head.err().unwrap_or_else(|| ErrorKind::BodyIncomplete.into()))
    }

    /// Whether an endpoint would accept the request.
    pub(crate) const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// Returns the reason of a refusal as one word.
    pub(crate) const fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Accepted(_) => None,
            Self::Refused(error) => Some(error.kind().as_str()),
        }
    }

    /// Returns the verdict for scripts.
    pub(crate) fn object(&self) -> Value {
        let (receipt, reason) = match self {
            Self::Accepted(receipt) => (Some(receipt), receipt.unread.clone()),
            Self::Refused(error) => (None, Some(error.to_string())),
        };
        json!({
            "accepted": self.is_accepted(),
            "kind": self.kind(),
            "event": receipt.and_then(|receipt| receipt.event.as_ref()),
            "id": receipt.and_then(|receipt| receipt.id.as_ref()),
            "reason": reason,
            "trust": receipt.map(|receipt| receipt.trust.as_str()),
            "secret": receipt.map(|receipt| receipt.secret),
            "variant": receipt.map(|receipt| receipt.variant.as_str()),
            "signed_at": receipt.and_then(|receipt| receipt.signed_at).map(OffsetDateTime::unix_timestamp),
        })
    }

    /// Prints the verdict to standard output, and advice for people to standard error.
    pub(crate) fn print(&self, output: Output) -> io::Result<()> {
        let mut out = anstream::stdout();
        match (output, self) {
            (Output::Json, _) => writeln!(out, "{}", terminal::json_line(&self.object()))?,
            (Output::Text, Self::Accepted(receipt)) => receipt.print(&mut out)?,
            (Output::Text, Self::Refused(error)) => {
                writeln!(out, "{RED}✗ refused{RED:#}: {}", printable(&error.to_string()))?;
                help(error.advice());
            }
        }
        out.flush()
    }
}

impl Receipt {
    fn print(&self, out: &mut impl io::Write) -> io::Result<()> {
        let shown = |text: &Option<String>| printable(text.as_deref().unwrap_or("-"));
        writeln!(out, "{GREEN}✓ accepted{GREEN:#}: {BOLD}{}{BOLD:#}", shown(&self.event))?;
        writeln!(out, "  {DIM}id{DIM:#}     {}", shown(&self.id))?;
        let (trust, variant) = (self.trust.as_str(), self.variant.as_str());
        let age = if self.secret == 0 { "the current one" } else { "a previous one" };
        writeln!(out, "  {DIM}proof{DIM:#}  {trust} ({variant}), secret {}, {age}", self.secret)?;
        if let Some(signed_at) = self.signed_at {
            writeln!(out, "  {DIM}signed{DIM:#} {}", signed_at.unix_timestamp())?;
        }
        if let Some(why) = &self.unread {
            writeln!(out, "  {DIM}other{DIM:#}  {}", printable(why))?;
        }
        Ok(())
    }
}
