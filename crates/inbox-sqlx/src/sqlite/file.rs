//! The database's file before SQLite opens it.
//!
//! - **Guarantees**: a missing file is created only on request, readable by its owner alone, and a truncated file is
//!   not taken for a new one.
//! - **Assumes** that other processes may create the file at the same time.
//! - **Without it**, SQLite would create an empty database in an unmounted volume, and every id would be forgotten.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::OpenError;

/// The bytes of the smallest database.
const SMALLEST: u64 = 512;

/// Locked while a file is created. A process that closes a file loses its locks on it, including those of SQLite's
/// connections.
static CREATING: Mutex<()> = Mutex::new(());

/// Creates the file if it is missing and may be created. Its owner alone can read it, and SQLite gives its log the same
/// mode.
pub(crate) fn prepare(file: &Path, may_create: bool) -> Result<(), OpenError> {
    let _guard = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    regular(file)?;
    // The log first: a file that another process is creating has its first page before it has a log.
    let log = size(&beside(file, "-wal"))?;
    match size(file)? {
        Some(0) if log.is_some_and(|log| log > 0) => Err(OpenError::Truncated { file: file.to_owned() }),
        Some(0) if !may_create => {
            Err(OpenError::NoInbox { database: file.display().to_string(), elsewhere: Vec::new() })
        }
        // SQLite would take it for an empty database, and overwrite it.
        Some(1..SMALLEST) => {
            let why = "it is too short for a database of SQLite; name another file, or remove this one".to_owned();
            Err(OpenError::UnusableFile { file: file.to_owned(), why, error: None })
        }
        Some(_) => Ok(()),
        None if !may_create => Err(OpenError::NoFile { file: file.to_owned() }),
        None => create(file),
    }
}

/// Refuses a folder, a pipe and a device, before SQLite waits for it or writes into it.
fn regular(file: &Path) -> Result<(), OpenError> {
    let Ok(metadata) = std::fs::metadata(file) else { return Ok(()) };
    let why = match (metadata.is_dir(), metadata.is_file()) {
        (_, true) => return Ok(()),
        (true, _) => "it is a folder; name a file in it",
        _ => "it is a pipe, a socket or a device; name an ordinary file",
    };
    Err(OpenError::UnusableFile { file: file.to_owned(), why: why.to_owned(), error: None })
}

fn create(file: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(OpenError::NoFolder { folder: file.parent().unwrap_or(file).to_owned() })
        }
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(sqlx::Error::from(error).into()),
        _ => Ok(()),
    }
}

/// Returns the size of a file; `None` if it is missing.
fn size(file: &Path) -> Result<Option<u64>, OpenError> {
    match std::fs::metadata(file) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(sqlx::Error::from(error).into()),
    }
}

/// Returns the path of a file that SQLite keeps next to the database.
pub(crate) fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}
