//! The failure of a subcommand.

use std::io;
use std::process::ExitCode;

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

/// The exit code for a refused request.
pub(crate) const REFUSED: u8 = 3;

impl Failure {
    /// Returns the failure to read or use an input.
    pub(crate) fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause: cause.into(), help: Some(help.into()), code: 1, is_hung_up: false }
    }

    /// Returns the failure of a command line without meaning.
    pub(crate) fn usage(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(cause, help) }
    }

    /// Prints the failure. Returns the exit code of the program.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.is_hung_up {
            anstream::eprintln!("refhook: {}", self.cause);
            if let Some(help) = &self.help {
                anstream::eprintln!("help: {help}");
            }
        }
        ExitCode::from(self.code)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_hung_up = error.kind() == io::ErrorKind::BrokenPipe;
        Self { cause: error.to_string(), help: None, code: 1, is_hung_up }
    }
}
