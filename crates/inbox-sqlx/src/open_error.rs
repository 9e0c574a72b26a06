//! The reason why a database could not be opened.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// The version of this crate.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

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
    /// The path or URL is invalid, or contradicts what the inbox needs.
    InvalidAddress {
        /// The path or URL; of the URL of another engine, which may have a password, only the scheme.
        address: String,
        /// The reason, and the next step.
        why: Cow<'static, str>,
    },
    /// The file cannot be used as a database.
    UnusableFile {
        /// The file.
        file: PathBuf,
        /// The reason with the permissions that matter, and the next step.
        why: String,
        /// The error of SQLite or of the operating system, if one of them was asked.
        error: Option<sqlx::Error>,
    },
    /// The database has no inbox. A new one would know no ids, so it is created only on request.
    NoInbox {
        /// The file, or host, port and name of the database.
        database: String,
        /// The schemas of PostgreSQL that have an inbox, and are outside of the search path or closed to the role.
        elsewhere: Vec<String>,
    },
    /// The tables lack migrations of this release.
    OlderSchema {
        /// The file, or host, port and name of the database.
        database: String,
        /// The version of the tables.
        version: i64,
        /// The version that this release needs.
        needed: i64,
    },
    /// A newer release has changed the tables in a way that this release cannot use.
    NewerSchema {
        /// The file, or host, port and name of the database.
        database: String,
        /// The version of the tables after that change.
        version: i64,
        /// The release that has made the change.
        release: String,
    },
    /// The role lacks rights.
    MissingRights {
        /// Host, port and name of the database.
        database: String,
        /// The role.
        role: String,
        /// The rights that it lacks, such as `INSERT on inbox_entry`, or the server's message.
        rights: String,
    },
    /// A pooler shares the sessions of the server between its clients, or has no session left.
    Pooler {
        /// Host, port and name of the database.
        database: String,
        /// The observation.
        why: String,
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
    /// A migration failed, and changed no table.
    Migrate {
        /// The file, or host, port and name of the database.
        database: String,
        /// The version of the migration.
        version: i64,
        /// The error of the database.
        error: sqlx::Error,
    },
    /// The number of connections is too small, because each use needs one.
    TooFewConnections {
        /// The number that was set.
        connections: u32,
        /// The smallest number.
        least: u32,
    },
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
            Self::InvalidAddress { address, why } => write!(f, "the database `{address}` cannot be opened: {why}"),
            Self::UnusableFile { file, why, .. } => {
                write!(f, "the file `{}` cannot be used as a database: {why}", file.display())
            }
            Self::NoInbox { database, elsewhere } if elsewhere.is_empty() => write!(
                f,
                "`{database}` has no inbox; is it the right database? Restore it, and only for a new inbox, run `refhook inbox \
                 migrate`, call `migrate` or set `create(true)`"
            ),
            Self::NoInbox { database, elsewhere } => write!(
                f,
                "the search_path in `{database}` leads to no inbox, and there is one in: {}; name the schema in the URL \
                 (`?options[search_path]=inbox`) and grant the role USAGE on it, and only for a new inbox, run `refhook inbox \
                 migrate`, call `migrate` or set `create(true)`",
                elsewhere.join(", ")
            ),
            Self::OlderSchema { database, version, needed } => write!(
                f,
                "the inbox in `{database}` has tables of version {version}, and release {RELEASE} needs version \
                 {needed}; run `refhook inbox migrate` of this release, or call `migrate`, with a role that may change tables"
            ),
            Self::NewerSchema { database, version, release } => write!(
                f,
                "release {release} has changed the inbox in `{database}` to version {version}, which release {RELEASE} \
                 cannot use; deploy release {release} or a later one"
            ),
            Self::MissingRights { database, role, rights } => write!(
                f,
                "the role `{role}` lacks rights in `{database}`: {rights}; let the owner of the tables execute \
                 `refhook inbox migrate --print-sql --grant-to {role}`"
            ),
            Self::Pooler { database, why } => write!(f, "`{database}` cannot be used through this pooler: {why}"),
            Self::OtherIdentity { database, pinned, found } => write!(
                f,
                "the inbox in `{database}` is `{found}`, and `{pinned}` is pinned; open the right database, and change \
                 the pinned identity only if this one is wanted"
            ),
            Self::NotDurable { setting, value, wanted } => {
                write!(f, "the database is not durable: `{setting}` is `{value}`, and must be {wanted}")
            }
            Self::Migrate { database, version, .. } => {
                write!(f, "migration {version} of the inbox in `{database}` failed, and no table was changed")
            }
            Self::TooFewConnections { connections, least } => {
                write!(f, "`connections({connections})` is too small: the inbox needs {least} at least")
            }
            Self::Database(_) => f.write_str("the database could not be opened"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Migrate { error, .. } | Self::UnusableFile { error: Some(error), .. } | Self::Database(error) => {
                Some(error)
            }
            _ => None,
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
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
