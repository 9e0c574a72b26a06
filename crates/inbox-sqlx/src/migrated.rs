//! The result of a migration.

/// The result of `migrate`: see [`SqliteStore::migrate`](crate::SqliteStore::migrate) and
/// [`PostgresStore::migrate`](crate::PostgresStore::migrate).
///
/// ```
/// # use referral_webhooks_inbox_sqlx::{Migrated, OpenError};
/// fn report(migrated: Result<Migrated, OpenError>) -> Result<(), OpenError> {
///     let migrated = migrated?;
///     match migrated.from {
///         0 => println!("a new inbox: pin its identity {}", migrated.identity),
///         from if from < migrated.to => println!("migrated from version {from} to {}", migrated.to),
///         _ => println!("no migration was missing"),
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The identity of the inbox.
    pub identity: String,
    /// The version of the tables before; 0 if the inbox is new.
    pub from: i64,
    /// The version of the tables now. It is higher than this release needs if a newer release has migrated them.
    pub to: i64,
}
