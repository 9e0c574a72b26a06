//! Sources of input.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::PathBuf;

use crate::failure::Failure;
use crate::note::note;
use crate::terminal::printable;

/// A source of input: a file, or standard input, written as `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl From<OsString> for Source {
    fn from(text: OsString) -> Self {
        if text == "-" { Self::Stdin } else { Self::File(text.into()) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => write!(f, "`{}`", printable(&path.display().to_string())),
        }
    }
}

impl Source {
    /// Whether the input comes from the keyboard.
    pub(crate) fn is_terminal(&self) -> bool {
        *self == Self::Stdin && io::stdin().is_terminal()
    }

    /// Reads at most `most` bytes. Fails if there are more. Prints a note if the input is awaited from the keyboard.
    pub(crate) fn read(&self, most: usize) -> Result<Vec<u8>, Failure> {
        if self.is_terminal() {
            note("reading from the terminal; Ctrl-D at the beginning of a line ends the input");
        }
        let read = match self {
            Self::Stdin => read(io::stdin().lock(), most),
            Self::File(path) => File::open(path).and_then(|file| read(file, most)),
        };
        let help = "give a file that can be read, or `-` for standard input";
        let bytes = read.map_err(|error| Failure::new(format!("cannot read {self}: {error}"), help))?;
        if bytes.len() > most {
            let cause = format!("{self} has more than {most} bytes");
            return Err(Failure::new(cause, "is this the right file?"));
        }
        Ok(bytes)
    }
}

/// Reads at most one byte more than `most`, which shows that the input is too long.
fn read(input: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Fails if two of these are standard input, which can be read once.
pub(crate) fn only_one_stdin<'s>(sources: impl IntoIterator<Item = &'s Source>) -> Result<(), Failure> {
    if sources.into_iter().filter(|source| **source == Source::Stdin).count() > 1 {
        let help = "name a file for all but one of them, or give the secret with `--secret-env`";
        return Err(Failure::usage("standard input is given twice, and can be read once", help));
    }
    Ok(())
}
