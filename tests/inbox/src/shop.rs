//! The database of a scenario, with the tables of effects.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sqlx::{AnyConnection, Connection as _, Row as _};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::process::{Process, Start};
use crate::serve::{Serve, Work};
use crate::setting::Setting;
use crate::store::Kind;

/// The default duration of a lease.
pub(crate) const LEASE: Duration = Duration::from_millis(1_500);

/// The database of a scenario.
pub(crate) struct Shop {
    kind: Kind,
    url: String,
    folder: TempDir,
}

impl Shop {
    pub(crate) async fn open(setting: &Setting) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = setting.store.new_database(folder.path()).await;
        Self::open_at(setting, url, folder).await
    }

    pub(crate) async fn open_at(setting: &Setting, url: String, folder: TempDir) -> Self {
        let shop = Self { kind: setting.store.kind(), url, folder };
        let mut connection = shop.connect().await;
        // Without unique keys, so that a second effect is visible instead of prevented.
        for table in ["CREATE TABLE effect (key TEXT NOT NULL)", "CREATE TABLE effect_plain (key TEXT NOT NULL)"] {
            sqlx::query(table).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        shop
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the statement that prevents other writes for the duration of a transaction.
    pub(crate) const fn lock(&self) -> &'static str {
        self.kind.lock()
    }

    /// Opens a connection of the driver.
    pub(crate) async fn connect(&self) -> AnyConnection {
        AnyConnection::connect(&self.url).await.unwrap()
    }

    /// Returns the default options of a process of this shop.
    pub(crate) fn serving(&self, name: &str, work: Work) -> Serve {
        Serve {
            store: self.url.clone(),
            name: name.to_owned(),
            work,
            lease: LEASE.as_millis().try_into().unwrap(),
            takes: 0,
            attempts: 20,
            grace: 25_000,
            any_age: false,
            current: 0,
            previous: None,
            reopening: 0,
            subjects: false,
            tenants: false,
            statements: false,
            maintenance: false,
            prunes: false,
        }
    }

    /// Returns how to start a process without wrappers.
    pub(crate) fn plainly(&self, serve: Serve) -> Start {
        let log = self.folder().join(format!("{}.log", serve.name));
        Start { serve, through: Vec::new(), environment: Vec::new(), log }
    }

    pub(crate) async fn start(&self, name: &str, work: Work) -> Process {
        self.plainly(self.serving(name, work)).start().await
    }

    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        let mut connection = self.connect().await;
        let number = sqlx::query(query).fetch_one(&mut connection).await.unwrap().get(0);
        connection.close().await.unwrap();
        number
    }

    /// Returns the number of unfinished entries.
    pub(crate) async fn unfinished(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM inbox_entry WHERE finished_at IS NULL").await
    }

    /// Waits until every entry is finished, and returns how long that took, or `None` after `patience`.
    pub(crate) async fn drained(&self, patience: Duration) -> Option<Duration> {
        let began = Instant::now();
        while self.unfinished().await > 0 {
            if began.elapsed() > patience {
                return None;
            }
            sleep(Duration::from_millis(50)).await;
        }
        Some(began.elapsed())
    }

    /// Waits until every entry is finished, for as long as the longest wait of an entry. An entry that misses its secret
    /// waits longer each time, so that on a slow machine it waits longer than the judge.
    pub(crate) async fn let_waits_end(&self) {
        let longest = "SELECT COALESCE(MAX(wait), 0) FROM inbox_entry WHERE state = 'retryable'";
        let longest = self.number(longest).await.unsigned_abs();
        self.drained(Duration::from_millis(longest)).await;
    }

    /// Returns whether the lock for writing is free.
    async fn is_free(&self) -> bool {
        if !self.kind.has_one_writer() {
            // Longer than a handler may be idle, after which the server ends its transaction.
            sleep(Duration::from_millis(100)).await;
            return true;
        }
        let mut connection = self.connect().await;
        let lock = async { sqlx::raw_sql(self.kind.lock()).execute(&mut connection).await };
        // A dropped connection rolls back.
        matches!(timeout(Duration::from_millis(100), lock).await, Ok(Ok(_)))
    }

    /// Stops a worker while it holds leases but not the lock for writing, which would stop the others as well. Returns
    /// the number of those leases.
    pub(crate) async fn stop_at_work(&self, worker: &Process, running: &'static str) -> i64 {
        for round in 0..500 {
            worker.signal(Signal::STOP);
            if self.number(running).await > 0 && self.is_free().await {
                let held = self.number(running).await;
                if held > 0 {
                    return held;
                }
            }
            worker.signal(Signal::CONT);
            sleep(Duration::from_millis(5 + round * 7 % 30)).await;
        }
        panic!("the worker never held a lease without the lock");
    }
}
