//! A role with the least rights: the conformance suite, and the messages for rights that it lacks.

use referral_webhooks_inbox::store::{NewEntry, Store as _};
use referral_webhooks_inbox_sqlx::{OpenError, schema};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::engine::{Database, Store, connect, new_database, server};
use crate::shared::statements::statements;
use crate::shared::support::redpin;

/// Executes statements as the owner of a database's schema.
async fn as_owner(database: &Database, statements: impl Into<String>) {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements.into()));
    statements.execute(&mut connect(&database.url).await).await.unwrap();
}

/// Returns the URL of a new role without rights.
async fn new_role(database: &Database) -> (String, String) {
    let role = format!("role_{}", database.url.rsplit_once('=').unwrap().1);
    as_owner(database, format!("CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT")).await;
    let url = database.url.replacen("postgres@", &format!("{role}@"), 1);
    (role, url)
}

/// Returns a database with an inbox, and the URL of a role with the least rights.
async fn granted() -> (Database, String) {
    let database = new_database().await;
    Store::migrate(&database.url).await.unwrap();
    let (role, url) = new_role(&database).await;
    let schema = database.url.rsplit_once('=').unwrap().1;
    let grants = schema::postgres_grants(&role);
    as_owner(&database, format!("GRANT USAGE ON SCHEMA {schema} TO {role}; {grants}")).await;
    (database, url)
}

mod conformance {
    use super::*;

    async fn fresh() -> Store {
        let (database, url) = granted().await;
        let store = Store::connect(&url).await.unwrap();
        database.keep();
        store
    }

    referral_webhooks_inbox_conformance::store_checks!(fresh);
}

#[tokio::test]
async fn the_least_role_opens_and_changes_no_table() {
    let (_database, url) = granted().await;
    let store = Store::connect(&url).await.unwrap();
    store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    // The one-call form migrates only if a migration is missing.
    Store::options(&url).create(true).open().await.unwrap();
    let mut connection = connect(&url).await;
    for refused in [
        "CREATE TABLE own (id BIGINT)",
        "DROP TABLE inbox_entry",
        "TRUNCATE inbox_entry",
        "DELETE FROM inbox_schema",
        "UPDATE inbox_mark SET value = ''",
        "ALTER TABLE inbox_entry ADD COLUMN own TEXT",
    ] {
        let error = sqlx::query(AssertSqlSafe(refused)).execute(&mut connection).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42501"), "{refused}: {error}");
    }
}

#[tokio::test]
async fn a_right_that_a_role_lacks_is_named_when_it_connects() {
    let (database, url) = granted().await;
    let role = format!("role_{}", database.url.rsplit_once('=').unwrap().1);
    for (table, rights) in grants() {
        for right in &rights {
            as_owner(&database, format!("REVOKE {right} ON {table} FROM {role}")).await;
            let error = Store::connect(&url).await.unwrap_err();
            let said = error.to_string();
            assert!(matches!(error, OpenError::MissingRights { .. }), "{right} on {table}: {error:?}");
            assert!(said.contains(&role) && said.contains(&table) && said.contains("--grant-to"), "{said}");
            as_owner(&database, format!("GRANT {right} ON {table} TO {role}")).await;
        }
    }
    Store::connect(&url).await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_create_nothing_is_named_when_it_migrates() {
    let database = new_database().await;
    let (role, url) = new_role(&database).await;
    let schema = database.url.rsplit_once('=').unwrap().1;
    as_owner(&database, format!("GRANT USAGE ON SCHEMA {schema} TO {role}")).await;
    for error in [Store::migrate(&url).await.unwrap_err(), Store::options(&url).create(true).open().await.unwrap_err()]
    {
        assert!(matches!(error, OpenError::MissingRights { .. }), "{error:?}");
        assert!(error.to_string().contains("permission denied for schema"), "{error}");
    }
}

#[tokio::test]
async fn an_inbox_outside_of_the_search_path_is_named() {
    let database = new_database().await;
    Store::migrate(&database.url).await.unwrap();
    let schema = database.url.rsplit_once('=').unwrap().1;
    // Without USAGE the schema is not searched.
    let (_, url) = new_role(&database).await;
    // A server of its own would list this schema alone; the shared one lists others first.
    let error = Store::connect(&url).await.unwrap_err();
    assert!(matches!(&error, OpenError::NoInbox { elsewhere, .. } if !elsewhere.is_empty()), "{error:?}");
    assert!(error.to_string().contains("USAGE"), "{schema}: {error}");
}

/// A right that no statement needs would be too much; a statement without its right would fail at some time.
#[tokio::test]
async fn the_grants_are_those_that_statements_need() {
    let statements = statements("postgres");
    let uses = |words: String| {
        statements.iter().any(|statement| {
            let text = statement.text.split_whitespace().collect::<Vec<_>>().join(" ") + " ";
            [" ", ",", ")", "("].iter().any(|end| text.contains(&format!("{words}{end}")))
        })
    };
    for (table, rights) in grants() {
        for (right, needed) in [
            ("INSERT", uses(format!("INSERT INTO {table}"))),
            ("DELETE", uses(format!("DELETE FROM {table}"))),
            ("UPDATE", uses(format!("UPDATE {table}")) || table == "inbox_probe"),
        ] {
            assert_eq!(rights.contains(&right.to_owned()), needed, "{right} on {table}");
        }
    }
    let database = new_database().await;
    Store::migrate(&database.url).await.unwrap();
    let tables = "SELECT tablename::TEXT FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connect(&database.url).await).await.unwrap();
    let mut granted: Vec<String> = grants().into_iter().map(|(table, _)| table).collect();
    granted.sort();
    assert_eq!(granted, tables);
    connect(&server()).await.close().await.unwrap();
}

/// Returns the rights in the file of grants.
fn grants() -> Vec<(String, Vec<String>)> {
    let grants = schema::postgres_grants("role");
    let lines = grants.lines().filter_map(|line| line.strip_prefix("GRANT ")?.strip_suffix(" TO \"role\";"));
    let lines = lines.map(|line| {
        let (rights, table) = line.split_once(" ON ").unwrap();
        (table.to_owned(), rights.split(", ").map(str::to_owned).collect())
    });
    lines.collect()
}
