//! The failure of a subcommand.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde_json::json;

use crate::output::is_json;
use crate::terminal::{self, printable_line};

/// The failure of a subcommand: its cause, and the next step if there is one.
#[derive(Debug)]
pub(crate) struct Failure {
    cause: String,
    help: Option<String>,
    code: u8,
    /// Whether the reader of the output has closed it.
    is_hung_up: bool,
}

/// The result of a subcommand.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// The exit code for a command line without meaning.
pub(crate) const USAGE: u8 = 2;

/// The exit code for a refused request.
pub(crate) const REFUSED: u8 = 3;

impl Failure {
    /// Returns the failure to read or use an input.
    pub(crate) fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause: cause.into(), help: Some(help.into()), code: 1, is_hung_up: false }
    }

    /// Returns the failure of a command line without meaning.
    pub(crate) fn usage(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: USAGE, ..Self::new(cause, help) }
    }

    /// Prints the failure. Returns the exit code of the program.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.is_hung_up {
            // Without a reader of standard error, the exit code is the report.
            let _ = self.print();
        }
        ExitCode::from(self.code)
    }

    fn print(&self) -> io::Result<()> {
        if is_json() {
            return writeln!(io::stderr(), "{}", terminal::json_line(&self.object()));
        }
        let mut errors = anstream::stderr();
        writeln!(errors, "refhook: {}", printable_line(&self.cause))?;
        match &self.help {
            Some(help) => writeln!(errors, "help: {}", printable_line(help)),
            None => Ok(()),
        }
    }

    /// Returns the failure for scripts.
    fn object(&self) -> serde_json::Value {
        let kind = match self.code {
            USAGE => "usage",
            REFUSED => "refused",
            _ => "failed",
        };
        json!({ "kind": kind, "cause": self.cause, "help": self.help, "exit_code": self.code })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_hung_up = error.kind() == io::ErrorKind::BrokenPipe;
        Self { cause: error.to_string(), help: None, code: 1, is_hung_up }
    }
}
