//! The exit code of a program.

use std::error::Error;
use std::process::ExitCode;

/// Prints an error with its causes, and returns the exit code. A `main` that returns the error prints its `Debug` form.
pub fn exit_code(result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    std::iter::successors(error.source(), |&cause| cause.source()).for_each(|cause| eprintln!("cause: {cause}"));
    ExitCode::FAILURE
}
