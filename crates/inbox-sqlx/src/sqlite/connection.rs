//! The connection that writes, and its recovery after a fault.
//!
//! - **Guarantees**: a commit is acknowledged only if the files of the connection are still those at their paths. After
//!   an error, or while the files are away, the store refuses deliveries, and accepts them again without a restart. The
//!   content of a log that is away is moved into the file before its connection is closed.
//! - **Assumes** that people and programs may move, remove, replace, truncate and restore the database, its log and the
//!   log's index at any time, and that another process may have the database open.
//! - **Without it**, SQLite would acknowledge deliveries in files that the next start does not find, or apply a log to
//!   another file.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Sqlite, SqliteConnection, Transaction};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, sleep};

use super::commits::Commits;
use super::deadline::Deadline;
use super::fault::Fault;
use super::folder::Folder;
use super::open::{self, begin, connect};
use super::readers::Readers;
use super::shared::tables::identity;
use super::witness::{Moved, Witness};
use super::{log, mover};
use crate::OpenError;

/// The time for which a comparison after a commit replaces the one before the next transaction.
const COMPARED: Duration = Duration::from_millis(10);

/// The interval between two searches for files that are away.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The size above which the log is reported.
const LARGE_LOG: u64 = 64 * 1024 * 1024;

/// The connection that writes.
///
/// It is taken for each transaction, and kept afterwards only if that was committed and the files are still those at
/// their paths. After an error SQLite may have rolled back without sqlx's knowledge, so a connection that is not kept
/// is closed.
pub(crate) struct WriteConnection {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    witness: Witness,
    compared: Instant,
    identity: String,
    /// The highest id of an entry. A restored file with older content has a lower one.
    highest: i64,
    /// The generation of the log: incremented when a process that has the database to itself replaces a removed log.
    generation: i64,
    pub(crate) deadline: Deadline,
    commits: Commits,
    readers: Arc<Readers>,
    /// Wakes the task that moves the log.
    committed: Sender<()>,
    fault: Fault,
    away: Option<Away>,
    is_log_large: bool,
    /// Removed after the connection was closed, because members are dropped in this order.
    _folder: Option<Folder>,
}

/// The state while the files at the paths are not those that were opened.
struct Away {
    why: Moved,
    look_at: Instant,
    /// Whether the database's file has all commits. If not, its log is needed.
    is_saved: bool,
    /// The connection with a log that is not saved yet.
    unsaved: Option<SqliteConnection>,
}

impl WriteConnection {
    pub(super) fn new(opened: open::Opened, readers: Arc<Readers>, fault: Fault, folder: Option<Folder>) -> Self {
        let open::Opened { connection, options, witness, identity, highest, generation, .. } = opened;
        Self {
            connection: Some(connection),
            options,
            witness,
            compared: Instant::now(),
            identity,
            highest,
            generation,
            deadline: Deadline::default(),
            commits: Commits::default(),
            committed: mover::start(Arc::clone(&readers)),
            readers,
            fault,
            away: None,
            is_log_large: false,
            _folder: folder,
        }
    }

