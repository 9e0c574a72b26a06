//! The inbox that a verb opens, or fails to open.

use std::process::Command;

use referral_webhooks_inbox::store::{Filter, Store as _};
use referral_webhooks_inbox::{KeyRing, Sealed};
use referral_webhooks_inbox_sqlx::SqliteStore;

use super::{Shop, fill, new_schema, psql};
use crate::{refhook, run, text};

const PEPPER: &str = "8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=";
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

fn sqlite3(db: &str, statement: &str) {
    let ran = Command::new("sqlite3").args([db, statement]).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (empty, other, newer, text_file) = (path("empty.db"), path("other.db"), path("newer.db"), path("text.db"));
    sqlite3(&empty, "CREATE TABLE shop (id INTEGER)");
    sqlite3(&other, "CREATE TABLE shop (id INTEGER)");
    SqliteStore::migrate(&newer).await.unwrap();
    sqlite3(&newer, "INSERT INTO inbox_schema (version, oldest, release) VALUES (99, 99, '9.0.0')");
    std::fs::write(&text_file, "x".repeat(5_000)).unwrap();
    let (no_inbox, _) = new_schema();
    let rows = [
        (path("missing.db"), 1, "missing.db` is missing", "refhook inbox migrate --db"),
        (path("missing/shop.db"), 1, "missing/shop.db` is missing", "--db"),
        (empty, 1, "has no inbox", "refhook inbox migrate"),
        (newer, 1, "release 9.0.0", "use the program of release 9.0.0"),
        (text_file, 1, "no database of SQLite", "--db"),
        (no_inbox, 1, "leads to no inbox", "--db"),
        ("postgres://shop@127.0.0.1:1/shop".to_owned(), 1, "could not be opened", "--db"),
        ("mysql://shop@db/shop".to_owned(), 2, "no engine", "postgres://"),
        (String::new(), 2, "the inbox is missing", "DATABASE_URL"),
    ];
    for (db, code, cause, help) in rows {
        for verb in ["list", "stats", "tail", "export"] {
            let mut command = refhook(&["inbox", verb, "--db", &db]);
            command.env_remove("DATABASE_URL");
            let ran = run(command, b"");
            let said = text(&ran.stderr);
            assert_eq!(ran.status.code(), Some(code), "{verb} {db}: {said}");
            assert!(said.contains(cause) && said.contains(help), "{verb} {db}: {said}");
        }
    }
    assert!(!folder.path().join("missing.db").exists(), "a verb that reads makes no file");
}

#[tokio::test]
async fn a_password_is_neither_taken_from_the_command_line_nor_printed() {
    let url = "postgres://shop:planted@127.0.0.1:1/shop";
    let ran = run(refhook(&["inbox", "list", "--db", url]), b"");
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("PGPASSWORD") && !text(&ran.stderr).contains("planted"), "{ran:?}");
    let mut command = refhook(&["inbox", "list"]);
    command.env("DATABASE_URL", url);
    let ran = run(command, b"");
    assert_eq!(ran.status.code(), Some(1));
    assert!(text(&ran.stderr).contains("DATABASE_URL") && !text(&ran.stderr).contains("planted"), "{ran:?}");
}

#[tokio::test]
async fn a_role_without_rights_is_told_which() {
    let (url, schema) = new_schema();
    referral_webhooks_inbox_sqlx::PostgresStore::migrate(&url).await.unwrap();
    let server = std::env::var("INBOX_TEST_POSTGRES").unwrap();
    let role = format!("{schema}_reader");
    let create = format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}");
    psql(&server, &schema, create.as_bytes()).unwrap();
    let ran = run(refhook(&["inbox", "list", "--db", &url.replacen("postgres@", &format!("{role}@"), 1)]), b"");
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("lacks rights") && said.contains(&format!("--grant-to {role}")), "{said}");
}

