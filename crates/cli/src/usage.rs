//! Errors of the command line.

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::failure::{Failure, Outcome};
use crate::output::is_json;

/// Reports an error of clap, which may be the help or the version that was asked for.
pub(crate) fn report(error: &clap::Error) -> Outcome {
    let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked_for || !is_json() {
        let code = u8::try_from(error.exit_code()).unwrap_or(2);
        return error.print().map(|()| ExitCode::from(code)).map_err(Failure::from);
    }
    Err(failure(error))
}

/// Returns an error of clap in the form of all failures. Its help is a hint of clap and the usage.
fn failure(error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("the command is incomplete", "`--help` lists what can follow");
    }
    let text = error.to_string();
    let mut paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let cause = paragraphs.next().unwrap_or_default();
    let cause = cause.strip_prefix("error: ").unwrap_or(&cause).to_owned();
    let help: Vec<String> = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect();
    Failure::usage(cause, help.join("; "))
}
