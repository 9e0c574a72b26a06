//! A table that makes effects in another database happen once.
//!
//! If the effect and the inbox are in different databases, no transaction spans both: after a worker has died between
//! the effect and the completion, the handler runs again. Let the handler of
//! [`run`](referral_webhooks_inbox::Worker::run) insert into this table, in the transaction that writes the effect. If
//! the row is new, write the effect and commit. Otherwise the effect has happened before.
//!
//! ```no_run
//! use referral_webhooks::Delivery;
//! use referral_webhooks::platform::redpin::Redpin;
//! use referral_webhooks_inbox::Attempt;
//! use referral_webhooks_inbox_sqlx::guard;
//! use sqlx::{Connection as _, SqliteConnection};
//!
//! async fn credit(_: &Delivery<Redpin>, attempt: &Attempt, ledger: &mut SqliteConnection) -> Result<(), sqlx::Error> {
//!     let mut transaction = ledger.begin().await?;
//!     let guard = sqlx::query(guard::INSERT).bind(&attempt.endpoint).bind(&attempt.tenant);
//!     let guard = guard.bind(&attempt.id).bind(i64::from(attempt.run));
//!     if guard.execute(&mut *transaction).await?.rows_affected() == 0 {
//!         return Ok(()); // It was paid before.
//!     }
//!     sqlx::query("UPDATE account SET cents = cents + 500").execute(&mut *transaction).await?;
//!     transaction.commit().await
//! }
//! ```
//!
//! An operator who redelivers a completed entry begins another run, and its effect happens again, as intended. Rows may
//! be deleted once no repeat and no redelivery can come: after
//! [`PruneRule::ids`](referral_webhooks_inbox::store::PruneRule::ids).

/// The statement that creates the table, in SQLite and PostgreSQL. In other databases, the columns are a text of at
/// most 100 bytes, one of at most 100, one of at most 256, and a number, and together they are the primary key.
///
/// ```no_run
/// # async fn run(ledger: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
/// sqlx::query(referral_webhooks_inbox_sqlx::guard::TABLE).execute(ledger).await?;
/// # Ok(())
/// # }
/// ```
pub const TABLE: &str = include_str!("../sql/guard/table.sql");

/// The statement that inserts the row of an [`Attempt`](referral_webhooks_inbox::Attempt): its `endpoint`,
/// `tenant`, `id` and `run`. One row is changed if the effect is wanted and has not happened.
pub const INSERT: &str = include_str!("../sql/guard/insert.sql");
