//! The reason why a database could not be opened.

use std::fmt;
use std::path::PathBuf;

/// The reason why a database could not be opened.
///
/// ```
/// use referral_webhooks_inbox_sqlx::OpenError;
///
/// let error = OpenError::NoFile { file: "/data/shop.db".into() };
/// assert!(error.to_string().contains("mount its volume"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is missing. A new one would know no ids, so it is created only on request.
    NoFile {
        /// The file.
        file: PathBuf,
    },
    /// The folder of the file is missing.
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The file is empty and its log of changes is not: the file was truncated after deliveries were stored.
    Truncated {
        /// The file.
        file: PathBuf,
    },
    /// The database has no inbox. A new one would know no ids, so it is created only on request.
    NoInbox {
        /// The file, or host, port and name of the database.
        database: String,
    },
    /// The inbox has another identity than the pinned one.
    OtherIdentity {
        /// The file, or host, port and name of the database.
        database: String,
        /// The pinned identity.
        pinned: String,
        /// The identity of the inbox that was found.
        found: String,
    },
    /// The database is not durable: with this setting an acknowledged delivery could be lost, or a genuine one could
    /// never be stored.
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// The value of the setting.
        value: String,
        /// The required value.
        wanted: &'static str,
    },
    /// The tables could not be created.
    Migrate(sqlx::migrate::MigrateError),
    /// The database answered with an error.
    Database(sqlx::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if f.alternate() => referral_webhooks::chain(self).fmt(f),
            Self::NoFile { file } => write!(
                f,
                "the file `{}` is missing; mount its volume or restore it, and set `create(true)` only for a new inbox",
                file.display()
            ),
            Self::NoFolder { folder } => {
                write!(f, "the folder `{}` is missing; mount its volume or make it", folder.display())
            }
            Self::Truncated { file } => write!(
                f,
                "the file `{}` is empty and its log `-wal` is not; keep both files, and restore the file from a backup",
                file.display()
            ),
            Self::NoInbox { database } => write!(
                f,
                "`{database}` has no inbox; is it the right database? Restore it, and set `create(true)` only for a new \
                 inbox"
            ),
            Self::OtherIdentity { database, pinned, found } => write!(
                f,
                "the inbox in `{database}` is `{found}`, and `{pinned}` is pinned; open the right database, and change \
                 the pinned identity only if this one is wanted"
            ),
            Self::NotDurable { setting, value, wanted } => {
                write!(f, "the database is not durable: `{setting}` is `{value}`, and must be {wanted}")
            }
            Self::Migrate(_) => f.write_str("the inbox's tables could not be created"),
            Self::Database(_) => f.write_str("the database could not be opened"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Migrate(error) => Some(error),
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<sqlx::migrate::MigrateError> for OpenError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migrate(error)
    }
}

/// Refuses a setting on which durability rests, unless it has the required value.
pub(crate) fn must_be(
    setting: &'static str,
    value: &dyn fmt::Display,
    is_so: bool,
    wanted: &'static str,
) -> Result<(), OpenError> {
    if is_so { Ok(()) } else { Err(OpenError::NotDurable { setting, value: value.to_string(), wanted }) }
}