async fn sealed_shop() -> Shop {
    let shop = Shop::empty().await;
    let store = SqliteStore::connect(&shop.db).await.unwrap();
    let ring = KeyRing::new(PEPPER, 1, KEY).unwrap();
    fill(Sealed::open(store.clone(), ring).await.unwrap()).await;
    store.close().await;
    shop
}

fn keyring(pepper: &str, key: &str) -> String {
    format!("pepper = \"{pepper}\"\n[[keys]]\nnumber = 1\nkey = \"{key}\"\n")
}

#[tokio::test]
async fn sealed_bodies_need_the_keys() {
    let shop = sealed_shop().await;
    let ring = shop.file("ring.toml", &keyring(PEPPER, KEY));
    assert_eq!(shop.json(&["list"]).len(), 5, "a list needs no key");
    let ran = shop.run(&["show", "2", "--raw"]);
    assert!(text(&ran.stderr).contains("sealed") && text(&ran.stderr).contains("--keyring-file"), "{ran:?}");
    assert!(shop.ok(&["show", "2"]).contains("the body is sealed"));
    assert!(shop.ok(&["show", "2", "--raw", "--keyring-file", &ring]).contains("Fails"));

    let rows = [
        (keyring(OTHER, KEY), "another pepper"),
        (keyring(PEPPER, OTHER), "another key under the number 1"),
        (keyring(PEPPER, PEPPER), "key 1 is the pepper"),
        (keyring(PEPPER, "short"), "32 bytes in base64"),
        (format!("pepper = \"{PEPPER}\"\nkeys = []\n"), "it has no key"),
        (format!("pepper = \"{PEPPER}\"\n"), "keys"),
        (format!("pepper = \"{PEPPER}\"\nkey = \"{KEY}\"\n"), "key"),
        (format!("pepper = {PEPPER}\n"), "cannot be used"),
    ];
    for (content, want) in rows {
        let wrong = shop.file("wrong.toml", &content);
        let ran = shop.run(&["list", "--keyring-file", &wrong]);
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{said}");
        assert!(said.contains(want), "{want}: {said}");
        for secret in [PEPPER, KEY, OTHER] {
            assert!(!said.contains(secret), "{said}");
        }
    }
    let open = Shop::sqlite().await;
    let ran = open.run(&["list", "--keyring-file", &ring]);
    assert!(text(&ran.stderr).contains("not sealed"), "{ran:?}");
}

#[tokio::test]
async fn the_keys_of_a_reader_do_not_become_those_of_an_empty_inbox() {
    let shop = Shop::empty().await;
    let ring = shop.file("ring.toml", &keyring(OTHER, KEY));
    let ran = shop.run(&["list", "--keyring-file", &ring]);
    assert!(ran.status.success() && text(&ran.stderr).contains("not compared"), "{ran:?}");
    let store = SqliteStore::connect(&shop.db).await.unwrap();
    let ring = KeyRing::new(PEPPER, 1, KEY).unwrap();
    assert!(Sealed::open(store, ring).await.is_ok(), "the application's keys are the first");
}

#[tokio::test]
async fn an_application_goes_on_while_verbs_read_and_act() {
    let shop = Shop::sqlite().await;
    let store = SqliteStore::connect(&shop.db).await.unwrap();
    for _ in 0..3 {
        shop.ok(&["list"]);
        shop.ok(&["stats"]);
        shop.ok(&["show", "2"]);
    }
    shop.ok(&["redeliver", "1"]);
    assert_eq!(store.list(Filter::new()).await.unwrap().len(), 5);
    store.probe().await.unwrap();
    // Another process holds the lock for writing: the verb waits, and reads meanwhile.
    let mut locked = Command::new("sqlite3");
    locked.args([&shop.db, "BEGIN IMMEDIATE", ".shell sleep 2", "COMMIT"]);
    let mut locked = locked.spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    shop.ok(&["cancel", "6"]);
    assert!(locked.wait().unwrap().success());
    assert_eq!(shop.state(6), "cancelled");
}
