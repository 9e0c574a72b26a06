//! Differences between the stores. The rest of this program knows a store by its URL.

use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use futures_util::future::BoxFuture;
use referral_webhooks_inbox::store::TransactionalStore;
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use sqlx::{PgConnection, SqliteConnection};

use crate::server::Server;

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Returns whether a scenario mounts a disk, in order to fill it.
    pub(crate) const fn needs_mounts(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// Returns the statement that prevents other writes for the duration of a transaction.
    pub(crate) const fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN; LOCK TABLE inbox_entry IN ACCESS EXCLUSIVE MODE",
        }
    }

    /// Returns how many milliseconds a handler takes that a fault is to hit: few if the other handlers wait for it.
    pub(crate) const fn takes(self) -> u64 {
        match self {
            Self::Sqlite => 2,
            Self::Postgres => 40,
        }
    }

    /// Returns whether a frozen writer stops all others.
    pub(crate) const fn has_one_writer(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// Returns the query that must answer `ok` at the end.
    pub(crate) const fn integrity(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("PRAGMA integrity_check"),
            // PostgreSQL has no such query.
            Self::Postgres => None,
        }
    }
}

/// The place of new databases.
#[derive(Debug, Clone)]
pub(crate) enum Store {
    Sqlite,
    Postgres(Arc<Server>),
}

impl Store {
    pub(crate) async fn start(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite,
            Kind::Postgres => Self::Postgres(Arc::new(Server::start(Vec::new()).await)),
        }
    }

    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Sqlite => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// Creates a database with an inbox, in this folder if it is a file, and returns its URL. Processes open existing
    /// databases only.
    pub(crate) async fn new_database(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => {
                let url = format!("sqlite:{}", folder.join("shop.db").display());
                drop(SqliteStore::options(folder.join("shop.db")).create(true).open().await.unwrap());
                url
            }
            Self::Postgres(server) => {
                let url = server.new_database().await;
                drop(PostgresStore::options(&url).create(true).open().await.unwrap());
                url
            }
        }
    }
}

/// A store whose transactions can contain an effect.
pub(crate) trait Effects: TransactionalStore {
    fn effect(tx: &mut Self::Tx, delivery_id: String) -> BoxFuture<'_, Result<(), sqlx::Error>>;
}

impl Effects for SqliteStore {
    fn effect(tx: &mut SqliteConnection, delivery_id: String) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async move { sqlx::query(EFFECT).bind(delivery_id).execute(tx).await.map(|_| ()) })
    }
}

impl Effects for PostgresStore {
    fn effect(tx: &mut PgConnection, delivery_id: String) -> BoxFuture<'_, Result<(), sqlx::Error>> {
        Box::pin(async move { sqlx::query(EFFECT).bind(delivery_id).execute(tx).await.map(|_| ()) })
    }
}

const EFFECT: &str = "INSERT INTO effect (key) VALUES ($1)";
