//! The comparison of the files that SQLite has open with those at their paths.
//!
//! - **Guarantees**: a database, log `-wal` or index `-shm` that was removed, renamed, replaced or truncated is
//!   detected before a commit is acknowledged. A database whose content is overwritten in place keeps its inode, and is
//!   not detected here.
//! - **Assumes** that log and index keep their inodes while a connection is open, because only the last connection that
//!   closes removes them. A truncated log keeps its inode: it is shorter than before, or has no header. Inodes need
//!   Unix.
//! - **Without it**, SQLite would write to a file that is no longer at its path, and report success: the next start
//!   would not find the delivery, and its repeat would be processed a second time.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::file::beside;

/// Device and inode. Constant on other systems than Unix, because an open file cannot be removed there.
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
    /// The log, to read its header. SQLite has no locks on this file that a close could end.
    log_file: Option<File>,
    log_length: u64,
}

#[derive(Debug, Clone, Copy)]
struct Opened {
    file: Inode,
    log: Inode,
    index: Inode,
}

/// The fault that a comparison has found.
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
    /// The log has lost its beginning or its end.
    LogCut,
    /// The log's index is missing, or another one is at its path.
    IndexGone,
}

impl Moved {
    /// Returns whether only the log is away from its path.
    pub(crate) const fn is_log(self) -> bool {
        matches!(self, Self::LogMissing | Self::LogReplaced)
    }

    /// Returns whether content is lost. A close would write an incomplete log into the database's file.
    pub(crate) const fn is_destroyed(self) -> bool {
        matches!(self, Self::FileEmpty | Self::LogCut)
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
            Self::LogCut => {
                "the database's log `-wal` was truncated; keep both files, and look for deliveries that are missing"
            }
            Self::IndexGone => "the index `-shm` of the database's log was removed; close all connections to the database",
        })
    }
}

impl Witness {
    /// Returns the witness of a database that exists.
    pub(crate) fn new(file: &Path) -> io::Result<Self> {
        // SQLite follows links, and keeps its log next to the target. The given path is compared too, because a link
        // may be changed.
        let resolved = std::fs::canonicalize(file)?;
        let (log, index) = (beside(&resolved, "-wal"), beside(&resolved, "-shm"));
        Ok(Self { file: file.to_owned(), log, index, opened: None, log_file: None, log_length: 0 })
    }

    /// Notes the files that a connection has opened. Call it after a read, because SQLite opens the log with the first
    /// one.
    pub(crate) fn note(&mut self) -> io::Result<()> {
        let file = Inode::of(&std::fs::metadata(&self.file)?);
        let log_file = File::open(&self.log)?;
        let (log, index) = (log_file.metadata()?, std::fs::metadata(&self.index)?);
        self.opened = Some(Opened { file, log: Inode::of(&log), index: Inode::of(&index) });
        (self.log_file, self.log_length) = (Some(log_file), log.len());
        Ok(())
    }

    /// Compares all files, and returns the size of the log. [`LogCut`](Moved::LogCut) is certain only if the log is
    /// shorter than its index says, because a connection that restarts the log may shorten it.
    pub(crate) fn check(&mut self) -> Result<u64, Moved> {
        self.check_file()?;
        let Some(opened) = &self.opened else { return Err(Moved::FileMissing) };
        let log = std::fs::metadata(&self.log).map_err(|_| Moved::LogMissing)?;
        if Inode::of(&log) != opened.log {
            return Err(Moved::LogReplaced);
        }
        if !self.has_own_index() {
            return Err(Moved::IndexGone);
        }
        let is_shorter = log.len() < std::mem::replace(&mut self.log_length, log.len());
        if is_shorter || log.len() > 0 && !self.log_file.as_ref().is_some_and(has_header) {
            return Err(Moved::LogCut);
        }
        Ok(log.len())
    }

    /// Returns the size of the log if it has its header.
    pub(crate) fn whole_log(&self) -> Option<u64> {
        let file = self.log_file.as_ref()?;
        let length = file.metadata().ok()?.len();
        (length == 0 || has_header(file)).then_some(length)
    }

