//! Why a database could not be opened.

use std::fmt;

/// Why a database could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The database does not keep what it is told: with this setting an acknowledged delivery could be lost, or a
    /// genuine one could never be stored.
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// The tables could not be made.
    Migrate(sqlx::migrate::MigrateError),
    /// The database answered with an error.
    Database(sqlx::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDurable { setting, value, wanted } => {
                write!(f, "the database does not keep what it is told: `{setting}` is `{value}`, and must be {wanted}")
            }
            Self::Migrate(_) => f.write_str("the inbox's tables could not be made"),
            Self::Database(_) => f.write_str("the database could not be opened"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotDurable { .. } => None,
            Self::Migrate(error) => Some(error),
            Self::Database(error) => Some(error),
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

/// Refuses a setting on which it rests that everything is kept, unless it is as it must be.
pub(crate) fn must_be(
    setting: &'static str,
    value: &dyn fmt::Display,
    is_so: bool,
    wanted: &'static str,
) -> Result<(), OpenError> {
    if is_so { Ok(()) } else { Err(OpenError::NotDurable { setting, value: value.to_string(), wanted }) }
}
