//! The comparison of the tables in a database with the migrations of this release.
//!
//! - **Guarantees**: this release uses only tables that have all of its migrations, and that no newer release has changed
//!   in a way that this release cannot use.
//! - **Assumes** that each migration has written its row into `inbox_schema`, in its transaction.
//! - **Without it**, a rollback to an older release would either be impossible after every migration, or write into
//!   tables whose meaning has changed.

use crate::OpenError;
use crate::schema::Migration;

/// A row of `inbox_schema`.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) version: i64,
    /// The lowest version that a release must know, so that it can use the tables.
    pub(crate) oldest: i64,
    pub(crate) release: String,
}

/// Returns the migrations of this release that the tables lack. An error if this release cannot use the tables.
pub(crate) fn missing(
    database: &str,
    migrations: &'static [Migration],
    applied: &[Applied],
) -> Result<Vec<&'static Migration>, OpenError> {
    let known = known(migrations);
    // The first such migration: every later release can use the tables.
    if let Some(breaking) = applied.iter().filter(|row| row.oldest > known).min_by_key(|row| row.version) {
        return Err(OpenError::NewerSchema {
            database: database.to_owned(),
            version: breaking.version,
            release: breaking.release.clone(),
        });
    }
    let is_applied = |migration: &&Migration| applied.iter().any(|row| row.version == migration.version);
    Ok(migrations.iter().filter(|migration| !is_applied(migration)).collect())
}

/// Refuses tables that lack migrations of this release.
pub(crate) fn admit(database: &str, migrations: &'static [Migration], applied: &[Applied]) -> Result<(), OpenError> {
    match missing(database, migrations, applied)?.is_empty() {
        true => Ok(()),
        false => Err(OpenError::OlderSchema {
            database: database.to_owned(),
            version: version(applied),
            needed: known(migrations),
        }),
    }
}

/// Returns the version of the tables; 0 without an inbox.
pub(crate) fn version(applied: &[Applied]) -> i64 {
    applied.iter().map(|row| row.version).max().unwrap_or_default()
}

fn known(migrations: &[Migration]) -> i64 {
    migrations.last().map_or(0, |migration| migration.version)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;
    use crate::schema::SQLITE;

    const THREE: &[Migration] = {
        const fn migration(version: i64) -> Migration {
            Migration { version, name: "change", sql: "" }
        }
        &[migration(1), migration(2), migration(3)]
    };

    fn rows(rows: &[(i64, i64)]) -> Vec<Applied> {
        let row = |&(version, oldest)| Applied { version, oldest, release: format!("0.{version}.0") };
        rows.iter().map(row).collect()
    }

    #[test]
    fn tables_are_used_if_this_release_knows_the_oldest_version() {
        // The rows, the versions that are missing, or the release that has made the breaking change.
        type Row<'r> = (&'r [(i64, i64)], Result<&'r [i64], &'r str>);
        let table: [Row<'_>; 10] = [
            (&[], Ok(&[1, 2, 3])),
            (&[(1, 1)], Ok(&[2, 3])),
            (&[(1, 1), (2, 1), (3, 1)], Ok(&[])),
            (&[(1, 1), (2, 1), (3, 3)], Ok(&[])),
            (&[(1, 1), (3, 1)], Ok(&[2])),
            (&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 3)], Ok(&[])),
            (&[(1, 1), (2, 1), (4, 1)], Ok(&[3])),
            (&[(1, 1), (2, 1), (3, 1), (4, 4)], Err("0.4.0")),
            (&[(1, 1), (2, 1), (3, 1), (4, 1), (5, 4), (6, 6)], Err("0.5.0")),
            (&[(1, 1), (2, 1), (3, 1), (4, 4), (5, 1)], Err("0.4.0")),
        ];
        for (applied, want) in table {
            match (missing("shop", THREE, &rows(applied)), want) {
                (Ok(missing), Ok(want)) => {
                    assert_eq!(missing.iter().map(|migration| migration.version).collect::<Vec<_>>(), want);
                    assert_eq!(admit("shop", THREE, &rows(applied)).is_ok(), want.is_empty(), "{applied:?}");
                }
                (Err(OpenError::NewerSchema { release, .. }), Err(want)) => assert_eq!(release, want, "{applied:?}"),
                (found, _) => panic!("{applied:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn errors_name_the_release_and_the_next_step() {
        let newer = admit("shop.db", SQLITE, &rows(&[(1, 1), (7, 7)])).unwrap_err().to_string();
        assert!(newer.contains("`shop.db`") && newer.contains("0.7.0") && newer.contains("deploy"), "{newer}");
        let older = admit("shop.db", THREE, &rows(&[(1, 1), (2, 1)])).unwrap_err().to_string();
        assert!(older.contains("version 2") && older.contains("version 3"), "{older}");
        assert!(older.contains("refhook inbox migrate"), "{older}");
    }
}
