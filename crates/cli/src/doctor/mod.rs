//! `refhook doctor`: the accidents that explain a refused request.

mod accident;
mod body;
mod clock;
mod entities;
mod examined;
mod explanation;
mod fit;
mod fixture;
mod form;
mod head;
mod json;
mod kept;
mod literal;
mod redact;
mod search;
mod secret;
mod suspicion;
#[cfg(test)]
mod tests;
mod undo;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) use self::explanation::Explanation;
pub(crate) use self::kept::Explainer;
use crate::failure::{Outcome, REFUSED};
use crate::inquiry::InquiryArgs;
use crate::output::Output;
use crate::terminal;

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
        let explanation = Explanation::of(&inquiry);
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => writeln!(out, "{}", terminal::json_line(&explanation.object()))?,
            Output::Text => explanation.print(&mut out)?,
        }
        out.flush()?;
        if let Some(path) = &self.write_fixture {
            fixture::write(path, &inquiry, &explanation.examined, explanation.fit.as_ref())?;
        }
        Ok(if explanation.is_proven() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
    }
}
