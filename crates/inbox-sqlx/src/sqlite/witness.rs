//! The files that SQLite has open, compared with those at their paths.
//!
//! SQLite keeps writing to a file that was removed, renamed or replaced, and reports success. Then an acknowledged
//! delivery is in no file that the next start finds, and its repeat is processed a second time. So device and inode of
//! the database, of its log `-wal` and of the log's index `-shm` are compared before anything is acknowledged.
//!
//! The log and its index keep their inodes while a connection is open: only the last connection that closes removes them.
//! A file whose content is overwritten in place keeps its inode, and is not noticed here.

use std::fmt;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use super::file::beside;

/// Device and inode. Constant where the system has none: an open file cannot be removed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode(u64, u64);

impl Inode {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self(0, 0)
    }
}

/// The paths of the files, and their inodes when they were opened.
#[derive(Debug)]
pub(crate) struct Witness {
    file: PathBuf,
    log: PathBuf,
    index: PathBuf,
    opened: Option<Opened>,
}

#[derive(Debug, Clone, Copy)]
struct Opened {
    file: Inode,
    log: Inode,
    index: Inode,
}

/// What a comparison has found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// The path has no file.
    FileMissing,
    /// The path has another file.
    FileReplaced,
    /// The file has no bytes.
    FileEmpty,
    /// The log is missing.
    LogMissing,
    /// Another log is at its path.
    LogReplaced,
    /// The log's index is missing, or another one is at its path.
    IndexGone,
}

impl Moved {
    /// Whether the log alone was moved.
    pub(crate) const fn is_log(self) -> bool {
        matches!(self, Self::LogMissing | Self::LogReplaced)
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileMissing => "the database's file was removed or renamed; put it back",
            Self::FileReplaced => {
                "the database's file was replaced by another one; put it back, or restart if the other one is to be used"
            }
            Self::FileEmpty => "the database's file was truncated; keep its log `-wal`, and restore the file",
            Self::LogMissing => "the database's log `-wal` was removed; close all connections to the database",
            Self::LogReplaced => "the database's log `-wal` was replaced; put it back, or restart",
            Self::IndexGone => "the index `-shm` of the database's log was removed; close all connections to the database",
        })
    }
}

impl Witness {
    /// The files of a database that exists.
    pub(crate) fn new(file: &Path) -> io::Result<Self> {
        // SQLite follows links, and keeps its log beside the file that it finds. The path as it was given is compared as
        // well: a link may come to lead elsewhere.
        let resolved = std::fs::canonicalize(file)?;
        let (log, index) = (beside(&resolved, "-wal"), beside(&resolved, "-shm"));
        Ok(Self { file: file.to_owned(), log, index, opened: None })
    }

    /// Notes which files a connection has opened. Call it after a read, because SQLite opens the log with the first one.
    pub(crate) fn note(&mut self) -> io::Result<()> {
        let file = Inode::of(&std::fs::metadata(&self.file)?);
        let (log, index) = (std::fs::metadata(&self.log)?, std::fs::metadata(&self.index)?);
        self.opened = Some(Opened { file, log: Inode::of(&log), index: Inode::of(&index) });
        Ok(())
    }

    /// Compares all files, and returns the size of the log.
    pub(crate) fn check(&self) -> Result<u64, Moved> {
        self.check_file()?;
        let Some(opened) = &self.opened else { return Err(Moved::FileMissing) };
        let log = std::fs::metadata(&self.log).map_err(|_| Moved::LogMissing)?;
        if Inode::of(&log) != opened.log {
            return Err(Moved::LogReplaced);
        }
        match std::fs::metadata(&self.index) {
            Ok(index) if Inode::of(&index) == opened.index => Ok(log.len()),
            _ => Err(Moved::IndexGone),
        }
    }

    /// Compares the database's file alone: the log may have another inode after all connections were closed.
    pub(crate) fn check_file(&self) -> Result<(), Moved> {
        let file = std::fs::metadata(&self.file).map_err(|_| Moved::FileMissing)?;
        if self.opened.is_some_and(|opened| opened.file != Inode::of(&file)) {
            return Err(Moved::FileReplaced);
        }
        if file.len() == 0 { Err(Moved::FileEmpty) } else { Ok(()) }
    }

    /// Whether the log is missing or has no bytes, so that nothing of it could be applied.
    pub(crate) fn has_no_log(&self) -> bool {
        std::fs::metadata(&self.log).map_or(true, |log| log.len() == 0)
    }

    /// The database's file, for messages.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_lose_a_file_is_named() {
        type Act = fn(&Path) -> io::Result<()>;
        let rows: [(&str, Act, Moved); 9] = [
            ("deleted", |file| std::fs::remove_file(file), Moved::FileMissing),
            ("renamed", |file| std::fs::rename(file, file.with_extension("bak")), Moved::FileMissing),
            (
                "folder renamed",
                |file| std::fs::rename(file.parent().unwrap(), file.parent().unwrap().with_extension("bak")),
                Moved::FileMissing,
            ),
            (
                "replaced by a copy",
                |file| {
                    let copy = file.with_extension("copy");
                    std::fs::copy(file, &copy).and_then(|_| std::fs::rename(copy, file))
                },
                Moved::FileReplaced,
            ),
            ("truncated", |file| std::fs::write(file, []), Moved::FileEmpty),
            ("log deleted", |file| std::fs::remove_file(beside(file, "-wal")), Moved::LogMissing),
            (
                "log replaced",
                |file| {
                    std::fs::rename(beside(file, "-wal"), file.with_extension("wal"))?;
                    std::fs::write(beside(file, "-wal"), [])
                },
                Moved::LogReplaced,
            ),
            ("index deleted", |file| std::fs::remove_file(beside(file, "-shm")), Moved::IndexGone),
            (
                "index replaced",
                |file| {
                    std::fs::rename(beside(file, "-shm"), file.with_extension("shm"))?;
                    std::fs::write(beside(file, "-shm"), [])
                },
                Moved::IndexGone,
            ),
        ];
        for (name, act, want) in rows {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path().join("volume");
            std::fs::create_dir(&folder).unwrap();
            let file = folder.join("shop.db");
            for suffix in ["", "-wal", "-shm"] {
                std::fs::write(beside(&file, suffix), [1]).unwrap();
            }
            let mut witness = Witness::new(&file).unwrap();
            witness.note().unwrap();
            assert_eq!(witness.check(), Ok(1), "{name}");
            act(&file).unwrap();
            assert_eq!(witness.check(), Err(want), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_elsewhere_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other, link] = ["one.db", "other.db", "shop.db"].map(|name| folder.path().join(name));
        for file in [&one, &other] {
            for suffix in ["", "-wal", "-shm"] {
                std::fs::write(beside(file, suffix), [1]).unwrap();
            }
        }
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let mut witness = Witness::new(&link).unwrap();
        witness.note().unwrap();
        assert_eq!(witness.check(), Ok(1));
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert_eq!(witness.check(), Err(Moved::FileReplaced));
    }
}
