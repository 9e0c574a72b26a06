//! Which file of SQLite is opened, and what is expected of it.

use std::path::{Path, PathBuf};

use super::store::SqliteStore;
use crate::OpenError;
use crate::identity::Expected;

/// Which file of SQLite is opened, and what is expected of it: see [`SqliteStore::options`].
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    file: PathBuf,
    expected: Expected,
}

impl SqliteOptions {
    pub(crate) fn new(file: &Path) -> Self {
        Self { file: file.to_owned(), expected: Expected::default() }
    }

    /// Sets whether an inbox is made where there is none: file and tables, or the tables beside those of the application.
    /// `false` if not set.
    ///
    /// For development, for tests, and once for a new database. A process that makes its inbox at every start where it is
    /// missing forgets all ids when its volume is not mounted, and repeats are processed a second time.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.expected.create = create;
        self
    }

    /// Pins the [identity](SqliteStore::identity) of the inbox: another one does not start, and none is made.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.expected.identity = Some(identity.into());
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// If the file or its inbox is missing and is not to be made, if the inbox has another identity, if the file cannot be
    /// opened or written, or if it does not keep what it is told.
    pub async fn open(self) -> Result<SqliteStore, OpenError> {
        SqliteStore::open_expected(&self.file, self.expected).await
    }
}
