//! The inbox of `refhook dev`, and the folder beside it.

use std::path::{Path, PathBuf};

use referral_webhooks_inbox_sqlx::SqliteStore;
use tempfile::TempDir;

use super::spool::Spool;
use crate::failure::Failure;

/// An inbox in a file of SQLite.
pub(super) struct Place {
    pub(super) store: SqliteStore,
    file: PathBuf,
    /// Removed with everything in it at the end of the run.
    _temporary: Option<TempDir>,
}

impl Place {
    /// Opens the inbox in this file, which is created if it is missing, or in a temporary one.
    pub(super) async fn open(db: Option<&Path>) -> Result<Self, Failure> {
        let temporary = match db {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("refhook-dev-").tempdir()?),
        };
        let file = match (&temporary, db) {
            (Some(folder), _) => folder.path().join("inbox.db"),
            (None, db) => db.map(Path::to_owned).unwrap_or_default(),
        };
        let opened = SqliteStore::options(&file).create(true).open().await;
        let help = "name a file of SQLite with an inbox, or one that does not exist yet";
        let store = opened.map_err(|error| {
            let cause = referral_webhooks::chain(&error);
            Failure::new(format!("cannot open the inbox in `{}`: {cause}", file.display()), help)
        })?;
        Ok(Self { store, file, _temporary: temporary })
    }

    /// Opens the folder of requests beside the file.
    pub(super) fn spool(&self) -> Result<Spool, Failure> {
        let mut folder = self.file.clone().into_os_string();
        folder.push(".forward");
        let folder = PathBuf::from(folder);
        let help = "the requests are kept there until they are forwarded; name a file in a folder that you can write";
        Spool::open(&folder)
            .map_err(|error| Failure::new(format!("cannot use the folder `{}`: {error}", folder.display()), help))
    }
}
