//! Opening a SQLite file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use tokio::sync::Notify;
use tokio::time::sleep;

use super::connection::WriteConnection;
use super::fault::Fault;
use super::open;
use super::readers::Readers;
use super::shared::proof::{LOOK_EVERY, Proof};
use super::store::{Inner, SqliteStore};
use super::writer::Writer;
use crate::OpenError;
use crate::identity::Expected;
use crate::seal::Seal;

/// The options for opening a SQLite file: see [`SqliteStore::options`].
///
/// ```
/// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
/// # async fn run() -> Result<(), OpenError> {
/// let store = SqliteStore::options("shop.db").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").open().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    file: PathBuf,
    expected: Expected,
}

impl SqliteStore {
    /// Opens the inbox in a file. The application's own tables may be in the same file. They must be if handlers write
    /// in the inbox's transaction.
    ///
    /// A missing file or inbox is an error, because a new inbox would know no ids. [`options`](Self::options) can
    /// create one.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = SqliteStore::open("shop.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`SqliteOptions::open`].
    pub async fn open(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options(file).open().await
    }

    /// Returns the options for a file: whether its inbox is created, and which identity it must have.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let new = SqliteStore::options("shop.db").create(true).open().await?;
    /// println!("pin this identity: {}", new.identity());
    ///
    /// let production = SqliteStore::options("shop.db").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").open().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn options(file: impl AsRef<Path>) -> SqliteOptions {
        SqliteOptions { file: file.as_ref().to_owned(), expected: Expected::default() }
    }
}

impl SqliteOptions {
    /// Sets whether a missing inbox is created: file and tables, or the tables in the application's file. The default
    /// is `false`.
    ///
    /// Set it in development, in tests, and once for a new database. A process that creates a missing inbox at every
    /// start forgets all ids when its volume is not mounted, and repeats are processed a second time.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = SqliteStore::options("test.db").create(true).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.expected.create = create;
        self
    }

    /// Pins the [identity](SqliteStore::identity) of the inbox: an inbox with another identity is refused, and a
    /// missing one is not created.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = SqliteStore::options("shop.db").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.expected.identity = Some(identity.into());
        self
    }

    /// Opens the file.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() {
    /// match SqliteStore::options("shop.db").open().await {
    ///     Ok(store) => println!("opened the inbox {}", store.identity()),
    ///     Err(OpenError::NoFile { file }) => println!("is the volume of {} mounted?", file.display()),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the file or its inbox is missing and is not to be created, if the inbox has another identity, if the file
    /// cannot be opened or written, or if the database is not durable.
    pub async fn open(self) -> Result<SqliteStore, OpenError> {
        let opened = open::open(&self.file, &self.expected).await?;
        let (identity, is_log_pending) = (opened.identity.clone(), opened.is_log_pending);
        let fault = Fault::default();
        let readers = Arc::new(Readers::new(opened.options.clone(), opened.witness.for_readers(), fault.clone()));
        let connection = WriteConnection::new(opened, Arc::clone(&readers), fault.clone());
        let writer = Writer::start(connection, is_log_pending, fault);
        let inner = Arc::new(Inner {
            writer,
            readers,
            waits: Arc::default(),
            turns: Arc::default(),
            proof: Arc::default(),
            arrived: Notify::new(),
            identity,
            seal: Seal::default(),
        });
        tokio::spawn(look_every(Arc::downgrade(&inner)));
        Ok(SqliteStore(inner))
    }
}

/// Looks at the clocks while the store is open.
async fn look_every(store: Weak<Inner>) {
    loop {
        sleep(LOOK_EVERY).await;
        let Some(inner) = store.upgrade() else { return };
        let proof = Arc::clone(&inner.proof);
        let look = inner.writer.change(move |connection| Box::pin(Proof::look(proof, connection)));
        if look.await.is_err() {
            tracing::debug!(target: "referral_webhooks", "proven time was not written");
        }
    }
}
