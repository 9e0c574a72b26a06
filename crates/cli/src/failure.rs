//! Why a verb could not do its work.

use std::io;
use std::process::ExitCode;

/// Why a verb could not do its work: the cause, and the next step where there is one.
#[derive(Debug)]
pub(crate) struct Failure {
    cause: String,
    help: Option<String>,
    code: u8,
    /// Who reads the output has hung up and wants no more words.
    is_hung_up: bool,
}

/// What a verb comes to.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// The exit code for a proof that was refused.
pub(crate) const REFUSED: u8 = 3;

impl Failure {
    /// Something given cannot be read or worked with.
    pub(crate) fn new(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { cause: cause.into(), help: Some(help.into()), code: 1, is_hung_up: false }
    }

    /// The command cannot mean anything.
    pub(crate) fn usage(cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: 2, ..Self::new(cause, help) }
    }

    /// Tells the person, and gives the program's exit code.
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
