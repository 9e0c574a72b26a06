//! The explanation of a refusal.

use std::io;

use referral_webhooks::ErrorKind;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::accident::Accident;
use super::examined::Examined;
use super::fit::Fit;
use super::search::{Searched, search};
use super::suspicion::suspicions;
use crate::inquiry::Inquiry;
use crate::message::Incoming;
use crate::secret::RawSecret;
use crate::sender::Sender;
use crate::terminal::{DIM, GREEN, RED, YELLOW, printable};
use crate::verdict::Verdict;

/// The explanation of a refusal: proven accidents, or else suspected ones.
pub(crate) struct Explanation {
    pub(super) examined: Examined,
    pub(super) fit: Option<Fit>,
    /// Accidents with signs and without a proof.
    suspected: Vec<Accident>,
    /// Whether every accident and every pair of them was tried.
    is_complete: bool,
    /// The conclusion, unless accidents explain the refusal.
    conclusion: Option<String>,
    hint: Option<&'static str>,
}

/// Explains the refusal of a stored request. `now` is the time at which it came.
pub(super) fn explain(sender: Sender, secrets: Vec<RawSecret>, request: Incoming, now: OffsetDateTime) -> Explanation {
    Explanation::of(&Inquiry { sender, secrets, incoming: request, now, tolerance: None })
}

impl Explanation {
    /// Examines a request.
    pub(super) fn of(inquiry: &Inquiry) -> Self {
        let examined = Examined::new(inquiry);
        let Searched { fit, is_complete } = search(inquiry);
        let suspected = if fit.is_some() { Vec::new() } else { suspicions(inquiry, &examined) };
        let conclusion = match &fit {
            None => Some(why_nothing(&examined, is_complete)),
            Some(fit) if fit.accidents().next().is_none() => Some(nothing_wrong(inquiry, &examined)),
            Some(_) => None,
        };
        let hint = inquiry.sender.hint.filter(|_| fit.is_none());
        Self { examined, fit, suspected, is_complete, conclusion, hint }
    }

    /// Whether accidents explain the refusal, or the request is genuine as it came.
    pub(crate) const fn is_proven(&self) -> bool {
        self.fit.is_some()
    }

    fn accidents(&self) -> impl Iterator<Item = &Accident> {
        self.fit.iter().flat_map(Fit::accidents)
    }

    /// Returns the explanation for scripts.
    pub(crate) fn object(&self) -> Value {
        let shown = |Accident { name, what, help }: &Accident| json!({ "accident": name, "what": what, "help": help });
        json!({
            "accepted": self.examined.is_accepted(),
            "kind": self.examined.kind(),
            "fits": self.fit.is_some(),
            "accidents": self.accidents().map(shown).collect::<Vec<_>>(),
            "suspected": self.suspected.iter().map(shown).collect::<Vec<_>>(),
            "complete": self.is_complete,
            "conclusion": self.conclusion.as_deref().map(printable),
            "hint": self.hint,
        })
    }

    /// Returns the explanation as sentences for people: the verdict, the accidents and the conclusion.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let verdict = match &self.examined {
            Examined::Verdict(Verdict::Accepted(_)) => "accepted".to_owned(),
            Examined::Verdict(Verdict::Refused(error)) => format!("refused: {error}"),
            Examined::BadSecret(error) => format!("the secret is invalid: {error}"),
        };
        let line =
            |how: &str, accident: &Accident| format!("{}{how}: {}; {}", accident.name, accident.what, accident.help);
        let proven = self.accidents().map(|accident| line("", accident));
        let suspected = self.suspected.iter().map(|accident| line(" (suspected, not proven)", accident));
        let end = self.conclusion.iter().cloned().chain(self.hint.map(str::to_owned));
        [verdict].into_iter().chain(proven).chain(suspected).chain(end).map(|line| printable(&line)).collect()
    }

    /// Prints the explanation for people.
    pub(super) fn print(&self, out: &mut impl io::Write) -> io::Result<()> {
        match &self.examined {
            Examined::Verdict(Verdict::Accepted(_)) => writeln!(out, "{GREEN}✓ accepted{GREEN:#}")?,
            Examined::Verdict(Verdict::Refused(error)) => {
                writeln!(out, "{RED}✗ refused{RED:#}: {}", printable(&error.to_string()))?;
            }
            Examined::BadSecret(error) => writeln!(out, "{RED}✗ the secret is invalid{RED:#}: {}", printable(error))?,
        }
        for Accident { name, what, help } in self.accidents() {
            writeln!(out, "{YELLOW}{name}{YELLOW:#}: {what}\n  {DIM}help: {help}{DIM:#}")?;
        }
        if let Some(conclusion) = &self.conclusion {
            let label = if self.fit.is_none() { "nothing fits" } else { "nothing is wrong" };
            writeln!(out, "{label}: {}", printable(conclusion))?;
        }
        for Accident { name, what, help } in &self.suspected {
            writeln!(out, "{YELLOW}{name}{YELLOW:#} (suspected, not proven): {what}\n  {DIM}help: {help}{DIM:#}")?;
        }
        if let Some(hint) = self.hint {
            writeln!(out, "  {DIM}help: {hint}{DIM:#}")?;
        }
        out.flush()
    }
}

/// Returns the advice for a request that no known accident explains.
fn why_nothing(examined: &Examined, is_complete: bool) -> String {
    let mut words = match examined {
        Examined::BadSecret(_) => "the secret does not prove this request in any encoding".to_owned(),
        Examined::Verdict(Verdict::Refused(error)) if error.kind() != ErrorKind::SignatureMismatch => {
            error.advice().to_string()
        }
        Examined::Verdict(_) => "the secret is probably another endpoint's or another environment's, or the body was \
                                 changed in a way that leaves no trace. These two cannot be told apart, because both \
                                 make another signature"
            .to_owned(),
    };
    if !is_complete {
        words.push_str("; not every pair of accidents was tried, because the request or the secret is too large");
    }
    words
}

/// Returns the advice for a request that is genuine as it came.
fn nothing_wrong(inquiry: &Inquiry, examined: &Examined) -> String {
    if !examined.is_accepted() {
        return "the received body is the signed one; only its announced length differs".to_owned();
    }
    let mut words =
        "the request is genuine with this secret. A program that refuses it has another secret, sees other \
                     bytes or another time"
            .to_owned();
    if let Some(secret) = inquiry.secrets.iter().find(|secret| secret.ends_in_line_end()) {
        words.push_str(&format!(
            "; look at the secret first, because in {} a line end follows it, which refhook ignores",
            secret.origin()
        ));
    }
    words
}
