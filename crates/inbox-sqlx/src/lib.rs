//! SQLite as the store of `referral-webhooks-inbox`: one file, beside the application's own tables.
//!
//! ```no_run
//! use futures_util::future::BoxFuture;
//! use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
//! use referral_webhooks::{Delivery, Endpoint};
//! use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, Outcome};
//! use referral_webhooks_inbox_sqlx::SqliteStore;
//! use sqlx::SqliteConnection;
//!
//! /// Called within the inbox's transaction: the reward and the completion are committed together.
//! fn credit<'t>(delivery: Delivery<Redpin>, attempt: Attempt, shop: &'t mut SqliteConnection) -> BoxFuture<'t, Outcome> {
//!     Box::pin(async move {
//!         let Event::ReferralCreated(made) = delivery.event() else { return Outcome::Ignored("no referral".into()) };
//!         if made.status != ReferralStatus::Created {
//!             return Outcome::Ignored("a referral that failed".into());
//!         }
//!         let credit = sqlx::query("INSERT INTO reward (delivery) VALUES ($1)").bind(attempt.key);
//!         credit.execute(shop).await.map(|_| ()).into()
//!     })
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let inbox = Inbox::new(SqliteStore::open("shop.db").await?);
//! let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//! let shutdown = CancellationToken::new();
//! inbox.worker().run_in_tx(&redpin, credit).until(shutdown).await;
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! Everything that `referral-webhooks-inbox` promises of a store: its checks are this crate's tests. Beyond that:
//!
//! - **What is answered is on the disk.** The file is in WAL mode with `synchronous=FULL`, both are read back at every
//!   connection, and a database that keeps nothing is refused (`a_database_that_keeps_nothing_is_refused`). Thirty kills
//!   of a receiver at work lose nothing that was acknowledged, and pay nothing twice
//!   (`thirty_kills_lose_nothing_and_pay_nothing_twice`). Power loss was not tried.
//! - **Exactly once** in [`run_in_tx`](referral_webhooks_inbox::Worker::run_in_tx): `effect_and_completion_are_one`,
//!   `whatever_fails_leaves_nothing_behind_and_is_done_once_when_it_works`, `who_lost_the_lease_has_no_effect`. A handler
//!   passes errors of the database on as [`Outcome::Retry`](referral_webhooks_inbox::Outcome::Retry), and goes on with
//!   nothing after one: SQLite may have rolled back everything already.
//! - **It recovers by itself**: after a full disk (`a_full_disk_is_refused_and_forgotten`) and a locked file
//!   (`a_file_that_another_process_has_locked_is_refused_in_time`) without a restart.
//! - **It lives beside your migrations**, in tables that begin with `inbox_` and a list of its own, `_inbox_migrations`
//!   (`it_lives_beside_the_applications_own_migrations`).
//! - **What is erased is gone** from the file and from its log (`what_was_erased_stands_in_no_file`).
//! - **A delivery that kills its process** is a dead letter after its attempts
//!   (`a_delivery_that_kills_its_process_ends_as_a_dead_letter`).
//! - **It does not get slower as it fills**: an index for every question
//!   (`workers_and_lists_have_an_index_for_every_question`).
//!
//! # What it does not do
//!
//! It is for one machine and a local disk: several processes may share a file, several machines may not. It does not
//! encrypt. It needs Rust 1.94, as sqlx 0.9 does.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("choose an engine: the feature `sqlite` or `postgres`");

mod open_error;
#[cfg(feature = "postgres")]
#[allow(clippy::duplicate_mod, reason = "what the engines share is compiled once for each")]
mod postgres;
#[cfg(feature = "sqlite")]
#[allow(clippy::duplicate_mod, reason = "what the engines share is compiled once for each")]
mod sqlite;

pub use open_error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