    /// Prepares the first connection.
    pub(crate) async fn begin(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            self.connection = self.watch(&mut connection).await.is_ok().then_some(connection);
        }
    }

    /// Sets the hooks that stop handlers from committing and from exceeding their limit.
    async fn watch(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        self.deadline.watch(connection).await?;
        self.commits.watch(connection).await
    }

    /// Returns the connection, if its files are those at their paths.
    pub(crate) async fn take(&mut self) -> Result<SqliteConnection, Failure> {
        match self.connection.take() {
            Some(connection) if self.compared.elapsed() < COMPARED => Ok(connection),
            Some(mut connection) => match self.compare(&mut connection).await? {
                Ok(_) => Ok(connection),
                Err(why) => Err(self.refuse(Some(connection), why).await),
            },
            None => self.reopen().await,
        }
    }

    /// Compares the files between transactions, and reopens files that are back.
    pub(crate) async fn look(&mut self) {
        self.connection = self.take().await.ok();
    }

    /// Compares the files, and returns the size of the log. A log counts as truncated only if its index confirms it
    /// several times, because another process may be restarting the log at this moment.
    async fn compare(&mut self, connection: &mut SqliteConnection) -> Result<Result<u64, Moved>, sqlx::Error> {
        const LOOKS: u32 = 3;
        let compared = self.witness.check();
        if compared != Err(Moved::LogCut) {
            return Ok(compared);
        }
        for _ in 0..LOOKS {
            let least = log::least_length(connection).await?;
            if let Some(length) = self.witness.whole_log().filter(|length| *length >= least) {
                return Ok(Ok(length));
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(Err(Moved::LogCut))
    }

    /// Commits a transaction.
    pub(crate) async fn commit(&self, transaction: Transaction<'_, Sqlite>) -> Result<(), sqlx::Error> {
        self.commits.commit(transaction).await
    }

    /// Keeps the connection after a commit. An error means that the next start does not find the commit.
    pub(crate) async fn keep(&mut self, mut connection: SqliteConnection) -> Result<(), Failure> {
        match self.compare(&mut connection).await? {
            Ok(log) => {
                (self.connection, self.compared) = (Some(connection), Instant::now());
                self.report(log);
                // A full channel means that the task is awake.
                let _ = self.committed.try_send(());
                Ok(())
            }
            Err(why) => Err(self.refuse(Some(connection), why).await),
        }
    }

    /// Notes the id of a new entry.
    pub(crate) fn stored(&mut self, id: i64) {
        self.highest = self.highest.max(id);
    }

    /// Empties the log, and deletes the notes of erasures. `false`: another connection reads or writes.
    pub(crate) async fn empty_log(&mut self) -> Result<bool, Failure> {
        let mut connection = self.take().await?;
        let last = log::last_noted(&mut connection).await?;
        let is_empty = log::empty(&mut connection).await?;
        if is_empty && last > 0 {
            let mut transaction = begin!(connection);
            log::clear(&mut transaction, last).await?;
            self.commit(transaction).await?;
        }
        self.keep(connection).await?;
        Ok(is_empty)
    }

    /// Closes all connections. The last connection to a database moves the log into the file and removes it.
    pub(crate) async fn close(&mut self) {
        self.readers.close_all().await;
        match self.empty_log().await {
            Ok(true) | Err(Failure::Away) => {}
            Ok(false) => tracing::warn!(
                target: "referral_webhooks", file = %self.witness.file().display(),
                "another connection is open, and a copy of the file alone lacks what is in its log `-wal`"
            ),
            Err(cause) => tracing::warn!(target: "referral_webhooks", %cause, "the log `-wal` could not be emptied"),
        }
        if let Some(connection) = self.connection.take() {
            let _ = connection.close().await;
        }
    }

    fn report(&mut self, log: u64) {
        if log > LARGE_LOG && !self.is_log_large {
            tracing::warn!(
                target: "referral_webhooks", file = %self.witness.file().display(), bytes = log,
                "the log `-wal` grows, because a connection reads without end"
            );
        }
        self.is_log_large = log > LARGE_LOG;
    }

    /// Saves the log, closes all connections, reports the fault once, and refuses calls until the files are back.
    async fn refuse(&mut self, connection: Option<SqliteConnection>, why: Moved) -> Failure {
        let text = self.witness.describe(why);
        if self.fault.set(text.clone()) {
            tracing::error!(target: "referral_webhooks", "deliveries are refused: {text}");
        }
        let before = self.away.take();
        let is_saved = before.as_ref().is_some_and(|away| away.is_saved);
        let unsaved = before.and_then(|away| away.unsaved);
        let look_at = Instant::now() + LOOK_AGAIN;
        let away = self.away.insert(Away { why, look_at, is_saved, unsaved });
        if why.is_destroyed() {
            // A close would move a part of the content into the file, and remove the log.
            std::mem::forget(connection);
            return Failure::Away;
        }
        if connection.is_some() {
            (away.is_saved, away.unsaved) = (false, connection);
            self.readers.close_all().await;
            self.save().await;
        }
        Failure::Away
    }

    /// Moves the log into the database's file, and closes the connection. File and log may come back one by one, and a
    /// removed log is gone once it is closed.
    async fn save(&mut self) {
        let Some(away) = &mut self.away else { return };
        let Some(mut connection) = away.unsaved.take() else { return };
        // If another log is at the path, another process may have moved that one into the file.
        let saved = match away.why.is_log() && !self.witness.has_no_log() {
            true => Ok(false),
            false => log::save(&mut connection).await,
        };
        match saved {
            Ok(false) if self.witness.has_own_log() || self.witness.has_no_log() => {
                away.unsaved = Some(connection);
                return;
            }
            Ok(is_saved) => away.is_saved = is_saved,
            Err(cause) => tracing::error!(target: "referral_webhooks", %cause, "the log could not be saved"),
        }
        // If the file itself was moved, SQLite does not touch the log of another one.
        let _ = connection.close().await;
    }

    /// Opens a connection after an error, or to files that are back.
    async fn reopen(&mut self) -> Result<SqliteConnection, Failure> {
        let away = self.away.as_ref().map(|away| (away.why, away.look_at));
        if away.is_some_and(|(why, look_at)| why.is_destroyed() || Instant::now() < look_at) {
            return Err(Failure::Away);
        }
        if let Some(mut connection) = self.away.as_mut().and_then(|away| away.unsaved.take()) {
            if let Ok(Ok(_)) = self.compare(&mut connection).await {
                self.accept_again();
                return Ok(connection);
            }
            if let Some(away) = &mut self.away {
                away.unsaved = Some(connection);
            }
            self.save().await;
            self.look_later();
            return Err(Failure::Away);
        }
        if let Err(why) = self.witness.check_file() {
            return Err(self.refuse(None, why).await);
        }
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            // The cause is known and was reported.
            Err(_) if self.away.is_some() => {
                self.look_later();
                return Err(Failure::Away);
            }
            Err(error) => return Err(error),
        };
        self.watch(&mut connection).await?;
        self.accept_again();
        Ok(connection)
    }

    /// Reports that the files are back.
    fn accept_again(&mut self) {
        self.away = None;
        if self.fault.end() {
            tracing::warn!(
                target: "referral_webhooks", file = %self.witness.file().display(),
                "the database is back, and deliveries are stored again"
            );
        }
    }

    fn look_later(&mut self) {
        if let Some(away) = &mut self.away {
            away.look_at = Instant::now() + LOOK_AGAIN;
        }
    }

    async fn connect(&mut self) -> Result<SqliteConnection, Failure> {
        let (has_own_log, has_no_log) = (self.witness.has_own_log(), self.witness.has_no_log());
        let are_same = has_own_log && self.witness.has_own_index();
        let away = self.away.as_ref().map(|away| away.is_saved);
        // Before a connection is opened, because that would create another log.
        if away == Some(false) && (!has_own_log || has_no_log) {
            let why = if has_no_log { Moved::LogMissing } else { Moved::LogReplaced };
            return Err(self.refuse(None, why).await);
        }
        let mut connection = connect(&self.options).await?;
        let mut generation = open::generation(&mut connection).await?;
        // If log and index are the same, all commits are there. Otherwise a connection may still use a removed log,
        // unless a process that had the database to itself has replaced it since.
        if away.is_some() && !are_same && generation == self.generation {
            if !has_no_log && !has_own_log {
                return Err(self.refuse(None, Moved::LogReplaced).await);
            }
            open::replace_log(&mut connection).await?;
            generation = open::generation(&mut connection).await?;
        }
        if identity(&mut connection).await? != self.identity || open::highest(&mut connection).await? < self.highest {
            return Err(self.refuse(None, Moved::FileReplaced).await);
        }
        self.generation = generation;
        self.witness.check_file().map_err(|_| Failure::Away)?;
        self.witness.note().map_err(sqlx::Error::from)?;
        Ok(connection)
    }
}

/// The reason why a transaction failed.
pub(crate) enum Failure {
    /// The files are not those at their paths. This was reported.
    Away,
    Open(OpenError),
    Write(sqlx::Error),
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Write(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away => f.write_str("the files are not those that were opened"),
            Self::Open(OpenError::Database(error)) | Self::Write(error) => error.fmt(f),
            Self::Open(error) => error.fmt(f),
        }
    }
}
