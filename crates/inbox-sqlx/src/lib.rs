//! SQLite and PostgreSQL as stores of `referral-webhooks-inbox`, next to the application's own tables.
//!
//! | Feature | Store | For |
//! | --- | --- | --- |
//! | `sqlite` (default) | `SqliteStore`: one file | one machine |
//! | `postgres` | `PostgresStore`: one database | several machines that receive and process |
//! | `metrics` | both | the histogram `inbox_commit_batch_size`, for the installed recorder |
//!
//! One of the two stores is needed. PostgreSQL users set `default-features = false`, so that SQLite's C code is not
//! built:
//!
//! ```toml
//! [dependencies]
//! referral-webhooks-inbox-sqlx = { version = "0.1", default-features = false, features = ["postgres"] }
//! sqlx = { version = "0.9", features = ["postgres", "runtime-tokio", "tls-rustls-ring"] }
//! ```
//!
//! Handlers of [`run_in_tx`](referral_webhooks_inbox::Worker::run_in_tx) get a connection of sqlx 0.9. An application
//! with another version of sqlx does not compile, and the error says so: it needs the same one.
//!
//! # Receive, and pay once
//!
//! ```no_run
//! use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
//! use referral_webhooks::{Delivery, Endpoint};
//! use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, Outcome};
//! # #[cfg(feature = "sqlite")]
//! use referral_webhooks_inbox_sqlx::SqliteStore;
//! # #[cfg(feature = "sqlite")]
//! use sqlx::SqliteConnection;
//!
//! /// Runs in the inbox's transaction: the reward and the completion are committed together.
//! # #[cfg(feature = "sqlite")]
//! async fn credit(delivery: Delivery<Redpin>, attempt: Attempt, shop: &mut SqliteConnection) -> Result<Outcome, sqlx::Error> {
//!     let Event::ReferralCreated(referral) = delivery.event() else { return Ok(Outcome::Ignored("no referral".into())) };
//!     if referral.status != ReferralStatus::Created {
//!         return Ok(Outcome::Ignored("a referral that failed".into()));
//!     }
//!     sqlx::query("INSERT INTO reward (delivery) VALUES ($1)").bind(attempt.id).execute(shop).await?;
//!     Ok(Outcome::Done)
//! }
//!
//! # #[cfg(feature = "sqlite")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let inbox = Inbox::new(SqliteStore::options("shop.db").create(true).open().await?);
//! let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//! let shutdown = CancellationToken::new();
//! inbox.worker().run_in_tx(&redpin, credit).until(shutdown).await;
//! # Ok(())
//! # }
//! ```
//!
//! PostgreSQL needs `PostgresStore::options("postgres://shop@db/shop")` and `PgConnection` instead. For encrypted
//! connections the application depends on `sqlx` with `tls-rustls-ring`, `tls-rustls-aws-lc-rs` or `tls-native-tls`,
//! and adds `?sslmode=verify-full` to the URL.
//!
//! The [guide](guide::store_and_pay_once) says which runner to choose, and what else to decide.
//!
//! # Promises
//!
//! The conformance suite of `referral-webhooks-inbox` and the tests of this crate check them on both engines.
//!
//! ## Nothing acknowledged is lost
//!
//! - **An acknowledged delivery is on the disk.** SQLite's file is in WAL mode with `synchronous=FULL`; PostgreSQL
//!   commits with `synchronous_commit=on`, on a server with `fsync` and `full_page_writes`. The settings are read back
//!   at every connection, and a database without them is refused. Processes are killed in the tests; power loss was not
//!   tested.
//! - **An acknowledged delivery is in the file at its path.** SQLite writes to a file that was moved or removed, and
//!   reports success. So device and inode of the file, of its log `-wal` and of the log's index `-shm` are compared
//!   after every commit, before a transaction that begins more than 10 ms later, and once a second without traffic.
//!   While the files are away, deliveries are refused, one error is logged and `health` names the cause. They are
//!   stored again when the files are back. Another file, older content or a truncated log at the path needs a restart.
//!   The log is moved into the file before its connection is closed, and is never applied to another file. The
//!   comparison needs Unix.
//! - **An inbox is created on request only**, because a new one knows no ids. `create(true)` creates it, and logs its
//!   [identity](SqliteStore::identity) at `warn`. A pinned identity refuses every other database.
//! - **Faults pass without a restart**: a full disk, a locked file, a server that was away.
//!
//! ## Every effect happens once
//!
//! - **In the inbox's transaction** ([`run_in_tx`](referral_webhooks_inbox::Worker::run_in_tx)), the effect and the
//!   completion are committed together. A worker whose lease has expired has no effect. After an error of the database,
//!   a handler returns [`Outcome::Retry`](referral_webhooks_inbox::Outcome::Retry) and does not continue: SQLite may
//!   have rolled back the transaction, and PostgreSQL has aborted it.
//! - **In a transaction of another driver** ([`run_completing`](referral_webhooks_inbox::Worker::run_completing)), the
//!   application executes the completion in its own transaction.
//! - **In another database**, the table in [`guard`] makes the effect happen once.
//! - **A handler costs no other handler its effect.** On SQLite handlers share transactions, so a commit that the inbox
//!   did not issue becomes a rollback, and a statement that a handler has left running is interrupted at its limit.
//! - **A delivery that aborts its process** becomes a dead letter after its attempts. Meanwhile it is isolated.
//!
//! ## Work continues
//!
//! - **On PostgreSQL slow handlers delay no other work.** SQLite has one writer, so its handlers must be short; the
//!   writer leaves the file to other processes between them.
//! - **A shutdown waits for its grace and no longer**, and interrupted attempts do not count.
//! - **A subject continues**: the end of an entry promotes the next one in the same transaction. After a completion by
//!   another driver whose process died, a worker promotes it within a minute.
//! - **Every statement of a worker has an index.** A million finished or waiting entries cost a tenth of the
//!   throughput; on SQLite a third if ids are random, as digests are, because each one changes another page
//!   (`scripts/bench`).
//!
//! ## Clocks may be wrong
//!
//! - **A clock that was ahead** delays no entry longer than its own lease or back-off once it is corrected.
//! - **A clock that jumps ahead** ends no lease of a living worker. A process notices a jump by its monotonic clock; a
//!   process that starts later compares the clock with proven time, and ignores less than an hour. A worker that died
//!   at that time is noticed one lease later.
//! - **A wrong clock deletes nothing early.** Deletion goes by proven time. It advances with the monotonic clock, and
//!   follows the database's clock by a quarter of an hour a day, or by an hour at a restart. A longer jump must last a
//!   day at one distance while a process runs. Until then it is logged, and shown in
//!   [`Stats::clock_ahead`](referral_webhooks_inbox::store::Stats::clock_ahead).
//!
//! ## Personal data goes when it is erased
//!
//! - SQLite's file and log keep no erased text. While another connection reads, the log cannot be emptied: `erase`
//!   returns `Erasure::LogPending`, `Stats::log_pending` is set, and the store tries again, also after a restart.
//! - PostgreSQL overwrites the rows at the next vacuum. Its log and its backups are the operator's.
//!
//! # Set up and upgrade
//!
//! `SqliteStore::migrate` and `PostgresStore::migrate` make or change the inbox's tables, which begin with `inbox_`.
//! `connect` changes none. `open` does both in one call, for SQLite and small set-ups. The [guide](guide::set_up) has the
//! steps of a deployment, the least rights on PostgreSQL, and the SQL for the application's own tool ([`schema`]).
//!
//! - **A rollback works.** A release uses tables to which a newer release has added. Tables that a newer release has
//!   changed in another way are refused, with the name of that release.
//! - **Concurrent starts are safe**: of several processes that migrate at once, one does.
//!
//! # Read and change the tables
//!
//! The statements are files under `sql/` of this crate. Each can be pasted into `sqlite3` (3.42 or later) or `psql`
//! after its placeholders were replaced by the texts in `sql/sqlite/placeholders.txt` or
//! `sql/postgres/placeholders.txt`.
//!
//! # Backups
//!
//! A copy of SQLite's file lacks the commits in its log, which may be all of them. Complete copies are made by:
//!
//! - `sqlite3 shop.db "VACUUM INTO 'backup.db'"`, or `.backup backup.db`, at any time;
//! - a copy of the file after [`SqliteStore::close`], when no other process has it open.
//!
//! The log is moved into the file while it grows, every hour and by `close`. Copy the file in another process than the
//! one that has it open, because a process that closes a file loses its locks on it. New files are readable by their
//! owner alone.
//!
//! A restored backup does not know the ids that came after it, and their repeats are processed a second time. To
//! restore, stop all processes, remove `-wal` and `-shm`, move the backup to the path, and check the payments since the
//! backup.
//!
//! # Limits
//!
//! - SQLite is for one machine and a local disk: several processes may share a file, several machines may not.
//! - A SQLite file whose content is overwritten in place (`cp backup.db shop.db`) keeps its inode. This is detected
//!   only if the file was truncated, or when it is opened. A log that is shortened within 10 ms before a commit, and
//!   keeps its header, is not detected.
//! - `secure_delete` overwrites erased texts, but not the copies that SQLite leaves in free space when it splits a
//!   page. Bodies are appended, and leave none; a handler's reason may leave one until `VACUUM`.
//! - An application's connection to the same SQLite file may wait long while several workers run slow handlers, because
//!   it polls the lock as its `busy_timeout` says.
//! - A PostgreSQL database must be `UTF8`. Texts cannot contain U+0000, so ids and names have U+2400 in its place;
//!   bodies are kept byte for byte.
//! - A pooler between the inbox and PostgreSQL must keep sessions apart, because settings, prepared statements and
//!   `LISTEN` belong to the session. A pooler that shares them, such as pgbouncer with `pool_mode = transaction`, is
//!   refused when a store is opened.
//! - Bodies are encrypted by `referral_webhooks_inbox::Sealed` around a store, not by the database.
//! - A clock that is wrong by the same distance for a day of running time is believed. Time during which no process
//!   runs counts as age only after such a day, so a machine that is off every night keeps entries for longer.
//! - The crate needs Rust 1.94, like sqlx 0.9.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("choose an engine: the feature `sqlite` or `postgres`");

mod compatibility;
mod copy;
mod engine;
pub mod guard;
#[cfg(any(doc, doctest))]
pub mod guide;
mod identity;
mod migrated;
mod open_error;
#[cfg(feature = "postgres")]
#[allow(clippy::duplicate_mod, reason = "what the engines share is compiled once for each")]
mod postgres;
mod proven_time;
pub mod schema;
mod seal;
#[cfg(feature = "sqlite")]
#[allow(clippy::duplicate_mod, reason = "what the engines share is compiled once for each")]
mod sqlite;
mod statements;
mod telemetry;

pub use copy::{EntryCopy, Restored};
pub use migrated::Migrated;
pub use open_error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
