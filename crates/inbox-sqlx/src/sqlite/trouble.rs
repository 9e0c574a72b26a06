//! The explanation of an error of SQLite while a file is opened.
//!
//! The file itself is not opened here: a process that closes a file loses its locks on it, including those of SQLite's
//! connections.

use std::fs::{OpenOptions, metadata};
use std::io::ErrorKind;
use std::path::Path;

use crate::OpenError;

/// Adds the file, its permissions and the next step to an error.
pub(crate) fn explain(error: OpenError, file: &Path) -> OpenError {
    let cause = match error {
        OpenError::Database(error) | OpenError::Migrate { error, .. } => error,
        error => return error,
    };
    let why = match (&cause, code(&cause)) {
        // The last byte of the code is its kind: NOTADB and CORRUPT.
        (_, Some(26)) => "it is no database of SQLite; name another file, or restore this one".to_owned(),
        (_, Some(11)) => "its content is damaged; restore it from a backup".to_owned(),
        (_, Some(13)) => "the disk is full; make room".to_owned(),
        (_, Some(5 | 6)) => "another process holds its lock; end its transaction".to_owned(),
        // PERM, READONLY, IOERR, CANTOPEN and AUTH.
        (_, Some(3 | 8 | 10 | 14 | 23)) => permission(file),
        (sqlx::Error::Io(error), _) if error.kind() == ErrorKind::PermissionDenied => permission(file),
        (sqlx::Error::Io(error), _) if error.kind() == ErrorKind::ReadOnlyFilesystem => permission(file),
        (sqlx::Error::Io(error), _) => format!("{error}"),
        _ => return OpenError::Database(cause),
    };
    OpenError::UnusableFile { file: file.to_owned(), why, error: Some(cause) }
}

/// Returns the kind of an error of SQLite.
fn code(error: &sqlx::Error) -> Option<u32> {
    error.as_database_error()?.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

/// Returns which of the file, its log and its folder cannot be used, with their permissions.
fn permission(file: &Path) -> String {
    let folder = file.parent().unwrap_or(file);
    let me = user();
    match metadata(file) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return format!("the folder `{}`{} cannot be entered by{me}", folder.display(), mode(folder));
        }
        Err(error) if error.kind() != ErrorKind::NotFound => return format!("{error}"),
        _ => {}
    }
    // SQLite creates `-wal` and `-shm` next to the file.
    let trial = folder.join(format!(".inbox-{}", std::process::id()));
    if let Err(error) = OpenOptions::new().write(true).create_new(true).open(&trial) {
        return format!(
            "the folder `{}`{} cannot be written by{me} ({error}), and SQLite creates the log `-wal` in it; let this \
             user write into the folder",
            folder.display(),
            mode(folder)
        );
    }
    let _ = std::fs::remove_file(&trial);
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let part = |suffix: &str| format!("{name}{suffix}{}", mode(&super::file::beside(file, suffix)));
    format!(
        "it cannot be read and written by{me}: {}, {}, {}; let this user read and write them",
        part(""),
        part("-wal"),
        part("-shm")
    )
}

/// Returns permissions and owner, such as ` (mode 644, owner 0)`.
#[cfg(unix)]
fn mode(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    match metadata(path) {
        Ok(found) => format!(" (mode {:o}, owner {}:{})", found.mode() & 0o7777, found.uid(), found.gid()),
        Err(error) if error.kind() == ErrorKind::NotFound => " (missing)".to_owned(),
        Err(_) => String::new(),
    }
}

#[cfg(not(unix))]
fn mode(path: &Path) -> String {
    match metadata(path) {
        Ok(found) if found.permissions().readonly() => " (read-only)".to_owned(),
        _ => String::new(),
    }
}

/// Returns the user of this process, such as ` user 1000`.
fn user() -> String {
    #[cfg(unix)]
    if let Ok(own) = metadata("/proc/self") {
        return format!(" user {}", std::os::unix::fs::MetadataExt::uid(&own));
    }
    " the user of this process".to_owned()
}
