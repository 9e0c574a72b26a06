//! Opening a PostgreSQL database.

use std::fmt;
use std::sync::Arc;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::address;
use super::connections::Connections;
use super::listen::{listen, notify};
use super::open::{self, Setup};
use super::pool::{ACQUIRE, autocommit, handlers_pool, pool};
use super::shared::proof::{LOOK_EVERY, Proof};
use super::store::{Inner, PostgresStore};
use super::writer::Writer;
use crate::identity::Expected;
use crate::seal::Seal;
use crate::{Migrated, OpenError};

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
    options: Result<PgConnectOptions, OpenError>,
    expected: Expected,
    connections: u32,
}

impl PostgresStore {
    /// Makes the tables of the inbox, or applies the migrations that they lack. The role needs the right to create
    /// tables in the first schema of its `search_path`.
    ///
    /// Run it once for a new database and at every deployment, before the release that needs it: as a step of its own,
    /// with the owner of the tables. Concurrent calls are safe. A missing inbox is created, because the call asks for
    /// it; with a [pinned identity](PostgresOptions::identity) it is an error.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let migrated = PostgresStore::migrate("postgres://owner@db/shop").await?;
    /// println!("the inbox {} has tables of version {}", migrated.identity, migrated.to);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`PostgresOptions::migrate`].
    pub async fn migrate(url: &str) -> Result<Migrated, OpenError> {
        Self::options(url).migrate().await
    }

    /// Connects to the inbox in a database. The application's own tables may be in the same database. They must be if
    /// handlers write in the inbox's transaction.
    ///
    /// The call changes no table, and needs only the rights in [`schema::postgres_grants`](crate::schema). A database
    /// without an inbox is an error, because a new inbox would know no ids. [`migrate`](Self::migrate) creates one.
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
    /// Those of [`PostgresOptions::connect`].
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::options(url).connect().await
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
    /// Those of [`PostgresOptions::connect`].
    pub async fn connect_with(options: PgConnectOptions) -> Result<Self, OpenError> {
        Self::options_with(options).connect().await
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
        PostgresOptions {
            options: address::parse(url),
            expected: Expected::default(),
            connections: Connections::DEFAULT,
        }
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
        PostgresOptions { options: Ok(options), expected: Expected::default(), connections: Connections::DEFAULT }
    }
}

impl PostgresOptions {
    /// Sets whether [`open`](Self::open) creates a missing inbox, which needs the right to create tables. The default is
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

    /// Sets the most connections of this process to the database: 5 at least, 25 if not set.
    ///
    /// | use | of 5 | of 10 | of 25 | of more |
    /// |---|---|---|---|---|
    /// | handlers in the inbox's transaction, each for as long as it runs | 1 | 4 | 16 | the rest |
    /// | claims, ends of attempts and reads | 1 | 2 | 4 | 4 |
    /// | storing deliveries | 1 | 2 | 2 | 2 |
    /// | counting repeats | 1 | 1 | 2 | 2 |
    /// | listening for deliveries of other processes | 1 | 1 | 1 | 1 |
    ///
    /// A handler without a connection waits, so a worker's [`concurrency`](referral_webhooks_inbox::Worker::concurrency)
    /// is best the number of handlers here. The application's own pools are in addition. PostgreSQL permits 100 for all
    /// programs together, if its `max_connections` is not set.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = PostgresStore::options("postgres://shop@db/shop").connections(10).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most;
        self
    }

    /// Makes the tables of the inbox, or applies the migrations that they lack: see [`PostgresStore::migrate`].
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let options = PostgresStore::options("postgres://owner@db/shop").identity("6f1c0a4e27b9488d9a3de51f70b2c8d4");
    /// options.migrate().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the URL is invalid, if the server cannot be reached, if the pinned inbox is missing or another one, if a newer
    /// release has changed the tables in a way that this release cannot use, or if the role may not change tables.
    pub async fn migrate(self) -> Result<Migrated, OpenError> {
        open::migrate(&named(self.options?), &self.expected.or_create()).await
    }

    /// Connects to the inbox, and changes no table.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() {
    /// match PostgresStore::options("postgres://shop@db/shop").connect().await {
    ///     Ok(store) => println!("connected to the inbox {}", store.identity()),
    ///     Err(OpenError::OlderSchema { needed, .. }) => println!("migrate to version {needed} first"),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the URL is invalid, if [`connections`](Self::connections) is too small, if the server cannot be reached, if a
    /// pooler shares its sessions, if the inbox is missing, lacks migrations, or was changed by a newer release in a way
    /// that this release cannot use, if the inbox has another identity, if the role lacks rights, or if the server is not
    /// durable.
    pub async fn connect(self) -> Result<PostgresStore, OpenError> {
        self.start(Setup::Apart).await
    }

    /// Connects to the inbox, and applies migrations that its tables lack. [`create`](Self::create) says whether a
    /// missing inbox is created.
    ///
    /// One call is enough for development and small set-ups. With [`migrate`](Self::migrate) and
    /// [`connect`](Self::connect), the process that receives needs no right to change tables. This call needs that right
    /// only if a migration is missing.
    ///
    /// ```
    /// # use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore};
    /// # async fn run() -> Result<(), OpenError> {
    /// let store = PostgresStore::options("postgres://shop@db/shop").create(true).open().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect), and if a missing migration cannot be applied.
    pub async fn open(self) -> Result<PostgresStore, OpenError> {
        self.start(Setup::Included).await
    }

    async fn start(self, setup: Setup) -> Result<PostgresStore, OpenError> {
        if self.connections < Connections::LEAST {
            return Err(OpenError::TooFewConnections { connections: self.connections, least: Connections::LEAST });
        }
        let connections = Connections::of(self.connections);
        let expected = match setup {
            Setup::Included => self.expected,
            Setup::Apart => self.expected.existing(),
        };
        let target = Arc::new(open::open(named(self.options?), &expected, setup).await?);
        let changes = pool(&target, connections.changes, ACQUIRE, open::LOCK);
        let arrived = Arc::new(Notify::new());
        let stored = Arc::new(Notify::new());
        let repeats = pool(&target, connections.repeats, ACQUIRE, open::LOCK);
        let writer = Writer::start(connections.writers, &target, &repeats, &arrived, &stored);
        let proof = Arc::default();
        let mut background = JoinSet::new();
        background.spawn(listen(pool(&target, Connections::LISTENER, ACQUIRE, open::LOCK), Arc::clone(&arrived)));
        background.spawn(notify(changes.clone(), Arc::clone(&stored)));
        background.spawn(look_every(changes.clone(), Arc::clone(&proof)));
        let handlers = handlers_pool(&target, connections.handlers);
        let inner = Inner {
            writer,
            changes,
            waits: Arc::default(),
            turns: Arc::default(),
            proof,
            arrived,
            stored,
            storing_items: Mutex::default(),
            target,
            seal: Seal::default(),
            _background: background,
        };
        Ok(PostgresStore { inner: Arc::new(inner), handlers })
    }
}

/// Returns the options with a name for the server's list of connections, and without a parameter that poolers refuse.
fn named(options: PgConnectOptions) -> PgConnectOptions {
    // The server's default since PostgreSQL 12 is as exact.
    let options = options.extra_float_digits(None);
    match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("referral-webhooks-inbox"),
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
