//! The rights of the role that receives and processes.

use sqlx::PgConnection;

use super::statements::SQL;
use crate::{OpenError, schema};

/// Refuses a role that lacks one of the rights in `migrations/postgres_grants.sql`, so that it does not fail at the
/// first delivery.
pub(crate) async fn check(connection: &mut PgConnection, role: &str, database: &str) -> Result<(), OpenError> {
    let needed = schema::grants().flat_map(|(table, rights)| rights.split(", ").map(move |right| (table, right)));
    let (tables, rights): (Vec<&str>, Vec<&str>) = needed.unzip();
    let missing: Vec<String> =
        sqlx::query_scalar(SQL.open_missing_rights).bind(tables).bind(rights).fetch_all(connection).await?;
    if missing.is_empty() { Ok(()) } else { Err(lacks(role, database, missing.join(", "))) }
}

/// Returns the error of opening for an error of the server: without the right, it names no role.
pub(crate) fn explain(error: OpenError, role: &str, database: &str) -> OpenError {
    match &error {
        OpenError::Database(cause) | OpenError::Migrate { error: cause, .. } => match cause.as_database_error() {
            // "insufficient privilege"
            Some(cause) if cause.code().as_deref() == Some("42501") => {
                lacks(role, database, cause.message().to_owned())
            }
            _ => error,
        },
        _ => error,
    }
}

fn lacks(role: &str, database: &str, rights: String) -> OpenError {
    OpenError::MissingRights { database: database.to_owned(), role: role.to_owned(), rights }
}
