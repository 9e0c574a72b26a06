//! Opening a PostgreSQL database.

use std::fmt;
use std::sync::Arc;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::listen::{listen, notify};
use super::open;
use super::pool::{ACQUIRE, autocommit, handlers_pool, pool};
use super::shared::proof::{LOOK_EVERY, Proof};
use super::store::{Inner, PostgresStore};
use super::writer::Writer;
use crate::OpenError;
use crate::identity::Expected;
use crate::seal::Seal;

/// The number of connections that claim, end attempts and read.
const CHANGES: u32 = 4;

/// The number of connections that count repeats. They are apart, because a flood of one delivery waits for one row.
const REPEATS: u32 = 2;

/// The number of handlers that run at once, if not set.
const HANDLERS: u32 = 16;

/// The options for opening a PostgreSQL database: see [`PostgresStore::options`].
///
/// ```
/// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
/// # async fn run() -> Result<(), OpenError> {
/// let options = PostgresStore::options("postgres://shop@db/shop").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4");
/// let store = options.open().await?;
/// # Ok(())
/// # }
/// ```
pub struct PostgresOptions {
    options: Result<PgConnectOptions, sqlx::Error>,
    expected: Expected,
}

impl PostgresStore {
    /// Connects to the inbox in a database. The application's own tables may be in the same database. They must be if
    /// handlers write in the inbox's transaction.
    ///
    /// A database without an inbox is an error, because a new inbox would know no ids. [`options`](Self::options) can
    /// create one.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = PostgresStore::connect("postgres://shop@db/shop?sslmode=verify-full").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`PostgresOptions::open`].
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::options(url).open().await
    }

    /// Connects with options of the connection, such as a certificate or a `search_path`.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// use sqlx::postgres::PgConnectOptions;
    ///
    /// # async fn run() -> Result<(), OpenError> {
    /// let connection = PgConnectOptions::new().host("db").username("shop").options([("search_path", "inbox")]);
    /// let store = PostgresStore::connect_with(connection).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`PostgresOptions::open`].
    pub async fn connect_with(options: PgConnectOptions) -> Result<Self, OpenError> {
        Self::options_with(options).open().await
    }

    /// Returns the options for a database: whether its inbox is created, and which identity it must have.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let new = PostgresStore::options("postgres://shop@db/shop").create(true).open().await?;
    /// println!("pin this identity: {}", new.identity());
    ///
    /// let production = PostgresStore::options("postgres://shop@db/shop").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4");
    /// let production = production.open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn options(url: &str) -> PostgresOptions {
        PostgresOptions { options: url.parse(), expected: Expected::default() }
    }

    /// Returns the options for a database that is reached with these options of the connection.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// use sqlx::postgres::PgConnectOptions;
    ///
    /// # async fn run() -> Result<(), OpenError> {
    /// let connection = PgConnectOptions::new().host("db").username("shop");
    /// let store = PostgresStore::options_with(connection).create(true).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn options_with(options: PgConnectOptions) -> PostgresOptions {
        PostgresOptions { options: Ok(options), expected: Expected::default() }
    }
}

impl PostgresOptions {
    /// Sets whether missing tables of the inbox are created, which needs the right to create them. The default is
    /// `false`.
    ///
    /// Set it in development, in tests, and once for a new database. A process that creates a missing inbox at every
    /// start forgets all ids when its URL names the wrong database, and repeats are processed a second time.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = PostgresStore::options("postgres://localhost/test").create(true).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.expected.create = create;
        self
    }

    /// Pins the [identity](PostgresStore::identity) of the inbox: an inbox with another identity is refused, and a
    /// missing one is not created.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let options = PostgresStore::options("postgres://shop@db/shop").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4");
    /// let store = options.open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.expected.identity = Some(identity.into());
        self
    }

    /// Connects to the database.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() {
    /// match PostgresStore::options("postgres://shop@db/shop").open().await {
    ///     Ok(store) => println!("opened the inbox {}", store.identity()),
    ///     Err(OpenError::NoInbox { database }) => println!("is {database} the right database?"),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the URL is invalid, if the server cannot be reached, if the inbox is missing and is not to be created, if it
    /// has another identity, or if the server is not durable.
    pub async fn open(self) -> Result<PostgresStore, OpenError> {
        let options = self.options?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("referral-webhooks-inbox"),
        };
        let target = Arc::new(open::open(options, &self.expected).await?);
        let changes = pool(&target, CHANGES, ACQUIRE, open::LOCK);
        let arrived = Arc::new(Notify::new());
        let stored = Arc::new(Notify::new());
        let writer = Writer::start(&target, &pool(&target, REPEATS, ACQUIRE, open::LOCK), &arrived, &stored);
        let proof = Arc::default();
        let mut background = JoinSet::new();
        background.spawn(listen(pool(&target, 1, ACQUIRE, open::LOCK), Arc::clone(&arrived)));
        background.spawn(notify(changes.clone(), stored));
        background.spawn(look_every(changes.clone(), Arc::clone(&proof)));
        let handlers = handlers_pool(&target, HANDLERS);
        let inner = Inner {
            writer,
            changes,
            waits: Arc::default(),
            turns: Arc::default(),
            proof,
            arrived,
            target,
            seal: Seal::default(),
            _background: background,
        };
        Ok(PostgresStore { inner: Arc::new(inner), handlers })
    }
}

/// Omits the options of the connection, because the password is one of them.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// Looks at the clocks while the store is open.
async fn look_every(changes: PgPool, proof: Arc<Proof>) {
    loop {
        sleep(LOOK_EVERY).await;
        let proof = Arc::clone(&proof);
        if autocommit(&changes, |connection| Box::pin(Proof::look(proof, connection))).await.is_err() {
            tracing::debug!(target: "referral_webhooks", "proven time was not written");
        }
    }
}
