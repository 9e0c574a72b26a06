//! `refhook verify`: the verdict on a request.

mod cases;

use std::io;
use std::process::ExitCode;

use crate::failure::{Outcome, REFUSED};
use crate::inquiry::InquiryArgs;
use crate::output::Output;
use crate::source::Source;

const EXAMPLES: &str = "\
Examples:
  refhook verify --platform redpin --secret-file redpin.secret request.http
  refhook verify --platform dub --secret-env DUB_SECRET --now 1768473000 < request.http
  refhook verify --scheme body-hmac --header X-Signature --secret-file acme.secret request.http
  refhook verify fixtures/redpin/referral-created.http
  refhook verify --cases fixtures/conformance/redpin.json";

/// Verifies a request as an endpoint would, and prints the verdict, the event and the id. Ends with 0 if the request is
/// accepted, with 3 if it is refused, and with 2 if the secret is invalid.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    #[command(flatten)]
    inquiry: InquiryArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,

    /// Many requests: a JSON array of cases `{name, platform | scheme (+ header, prefix, encoding, elements, unit, member,
    /// form_field), secrets[], method?, uri?, headers: [[name, value]…], body_base64, now_unix, tolerance_s?, expect?:
    /// {accepted, kind?}}`, in a file or from standard input. The output is one JSON line for each case, in order. Ends with 3 if a
    /// case has another verdict than expected; a case without `expect` is expected to be accepted. A character of a header's
    /// value is one byte (ISO-8859-1).
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "platform", "profile", "scheme", "header", "prefix", "encoding", "elements", "unit", "member", "form_field",
        "secret_file", "secret_env", "now", "tolerance", "request",
    ])]
    cases: Option<Source>,
}

impl Verify {
    /// Judges one request or many.
    pub(crate) fn run(self) -> Outcome {
        if let Some(source) = self.cases {
            return cases::run(&source);
        }
        let inquiry = self.inquiry.read()?;
        inquiry.sender.check(&inquiry.secrets)?;
        let verdict = inquiry.judge().map_err(io::Error::other)?;
        verdict.print(self.output)?;
        Ok(if verdict.is_accepted() { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
    }
}
