//! SQLite and PostgreSQL as stores of `referral-webhooks-inbox`, beside the application's own tables.
//!
//! | Feature | Store | For |
//! | --- | --- | --- |
//! | `sqlite` (default) | `SqliteStore`: one file | one machine |
//! | `postgres` | `PostgresStore`: one database | several machines that receive and work |
//!
//! One of the two is needed; with `default-features = false` nothing of the other is built. `metrics` adds numbers, for
//! whatever recorder is installed; `referral-webhooks-inbox` lists them.
//!
//! ```no_run
//! use futures_util::future::BoxFuture;
//! use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
//! use referral_webhooks::{Delivery, Endpoint};
//! use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, Outcome};
//! # #[cfg(feature = "sqlite")]
//! use referral_webhooks_inbox_sqlx::SqliteStore;
//! # #[cfg(feature = "sqlite")]
//! use sqlx::SqliteConnection;
//!
//! /// Called within the inbox's transaction: the reward and the completion are committed together.
//! # #[cfg(feature = "sqlite")]
//! fn credit<'t>(delivery: Delivery<Redpin>, attempt: Attempt, shop: &'t mut SqliteConnection) -> BoxFuture<'t, Outcome> {
//!     Box::pin(async move {
//!         let Event::ReferralCreated(made) = delivery.event() else { return Outcome::Ignored("no referral".into()) };
//!         if made.status != ReferralStatus::Created {
//!             return Outcome::Ignored("a referral that failed".into());
//!         }
//!         let credit = sqlx::query("INSERT INTO reward (delivery) VALUES ($1)").bind(attempt.id);
//!         credit.execute(shop).await.map(|_| ()).into()
//!     })
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
//! On PostgreSQL it is the same with `PostgresStore::options("postgres://shop@db/shop")` and `PgConnection`.
//! Encrypted connections are the application's choice among sqlx's features: it depends on `sqlx` with
//! `tls-rustls-ring`, `tls-rustls-aws-lc-rs` or `tls-native-tls` itself, and says `?sslmode=verify-full` in the URL.
//!
//! # What is promised
//!
//! Everything that `referral-webhooks-inbox` promises of a store: its checks are this crate's tests, on both engines.
//! Beyond that:
//!
//! - **What is answered is on the disk.** SQLite's file is in WAL mode with `synchronous=FULL`; PostgreSQL commits
//!   with `synchronous_commit=on`, on a server with `fsync` and `full_page_writes`. This is read back at every
//!   connection, and a database that keeps nothing is refused (`a_database_that_keeps_nothing_is_refused`,
//!   `a_server_that_keeps_nothing_is_refused`). Thirty kills of a receiver at work lose nothing that was
//!   acknowledged, and pay nothing twice (`thirty_kills_lose_nothing_and_pay_nothing_twice`, on both). Power loss was
//!   not tried.
//! - **Exactly once** in [`run_in_tx`](referral_webhooks_inbox::Worker::run_in_tx): `effect_and_completion_are_one`,
//!   `whatever_fails_leaves_nothing_behind_and_is_done_once_when_it_works`, `who_lost_the_lease_has_no_effect`,
//!   `who_loses_the_lease_while_it_runs_has_no_effect`. A handler passes errors of the database on as
//!   [`Outcome::Retry`](referral_webhooks_inbox::Outcome::Retry), and goes on with nothing after one: SQLite may have
//!   rolled back everything already, and PostgreSQL keeps nothing of it
//!   (`after_an_error_of_the_database_the_attempt_ends_as_the_handler_says`).
//! - **Exactly once elsewhere**: with another driver
//!   ([`run_completing`](referral_webhooks_inbox::Worker::run_completing):
//!   `another_drivers_transaction_completes_and_pays_once`, `a_lost_lease_completes_nothing_with_another_driver`), and in
//!   another database with the table in [`guard`] (`a_guard_keeps_an_effect_elsewhere_from_happening_twice`).
//! - **It recovers by itself**, without a restart: after a full disk (`a_full_disk_is_refused_and_forgotten`), a
//!   locked file (`a_file_that_another_process_has_locked_is_refused_in_time`), and a server that was away
//!   (`a_server_that_is_stopped_and_started_again_loses_nothing_and_pays_nothing_twice`).
//! - **Nobody waits for a slow handler**, on PostgreSQL: `deliveries_are_accepted_while_every_handler_hangs`,
//!   `repeats_are_answered_and_others_processed_while_a_handler_hangs`. SQLite has one writer, so its handlers are
//!   short; they leave the file to other processes in between
//!   (`a_worker_with_slow_handlers_keeps_no_other_process_from_receiving`,
//!   `workers_with_slow_handlers_keep_nobody_from_opening`).
//! - **A shutdown burns no attempt and waits for its grace and no longer**, for handlers in transactions too
//!   (`a_shutdown_waits_for_its_grace_and_no_longer`, `a_shutdown_stops_a_statement_that_is_running`).
//! - **It lives beside your migrations**, in tables that begin with `inbox_` and a list of its own,
//!   `_inbox_migrations` (`it_lives_beside_the_applications_own_migrations`,
//!   `many_that_start_at_once_make_the_tables_once`).
//! - **What is acknowledged is in the file at its path.** SQLite writes to a file that was moved or removed, and reports
//!   success. So device and inode of the file, of its log `-wal` and of the log's index `-shm` are compared after
//!   every commit, and before a transaction that begins later than 10 ms after that; without traffic once a second
//!   (`a_moved_file_is_noticed_without_a_delivery`). Otherwise deliveries are refused, one error is logged, `health`
//!   names the cause, and they are stored again when the file is back
//!   (`deliveries_are_refused_while_the_files_are_away_and_stored_when_they_are_back`). Another file at the path, and the
//!   same one with older content, wait for a restart, and so does a log that was truncated
//!   (`what_comes_after_the_log_was_truncated_is_refused`). The content of the log is moved into the file before the
//!   connection is closed: either of them may come back without the other one
//!   (`files_that_return_one_by_one_forget_no_completion`, `a_removed_log_is_kept_open_until_its_readers_are_gone`), and
//!   the log is not applied to another file (`the_log_of_a_replaced_file_is_not_applied_to_the_other_one`;
//!   `a_file_that_is_gone_or_another_one_is_refused_to_the_end`,
//!   `a_restored_file_with_older_content_is_refused`). The comparison needs Unix.
//! - **An inbox is made on request only**, because a new one knows no ids: `create(true)` makes it, and reports its
//!   [identity](SqliteStore::identity) at `warn` (`a_file_is_made_only_when_that_is_asked_for`,
//!   `a_database_without_an_inbox_starts_only_when_one_is_to_be_made`). A pinned identity keeps another database from
//!   starting (`only_the_pinned_identity_starts_and_none_is_made_for_it`).
//! - **What is erased is gone** from SQLite's file and from its log (`what_was_erased_stands_in_no_file`). While another
//!   connection reads, the log cannot be emptied: `erase` returns `Erasure::LogPending`, `Stats::log_pending` says until
//!   when, and it is tried again, after a restart too (`erased_text_in_the_log_is_reported_until_a_reader_has_ended`,
//!   `a_restart_empties_the_log_that_was_pending`). PostgreSQL overwrites the rows when it next vacuums, and its log and
//!   backups are yours.
//! - **No handler costs another its effect**: on SQLite, where they share a transaction, a commit that is not the inbox's
//!   own becomes a rollback, and all of it is tried again
//!   (`whatever_a_handler_does_with_its_transaction_everybody_is_paid_once`). A statement that one has left running is
//!   stopped at its limit (`a_statement_that_a_handler_has_left_running_is_stopped_and_costs_no_other_an_attempt`).
//! - **A delivery that kills its process** is a dead letter after its attempts
//!   (`a_delivery_that_kills_its_process_ends_as_a_dead_letter`).
//! - **Nothing is searched that is finished**: there is an index for every question
//!   (`workers_and_lists_have_an_index_for_every_question`). Beside a million finished entries as much is accepted as
//!   beside none, less a tenth; on SQLite less a third where keys come in no order, as digests do, for each of them
//!   changes another page (`scripts/bench`).
//! - **A clock that was ahead** holds nothing up once it is corrected: no entry waits for longer than its own lease or
//!   back-off, whether or not a process has seen the correction
//!   (`what_came_before_the_clock_was_set_back_does_not_wait_for_it`,
//!   `a_retry_waits_for_its_back_off_at_most_after_the_clock_was_corrected`).
//! - **A clock that jumps ahead takes no entry from a handler at work.** If it has moved further than the monotonic
//!   clock since the last claim of a process, the leases that it would have ended start again (`scripts/faults`,
//!   `clock-plain`). A process that was started after the jump compares the clock with proven time
//!   (`a_process_that_starts_after_the_clock_jumped_takes_nothing_from_the_others`): less than an hour is no jump for it.
//!   A worker that died at that time is noticed one lease later.
//! - **A subject goes on**: the end of an entry and the turn of the next one are one transaction
//!   (`every_end_of_an_entry_promotes_the_next`, `no_subject_is_left_waiting_or_run_twice_by_many_at_once`). Behind a
//!   completion by another driver whose process died, a worker finds the next one within a minute
//!   (`a_subject_goes_on_after_its_process_died_behind_the_completion`). A million entries that wait make neither claims
//!   nor accepts slower (`cargo bench`, `outage`).
//! - **A clock that is wrong deletes nothing early.** Deletion goes by proven time. It advances with the monotonic clock,
//!   and follows the database's clock by a quarter of an hour a day, or by an hour at a restart. A longer jump must last
//!   a day at one distance while a process runs; until then it is logged, and shown in
//!   [`Stats::clock_ahead`](referral_webhooks_inbox::store::Stats::clock_ahead)
//!   (`a_clock_that_is_ahead_deletes_neither_bodies_nor_ids`, `what_has_come_of_age_is_deleted`,
//!   `a_jump_that_has_lasted_a_day_is_accepted`). A late digest is kept under any clock
//!   (`a_late_digest_is_kept_whatever_the_clock_was`). An entry that ends under a clock that is behind has a stamp of proven
//!   time (`every_end_under_a_clock_that_is_behind_has_a_stamp_of_now`).
//!
//! # Backups
//!
//! A copy of SQLite's file alone lacks what is in its log, which may be everything
//! (`a_copy_is_complete_by_vacuum_into_and_after_a_close`). Complete copies are made by:
//!
//! - `sqlite3 shop.db "VACUUM INTO 'backup.db'"`, or `.backup backup.db`, at any time;
//! - a copy of the file after [`SqliteStore::close`], when no other process has it open.
//!
//! The log is moved into the file while it grows, every hour and by `close`. Copy the file outside of the process that has it open: a
//! process that closes a file loses its locks on it. A backup that is restored is older than the inbox was: ids that came
//! after it are unknown, and their repeats are processed a second time. Stop all processes, remove `-wal` and `-shm`, move
//! the backup to the path, and look through what was paid since. New files are readable by their owner alone.
//!
//! # What it does not do
//!
//! A file of SQLite whose content is overwritten in place (`cp backup.db shop.db`) keeps its inode, and is noticed only if
//! it was truncated or when it is opened. A log that is shortened within 10 ms before a commit, and keeps its header, is
//! not noticed. `secure_delete` overwrites erased texts, but not the copies that SQLite leaves in free space when it
//! divides a page: bodies are appended, and leave none; a handler's reason may leave one until `VACUUM`. SQLite is for
//! one machine and a local disk: several processes may share a file, several machines may not.
//! A connection of the application's own may wait for long where several workers with slow handlers write: it asks
//! as often as its `busy_timeout` lets it. A database of PostgreSQL must be `UTF8`. It takes no U+0000 in texts, so the
//! sign for it (U+2400) stands in keys and names instead; bodies are kept byte for byte. A pooler between the inbox and
//! PostgreSQL must keep sessions apart: settings, prepared statements and `LISTEN` are the session's. Bodies are
//! encrypted by `referral_webhooks_inbox::Sealed` around a store, not by the database. A clock that is wrong by the same
//! distance for a day of running time is believed. Time during which no process runs counts as age only after such a
//! day: a machine that is off every night keeps everything for longer. The crate needs Rust 1.94, as
//! sqlx 0.9 does.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("choose an engine: the feature `sqlite` or `postgres`");

mod engine;
pub mod guard;
mod identity;
mod open_error;
#[cfg(feature = "postgres")]
#[allow(clippy::duplicate_mod, reason = "what the engines share is compiled once for each")]
mod postgres;
mod proven_time;
mod seal;
#[cfg(feature = "sqlite")]
#[allow(clippy::duplicate_mod, reason = "what the engines share is compiled once for each")]
mod sqlite;
mod statements;
mod telemetry;

pub use open_error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
