//! The tables of the inbox: the SQL that makes them, for `migrate`, for `refhook inbox migrate`, and for the application's own
//! migration tool.
//!
//! A release has a list of migrations per engine. Each one writes its row into the table `inbox_schema`: its version, the
//! release that has made it, and the lowest version that a release must know, so that it can use the tables afterwards.
//! `connect` and `open` compare the rows with their own list. They read no other list, so the tables may be made by any
//! tool:
//!
//! | The tables | `connect` | `open` | `migrate` |
//! |---|---|---|---|
//! | are missing | refuses | makes them with `create(true)` | makes them |
//! | lack migrations of this release | refuses | migrates | migrates |
//! | are those of this release | connects | connects | returns |
//! | are newer, and this release can use them | connects | connects | returns |
//! | are newer, and this release cannot use them | refuses, and names the newer release | refuses | refuses |
//!
//! # In the application's own tool
//!
//! Copy the text of each [`Migration`] into a migration of the application, in their order. A test of the application
//! can compare them:
//!
//! ```
//! use referral_webhooks_inbox_sqlx::schema;
//!
//! let [inbox] = schema::POSTGRES else { panic!("this release has another migration: copy it") };
//! assert_eq!((inbox.version, inbox.name), (1, "inbox"));
//! assert!(inbox.sql.contains("CREATE TABLE inbox_entry"));
//! ```

/// A change of the inbox's tables.
///
/// ```
/// use referral_webhooks_inbox_sqlx::schema;
///
/// for migration in schema::SQLITE {
///     println!("{}_{}.sql:\n{}", migration.version, migration.name, migration.sql);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its place in the order of the migrations, from 1.
    pub version: i64,
    /// Its name, in the letters of an identifier.
    pub name: &'static str,
    /// Its statements. They contain no `BEGIN` and no `COMMIT`, and must run in one transaction.
    pub sql: &'static str,
}

/// The migrations of SQLite, by version.
///
/// ```
/// assert_eq!(referral_webhooks_inbox_sqlx::schema::SQLITE[0].version, 1);
/// ```
pub const SQLITE: &[Migration] =
    &[Migration { version: 1, name: "inbox", sql: include_str!("../migrations/sqlite_1_inbox.sql") }];

/// The migrations of PostgreSQL, by version.
///
/// ```
/// assert_eq!(referral_webhooks_inbox_sqlx::schema::POSTGRES[0].version, 1);
/// ```
pub const POSTGRES: &[Migration] =
    &[Migration { version: 1, name: "inbox", sql: include_str!("../migrations/postgres_1_inbox.sql") }];

/// The transaction of migrations on SQLite. It locks the file.
pub(crate) const SQLITE_BEGIN: &str = "BEGIN IMMEDIATE";

/// The transaction of migrations on PostgreSQL.
pub(crate) const POSTGRES_BEGIN: &str = "BEGIN";

/// Waits for another process that migrates the same schema. The lock ends with the transaction.
pub(crate) const POSTGRES_LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('inbox_schema ' || current_schema(), 0))";

/// Returns the statements that [`SqliteStore::migrate`](crate::SqliteStore::migrate) runs on a file whose tables have
/// this version, 0 without an inbox.
///
/// The text is for `sqlite3` and for tools that run a file of statements. `refhook inbox migrate --print-sql` prints it.
///
/// ```
/// use referral_webhooks_inbox_sqlx::schema;
///
/// assert!(schema::sqlite_script(0).contains("CREATE TABLE inbox_entry"));
/// assert!(!schema::sqlite_script(1).contains("CREATE TABLE inbox_entry"));
/// ```
#[must_use]
pub fn sqlite_script(from: i64) -> String {
    script(SQLITE, from, &[SQLITE_BEGIN])
}

/// Returns the statements that [`PostgresStore::migrate`](crate::PostgresStore::migrate) runs on a schema whose tables
/// have this version, 0 without an inbox.
///
/// The text is for `psql` and for tools that run a file of statements. The tables are made in the first schema of the
/// `search_path`.
///
/// ```
/// use referral_webhooks_inbox_sqlx::schema;
///
/// assert!(schema::postgres_script(0).starts_with("-- "));
/// ```
#[must_use]
pub fn postgres_script(from: i64) -> String {
    script(POSTGRES, from, &[POSTGRES_BEGIN, POSTGRES_LOCK])
}

fn script(migrations: &[Migration], from: i64, begin: &[&str]) -> String {
    let release = env!("CARGO_PKG_VERSION");
    let mut script = format!("-- The tables of referral-webhooks-inbox {release}, from version {from}.\n");
    for statement in begin {
        script += &format!("{statement};\n");
    }
    for migration in migrations.iter().filter(|migration| migration.version > from) {
        script += &format!("\n-- Migration {}: {}.\n{}", migration.version, migration.name, migration.sql);
    }
    script + "\nCOMMIT;\n"
}

/// The rights of [`postgres_grants`], one `GRANT` a line, with `{role}` in the place of the role.
pub(crate) const GRANTS: &str = include_str!("../migrations/postgres_grants.sql");

/// Returns the statements that give a role of PostgreSQL the rights that `connect` and a running inbox need, and no
/// other one. The owner of the tables executes them after each migration, with the schema of the inbox in its
/// `search_path`.
///
/// The role also needs `USAGE` on the schema, and the right to connect to the database.
///
/// ```
/// use referral_webhooks_inbox_sqlx::schema;
///
/// let grants = schema::postgres_grants("shop");
/// assert!(grants.contains("GRANT SELECT, INSERT ON inbox_mark TO \"shop\";"));
/// assert!(!grants.contains("CREATE"));
/// ```
#[must_use]
pub fn postgres_grants(role: &str) -> String {
    GRANTS.replace("{role}", &format!("\"{}\"", role.replace('"', "\"\"")))
}

/// Returns the rights that a role needs: for each table, the rights in the words of `GRANT`.
#[cfg(feature = "postgres")]
pub(crate) fn grants() -> impl Iterator<Item = (&'static str, &'static str)> {
    GRANTS.lines().filter_map(|line| {
        let (rights, table) = line.strip_prefix("GRANT ")?.strip_suffix(" TO {role};")?.split_once(" ON ")?;
        Some((table, rights))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_quoted_in_its_grants() {
        assert!(
            postgres_grants("shop\"; DROP TABLE inbox_entry; --")
                .contains("TO \"shop\"\"; DROP TABLE inbox_entry; --\";")
        );
    }

    #[test]
    fn migrations_are_numbered_from_one_and_write_their_version() {
        for migrations in [SQLITE, POSTGRES] {
            for (place, migration) in migrations.iter().enumerate() {
                assert_eq!(migration.version, i64::try_from(place).unwrap_or_default() + 1, "{}", migration.name);
                let row = format!("INSERT INTO inbox_schema (version, oldest, release) VALUES ({},", migration.version);
                assert!(migration.sql.contains(&row), "{}", migration.name);
                assert!(migration.sql.ends_with(";\n"), "{}", migration.name);
            }
        }
        let names = |migrations: &[Migration]| migrations.iter().map(|migration| migration.name).collect::<Vec<_>>();
        assert_eq!(names(SQLITE), names(POSTGRES), "both engines have the same versions");
    }
}
