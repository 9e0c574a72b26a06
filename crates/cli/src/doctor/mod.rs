//! `refhook doctor`: the accidents that explain a refused request.

mod accident;
mod bodies;
mod encoding;
mod examined;
mod fixture;
mod form;
mod json;
mod keys;
mod redact;
mod route;
mod routes;
mod search;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use referral_webhooks::ErrorKind;
use serde_json::json;

use self::accident::Accident;
use self::examined::Examined;
use self::search::{Fit, search};
use crate::failure::{Outcome, REFUSED};
use crate::inquiry::{Inquiry, InquiryArgs};
use crate::output::Output;
use crate::terminal::{self, DIM, GREEN, RED, YELLOW, printable};
use crate::verdict::Verdict;

const EXAMPLES: &str = "\
Examples:
  refhook doctor --platform redpin --secret-file redpin.secret request.http
  refhook doctor --platform dub --secret-env DUB_SECRET --now 1768473000 request.http
  refhook doctor --platform redpin --secret-file redpin.secret --write-fixture bug.http request.http";

/// Tries known accidents of requests and secrets, without a network, and names those that explain a refusal. Ends with
/// 0 if accidents explain it or if the request is accepted, with 3 otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    #[command(flatten)]
    inquiry: InquiryArgs,

    /// Also writes the request as a fixture for a bug report. Secrets, personal data, identifiers and foreign headers
    /// are replaced, and a new signature gives it the same verdict. Read the file before you publish it.
    #[arg(long, value_name = "FILE")]
    write_fixture: Option<PathBuf>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

impl Doctor {
    /// Examines the request, and prints the verdict and the accidents.
    pub(crate) fn run(self) -> Outcome {
        let inquiry = self.inquiry.read()?;
        let examined = Examined::new(&inquiry);
        let fit = search(&inquiry);
        self.print(&inquiry, &examined, fit.as_ref())?;
        if let Some(path) = &self.write_fixture {
            fixture::write(path, &inquiry, &examined, fit.as_ref())?;
        }
        Ok(if fit.is_some() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
    }

    fn print(&self, inquiry: &Inquiry, examined: &Examined, fit: Option<&Fit>) -> io::Result<()> {
        let mut out = anstream::stdout();
        let accidents: Vec<_> = fit.iter().flat_map(|fit| fit.accidents()).collect();
        if self.output == Output::Json {
            let shown = |accident: &&Accident| {
                let Accident { name, what, help } = accident;
                json!({ "accident": name, "what": what, "help": help })
            };
            let object = json!({
                "accepted": examined.is_accepted(),
                "kind": examined.kind(),
                "fits": fit.is_some(),
                "accidents": accidents.iter().map(shown).collect::<Vec<_>>(),
            });
            writeln!(out, "{}", terminal::json(&object))?;
            return out.flush();
        }
        match examined {
            Examined::Verdict(Verdict::Accepted(_)) => writeln!(out, "{GREEN}✓ accepted{GREEN:#}")?,
            Examined::Verdict(Verdict::Refused(error)) => writeln!(out, "{RED}✗ refused{RED:#}: {error}")?,
            Examined::BadSecret(error) => writeln!(out, "{RED}✗ the secret is invalid{RED:#}: {error}")?,
        }
        for accident in &accidents {
            let (what, help) = (printable(&accident.what), accident.help);
            writeln!(out, "{YELLOW}{}{YELLOW:#}: {what}\n  {DIM}help: {help}{DIM:#}", accident.name)?;
        }
        match fit {
            None => {
                writeln!(out, "nothing fits: {}", why_nothing(examined))?;
                if let Some(hint) = inquiry.sender.hint {
                    writeln!(out, "  {DIM}help: {hint}{DIM:#}")?;
                }
            }
            Some(_) if !accidents.is_empty() => {}
            Some(_) => writeln!(out, "nothing is wrong: {}", nothing_wrong(inquiry, examined))?,
        }
        out.flush()
    }
}

/// Returns the advice for a request that no known accident explains.
fn why_nothing(examined: &Examined) -> String {
    match examined {
        Examined::Verdict(Verdict::Refused(error)) if error.kind() != ErrorKind::SignatureMismatch => {
            error.advice().to_string()
        }
        Examined::BadSecret(_) => "the secret does not prove this request in any encoding".to_owned(),
        Examined::Verdict(_) => "the secret is probably another endpoint's or another environment's, or the body was \
                                 changed in a way that leaves no trace"
            .to_owned(),
    }
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
