//! The folder of a store for tests.
//!
//! - **Guarantees**: every store has a new file, which is removed after its last connection was closed. The store is
//!   the one of production, with the same settings and transactions.
//! - **Assumes** that the process ends by itself. A killed one leaves a folder behind.
//! - **Without it**, tests would share a file, or would test a database without a write-ahead log.

use std::fs::DirBuilder;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};

/// A folder that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        let within = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Self::within(&within).or_else(|_| Self::within(&std::env::temp_dir()))
    }

    fn within(folder: &Path) -> io::Result<Self> {
        let random = RandomState::new().build_hasher().finish();
        let folder = folder.join(format!("referral-webhooks-{}-{random:016x}", std::process::id()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // Fails if the folder exists, so that no other program can have prepared it.
        builder.create(&folder)?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