    /// Compares only the database's file. The log may have another inode after all connections were closed.
    pub(crate) fn check_file(&self) -> Result<(), Moved> {
        let file = std::fs::metadata(&self.file).map_err(|_| Moved::FileMissing)?;
        if self.opened.is_some_and(|opened| opened.file != Inode::of(&file)) {
            return Err(Moved::FileReplaced);
        }
        if file.len() == 0 { Err(Moved::FileEmpty) } else { Ok(()) }
    }

    /// Returns whether the log is missing or empty.
    pub(crate) fn has_no_log(&self) -> bool {
        std::fs::metadata(&self.log).map_or(true, |log| log.len() == 0)
    }

    /// Returns whether the log is the one that was opened.
    pub(crate) fn has_own_log(&self) -> bool {
        let Some(opened) = &self.opened else { return false };
        std::fs::metadata(&self.log).is_ok_and(|log| Inode::of(&log) == opened.log)
    }

    /// Returns whether the log's index is the one that was opened.
    pub(crate) fn has_own_index(&self) -> bool {
        let Some(opened) = &self.opened else { return false };
        std::fs::metadata(&self.index).is_ok_and(|index| Inode::of(&index) == opened.index)
    }

    /// Returns a witness for readers, which compare only the database's file.
    pub(crate) fn for_readers(&self) -> Self {
        let (file, log, index) = (self.file.clone(), self.log.clone(), self.index.clone());
        Self { file, log, index, opened: self.opened, log_file: None, log_length: 0 }
    }

    /// Returns a message with the file and its fault.
    pub(crate) fn describe(&self, why: Moved) -> String {
        format!("{}: {why}", self.file.display())
    }

    /// Returns the database's file, for messages.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

/// Returns whether a log has its header, from the magic number at the beginning to the checksum at the end.
fn has_header(log: &File) -> bool {
    // The last bit is the order of bytes.
    const MAGIC: u32 = 0x377f_0682;
    let mut header = [0; 32];
    #[cfg(unix)]
    let is_read = std::os::unix::fs::FileExt::read_exact_at(log, &mut header, 0).is_ok();
    #[cfg(not(unix))]
    let is_read = std::os::windows::fs::FileExt::seek_read(log, &mut header, 0).is_ok_and(|read| read == header.len());
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    is_read && number(0) & !1 == MAGIC && number(28) != 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    /// The beginning of a log.
    const LOG: [u8; 40] = {
        let mut log = [7; 40];
        (log[0], log[1], log[2], log[3]) = (0x37, 0x7f, 0x06, 0x82);
        log
    };

    #[test]
    fn every_fault_of_a_file_is_detected() {
        type Act = fn(&Path) -> io::Result<()>;
        let rows: [(&str, Act, Moved); 12] = [
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
            ("log emptied", |file| std::fs::write(beside(file, "-wal"), []), Moved::LogCut),
            ("log shortened", |file| std::fs::write(beside(file, "-wal"), &LOG[..39]), Moved::LogCut),
            ("log without its beginning", |file| std::fs::write(beside(file, "-wal"), [0; 99]), Moved::LogCut),
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
                std::fs::write(beside(&file, suffix), LOG).unwrap();
            }
            let mut witness = Witness::new(&file).unwrap();
            witness.note().unwrap();
            assert_eq!(witness.check(), Ok(40), "{name}");
            act(&file).unwrap();
            assert_eq!(witness.check(), Err(want), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_changed_link_is_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other, link] = ["one.db", "other.db", "shop.db"].map(|name| folder.path().join(name));
        for file in [&one, &other] {
            for suffix in ["", "-wal", "-shm"] {
                std::fs::write(beside(file, suffix), LOG).unwrap();
            }
        }
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let mut witness = Witness::new(&link).unwrap();
        witness.note().unwrap();
        assert_eq!(witness.check(), Ok(40));
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert_eq!(witness.check(), Err(Moved::FileReplaced));
    }
}
