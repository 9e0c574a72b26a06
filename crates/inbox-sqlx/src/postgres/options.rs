//! Which database of PostgreSQL is opened, and what is expected of it.

use std::fmt;

use sqlx::postgres::PgConnectOptions;

use super::store::PostgresStore;
use crate::OpenError;
use crate::identity::Expected;

/// Which database of PostgreSQL is opened, and what is expected of it: see [`PostgresStore::options`].
pub struct PostgresOptions {
    options: Result<PgConnectOptions, sqlx::Error>,
    expected: Expected,
}

impl PostgresOptions {
    pub(crate) fn new(options: Result<PgConnectOptions, sqlx::Error>) -> Self {
        Self { options, expected: Expected::default() }
    }

    /// Sets whether the inbox's tables are made where there are none, which needs the rights for it. `false` if not set.
    ///
    /// For development, for tests, and once for a new database. A process that makes its inbox at every start where it is
    /// missing forgets all ids when its URL names the wrong database, and repeats are processed a second time.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.expected.create = create;
        self
    }

    /// Pins the [identity](PostgresStore::identity) of the inbox: another one does not start, and none is made.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.expected.identity = Some(identity.into());
        self
    }

    /// Connects to the database.
    ///
    /// # Errors
    ///
    /// If the URL is invalid, if the server cannot be reached, if the inbox is missing and is not to be made, if it has
    /// another identity, or if the server does not keep what it is told.
    pub async fn open(self) -> Result<PostgresStore, OpenError> {
        PostgresStore::open_expected(self.options?, self.expected).await
    }
}

/// Without the connection's options: the password is among them.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").field("expected", &self.expected).finish_non_exhaustive()
    }
}
