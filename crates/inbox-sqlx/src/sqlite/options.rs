//! Opening a SQLite file.

use std::path::Path;
use std::sync::{Arc, Weak};

use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::address::Address;
use super::connection::WriteConnection;
use super::fault::Fault;
use super::folder::Folder;
use super::open::{self, Setup};
use super::readers::Readers;
use super::shared::proof::{LOOK_EVERY, Proof};
use super::store::{Inner, SqliteStore};
use super::writer::Writer;
use crate::identity::Expected;
use crate::seal::Seal;
use crate::{Migrated, OpenError};

/// The options for opening a SQLite file: see [`SqliteStore::options`].
///
/// ```
/// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
/// # async fn run() -> Result<(), OpenError> {
/// let store = SqliteStore::options("shop.db").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").open().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteOptions {
    address: Result<Address, OpenError>,
    expected: Expected,
    connections: u32,
}

/// The number of connections if not set: one writes, one moves the log, and the others read.
const CONNECTIONS: u32 = 6;

/// The connections that do not read.
const OTHERS: u32 = 2;

impl SqliteStore {
    /// Opens the inbox in a file, and applies migrations that its tables lack. The application's own tables may be in the
    /// same file. They must be if handlers write in the inbox's transaction.
    ///
    /// A missing file or inbox is an error, because a new inbox would know no ids. [`options`](Self::options) can
    /// create one.
    ///
    /// The file is a path, or a URL that means what it means in sqlx: a text that begins with `sqlite:` or contains `?`.
    /// Its parameter `mode=rwc` has the effect of [`create(true)`](SqliteOptions::create). Databases in memory, folders,
    /// URLs of other engines, and parameters that contradict durability are errors.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = SqliteStore::open("shop.db").await?;
    /// let same = SqliteStore::open("sqlite://shop.db?mode=rw").await?;
    /// assert_eq!(store.file(), same.file());
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

    /// Opens the inbox in the file of these options, with the application's collations, extensions and further settings.
    ///
    /// The settings on which the inbox rests replace those of the options: among others the journal, `synchronous`, the
    /// locking mode, foreign keys and the busy time-out. Options that contradict them are errors: `in_memory`,
    /// `read_only`, `immutable`, `shared_cache` and `vfs`. `create_if_missing` has the effect of
    /// [`create(true)`](SqliteOptions::create).
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// use sqlx::sqlite::SqliteConnectOptions;
    ///
    /// # async fn run() -> Result<(), OpenError> {
    /// let options = SqliteConnectOptions::new().filename("shop.db").collation("NAMES", |one, other| one.cmp(other));
    /// let store = SqliteStore::open_with(options).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`SqliteOptions::open`].
    pub async fn open_with(options: SqliteConnectOptions) -> Result<Self, OpenError> {
        Self::options_with(options).open().await
    }

    /// Connects to the inbox in a file, and changes no table.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// SqliteStore::migrate("shop.db").await?;
    /// let store = SqliteStore::connect("shop.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`SqliteOptions::connect`].
    pub async fn connect(file: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options(file).connect().await
    }

    /// Makes the tables of the inbox in a file, or applies the migrations that they lack. Concurrent calls are safe. A
    /// missing file or inbox is created, because the call asks for it; with a [pinned
    /// identity](SqliteOptions::identity) it is an error.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let migrated = SqliteStore::migrate("shop.db").await?;
    /// println!("the inbox {} has tables of version {}", migrated.identity, migrated.to);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`SqliteOptions::migrate`].
    pub async fn migrate(file: impl AsRef<Path>) -> Result<Migrated, OpenError> {
        Self::options(file).migrate().await
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
        SqliteOptions {
            address: Address::parse(file.as_ref()),
            expected: Expected::default(),
            connections: CONNECTIONS,
        }
    }

    /// Returns the options for the file of these options of the connection: see [`open_with`](Self::open_with).
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// use sqlx::sqlite::SqliteConnectOptions;
    ///
    /// # async fn run() -> Result<(), OpenError> {
    /// let connection = SqliteConnectOptions::new().filename("shop.db");
    /// let store = SqliteStore::options_with(connection).create(true).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn options_with(options: SqliteConnectOptions) -> SqliteOptions {
        SqliteOptions { address: Address::of_options(options), expected: Expected::default(), connections: CONNECTIONS }
    }
}

impl SqliteOptions {
    /// Sets whether [`open`](Self::open) creates a missing inbox: file and tables, or the tables in the application's file. The default
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

    /// Sets the most connections of this process to the file: 3 at least, 6 if not set, and 65,535 at most.
    ///
    /// One writes deliveries, attempts and what handlers write. One moves the write-ahead log into the file, and all
    /// others read. Each has a cache of 8 MB at most.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = SqliteStore::options("shop.db").connections(4).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most;
        self
    }

    /// Makes the tables of the inbox, or applies the migrations that they lack: see [`SqliteStore::migrate`].
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// SqliteStore::options("shop.db").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4").migrate().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub async fn migrate(self) -> Result<Migrated, OpenError> {
        open::migrate(&self.address?, &self.expected.or_create()).await
    }

    /// Connects to the inbox, and changes no table.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
    /// # async fn run() {
    /// match SqliteStore::options("shop.db").connect().await {
    ///     Ok(store) => println!("connected to the inbox {}", store.identity()),
    ///     Err(OpenError::OlderSchema { needed, .. }) => println!("migrate to version {needed} first"),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open), and if the inbox is missing or lacks migrations.
    pub async fn connect(self) -> Result<SqliteStore, OpenError> {
        self.start(Setup::Apart, None).await
    }

    /// Opens the file, and applies migrations that its tables lack. [`create`](Self::create) says whether a missing inbox
    /// is created.
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
    /// If the path or URL is invalid, if [`connections`](Self::connections) is too small, if the file or its inbox is
    /// missing and is not to be created, if the inbox has another identity, if a newer release has changed its tables in a
    /// way that this release cannot use, if the file or its folder cannot be written, or if the database is not durable.
    pub async fn open(self) -> Result<SqliteStore, OpenError> {
        self.start(Setup::Included, None).await
    }

    /// Opens the file, and removes this folder after the last connection was closed.
    pub(super) async fn open_in(self, folder: Folder) -> Result<SqliteStore, OpenError> {
        self.start(Setup::Included, Some(folder)).await
    }

    async fn start(self, setup: Setup, folder: Option<Folder>) -> Result<SqliteStore, OpenError> {
        if self.connections <= OTHERS {
            return Err(OpenError::TooFewConnections { connections: self.connections, least: OTHERS + 1 });
        }
        let address = self.address?;
        let expected = match setup {
            Setup::Included if address.creates => self.expected.or_create(),
            Setup::Included => self.expected,
            Setup::Apart => self.expected.existing(),
        };
        let opened = open::open(&address, &expected, setup).await?;
        let most = self.connections.min(u32::from(u16::MAX)) - OTHERS;
        let (identity, is_log_pending) = (opened.identity.clone(), opened.is_log_pending);
        let fault = Fault::default();
        let readers = Arc::new(Readers::new(opened.options.clone(), most, opened.witness.for_readers(), fault.clone()));
        let connection = WriteConnection::new(opened, Arc::clone(&readers), fault.clone(), folder);
        let writer = Writer::start(connection, is_log_pending, fault);
        let inner = Arc::new(Inner {
            writer,
            readers,
            waits: Arc::default(),
            turns: Arc::default(),
            proof: Arc::default(),
            arrived: Notify::new(),
            identity,
            file: address.file,
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
