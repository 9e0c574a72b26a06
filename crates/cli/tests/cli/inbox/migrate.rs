//! `refhook inbox migrate`: the printed SQL in the engines' own shells, and the program on both engines.

use std::env;
use std::process::Command;

use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};

use super::{new_schema, psql};
use crate::{refhook, run, text};

fn sql(arguments: &[&str]) -> Vec<u8> {
    let mut command = refhook(&["inbox", "migrate", "--print-sql"]);
    command.args(arguments).env_remove("DATABASE_URL");
    let ran = run(command, b"");
    assert!(ran.status.success(), "{arguments:?}: {}", text(&ran.stderr));
    ran.stdout
}

#[tokio::test]
async fn printed_sql_in_psql_makes_the_inbox_of_a_role_with_the_least_rights() {
    let server = env::var("INBOX_TEST_POSTGRES").expect("INBOX_TEST_POSTGRES names no server: run `scripts/test`");
    let (url, schema) = new_schema();
    let role = format!("{schema}_role");
    let create = format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}");
    psql(&server, &schema, create.as_bytes()).unwrap();
    let printed = sql(&["--engine", "postgres", "--grant-to", &role]);
    psql(&server, &schema, &printed).unwrap();
    let url = url.replacen("postgres@", &format!("{role}@"), 1);
    let store = PostgresStore::connect(&url).await.unwrap();
    let identity = psql(&server, &schema, b"SELECT value FROM inbox_mark WHERE name = 'identity'").unwrap();
    assert_eq!(identity.trim(), store.identity());
    // A second run changes no table.
    assert!(psql(&server, &schema, &printed).unwrap_err().contains("already exists"));
    assert_eq!(PostgresStore::connect(&url).await.unwrap().identity(), store.identity());
}

#[tokio::test]
async fn printed_sql_in_sqlite3_makes_the_inbox() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let mut shell = Command::new("sqlite3");
    shell.args(["-bail", file.to_str().unwrap()]);
    let ran = run(shell, &sql(&["--engine", "sqlite"]));
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let store = SqliteStore::connect(&file).await.unwrap();
    let migrated = SqliteStore::migrate(&file).await.unwrap();
    assert_eq!((migrated.from, migrated.identity.as_str()), (migrated.to, store.identity()));
}

/// The statements of `migrate` and the printed ones, compared by their tables.
#[tokio::test]
async fn printed_sql_makes_the_tables_that_migrate_makes() {
    const SCHEMA: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    const COLUMNS: &str = "SELECT table_name, column_name, data_type, is_nullable, column_default FROM \
                           information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, ordinal_position; \
                           SELECT regexp_replace(indexdef, ' ON [^ ]+', '') FROM pg_indexes \
                           WHERE schemaname = current_schema() ORDER BY 1; \
                           SELECT version, oldest, release FROM inbox_schema";
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one.db", "other.db"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let sqlite3 = |file: &str, statements: &[u8]| {
        let mut shell = Command::new("sqlite3");
        shell.args(["-bail", file]);
        text(&run(shell, statements).stdout).to_owned()
    };
    SqliteStore::migrate(&one).await.unwrap();
    sqlite3(&other, &sql(&["--engine", "sqlite"]));
    let tables = sqlite3(&one, SCHEMA.as_bytes());
    assert!(tables.contains("inbox_entry"), "{tables}");
    assert_eq!(sqlite3(&other, SCHEMA.as_bytes()), tables);

    let server = env::var("INBOX_TEST_POSTGRES").unwrap();
    let ((url, one), (_, other)) = (new_schema(), new_schema());
    PostgresStore::migrate(&url).await.unwrap();
    psql(&server, &other, &sql(&[])).unwrap();
    let tables = psql(&server, &one, COLUMNS.as_bytes()).unwrap();
    assert!(tables.contains("inbox_entry"), "{tables}");
    assert_eq!(psql(&server, &other, COLUMNS.as_bytes()).unwrap(), tables);
}

#[test]
fn migrate_takes_the_url_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("shop.db").to_str().unwrap());
    for url in [sqlite, new_schema().0] {
        let mut command = refhook(&["inbox", "migrate", "--identity", "0123", "--db", &url]);
        command.env_remove("DATABASE_URL");
        assert!(!run(command, b"").status.success(), "a pinned inbox is missing");
        for said in ["a new inbox", "no migration is missing"] {
            let mut command = refhook(&["inbox", "migrate"]);
            command.env("DATABASE_URL", &url);
            let ran = run(command, b"");
            assert!(ran.status.success() && text(&ran.stdout).contains(said), "{url}: {ran:?}");
        }
    }
}

#[test]
fn failures_name_the_cause_and_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("sqlite:{}", folder.path().join("missing/shop.db").to_str().unwrap());
    let pinned = format!("sqlite:{}", folder.path().join("shop.db").to_str().unwrap());
    let rows: [(&str, &[&str], i32, &str); 8] = [
        ("", &[], 2, "DATABASE_URL"),
        ("mysql://shop:planted@db/shop", &[], 2, "`mysql` is no engine"),
        ("postgres://shop:planted@127.0.0.1:1/shop", &[], 1, "could not be opened"),
        (&missing, &[], 1, "missing` is missing"),
        (&pinned, &["--identity", "0123"], 1, "is missing"),
        ("", &["--engine", "sqlite"], 2, "--print-sql"),
        ("", &["--print-sql", "--from", "old"], 2, "--from"),
        ("", &["--print-sql", "--engine", "sqlite", "--grant-to", "shop"], 2, "no roles"),
    ];
    for (url, arguments, code, want) in rows {
        let mut command = refhook(&["inbox", "migrate"]);
        command.args(arguments).env("DATABASE_URL", url);
        let ran = run(command, b"");
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{url} {arguments:?}: {said}");
        assert!(said.contains(want) && !said.contains("planted"), "{url} {arguments:?}: {said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
