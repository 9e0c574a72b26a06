//! Exact bytes of strangers on standard output.

use std::io::{self, IsTerminal as _, Write as _};

use crate::failure::Failure;
use crate::terminal::printable;

/// Fails if standard output is a terminal that these bytes would steer.
pub(super) fn accepted_by_terminal(bytes: &[u8]) -> Result<(), Failure> {
    let is_plain = std::str::from_utf8(bytes).is_ok_and(|text| {
        let lines = text.replace("\r\n", "\n").replace(['\n', '\t'], " ");
        printable(&lines) == lines
    });
    if is_plain || !io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage("the bytes would steer this terminal", "write them into a file: `> body`"))
}

/// Writes the bytes.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
