//! Paths and URLs of files, and files that cannot be used.

use std::path::Path;
use std::process::Command;

use referral_webhooks_inbox::store::{NewEntry, Store as _};
use referral_webhooks_inbox_sqlx::{OpenError, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

use crate::shared::support::redpin;

/// Returns the names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_url_opens_the_file_that_sqlx_opens() {
    let rows = [
        ("sqlite:{}/shop.db?mode=rwc", "shop.db"),
        ("sqlite://{}/shop.db?mode=rwc", "shop.db"),
        ("{}/shop.db?mode=rwc", "shop.db"),
        ("sqlite://{}/my%20shop.db?mode=rwc", "my shop.db"),
        ("sqlite:{}/what%3F%23.db?mode=rwc&cache=private", "what?#.db"),
    ];
    for (url, name) in rows {
        let folder = tempfile::tempdir().unwrap();
        let url = url.replace("{}", folder.path().to_str().unwrap());
        let store = SqliteStore::open(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(store.file(), folder.path().join(name), "{url}");
        let mut shop: SqliteConnection = url.parse::<SqliteConnectOptions>().unwrap().connect().await.unwrap();
        let ids = "SELECT value FROM inbox_mark WHERE name = 'identity'";
        let identity: String = sqlx::query_scalar(ids).fetch_one(&mut shop).await.unwrap();
        assert_eq!(identity, store.identity(), "{url}");
        drop(shop);
        store.close().await;
        assert!(files(folder.path()).iter().all(|file| file.starts_with(name)), "{url}: {:?}", files(folder.path()));
        // Without `rwc`, a missing file is missing.
        std::fs::remove_file(folder.path().join(name)).unwrap();
        let missing = SqliteStore::open(url.replace("mode=rwc", "mode=rw")).await.unwrap_err();
        assert!(matches!(&missing, OpenError::NoFile { file } if file.ends_with(name)), "{url}: {missing:?}");
        let missing = SqliteStore::connect(&url).await.unwrap_err();
        assert!(matches!(missing, OpenError::NoFile { .. }), "{url}: {missing:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("text.db"), "not a database, but long enough to have a header".repeat(40)).unwrap();
    std::fs::write(path("short.db"), "x").unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    #[cfg(unix)]
    {
        assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        std::os::unix::fs::symlink(path("nowhere/gone.db"), path("dangling.db")).unwrap();
    }
    let before = files(folder.path());
    let rows = [
        ("text.db", "no database of SQLite"),
        ("short.db", "too short for a database"),
        ("folder", "is a folder"),
        ("pipe", "a pipe"),
        ("text.db/shop.db", "the folder"),
        ("missing/shop.db", "the folder"),
        ("dangling.db", "dangling.db"),
    ];
    for (name, want) in rows {
        let error = SqliteStore::options(path(name)).create(true).open().await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains(want) && said.contains(folder.path().to_str().unwrap()), "{name}: {said} {error:?}");
        assert!(!matches!(error, OpenError::Database(_)), "{name}: {error:?}");
    }
    assert_eq!(files(folder.path()), before, "a refusal makes no file");
    let device = SqliteStore::options("/dev/null").create(true).open().await.unwrap_err();
    assert!(device.to_string().contains("a device"), "{device}");
}

#[tokio::test]
async fn options_keep_the_settings_of_the_inbox() {
    use sqlx::sqlite::{SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .locking_mode(SqliteLockingMode::Exclusive)
        .foreign_keys(false)
        .pragma("secure_delete", "OFF")
        .collation("NAMES", |one, other| other.cmp(one));
    let store = SqliteStore::open_with(options).await.unwrap();
    store.accept(NewEntry::of("shop", &redpin("m1"), 3)).await.unwrap();
    let mut shop = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut shop).await.unwrap();
    assert_eq!(journal, "wal");
    for refused in [
        SqliteConnectOptions::new().filename(&file).read_only(true),
        SqliteConnectOptions::new().filename(&file).in_memory(true),
    ] {
        let error = SqliteStore::open_with(refused).await.unwrap_err();
        assert!(matches!(error, OpenError::InvalidAddress { .. }), "{error:?}");
    }
}

/// Opens the file in the variable, and prints the error. Without the variable it is no test.
#[tokio::test]
async fn opening_as_another_user_prints_the_error() {
    let Ok(file) = std::env::var("INBOX_TEST_FILE") else { return };
    match SqliteStore::options(file).create(true).open().await {
        Ok(_) => println!("opened"),
        Err(error) => println!("said: {error}"),
    }
}

/// Permissions do not bind root, so that another user opens the files.
#[cfg(unix)]
#[tokio::test]
async fn permissions_are_named_with_the_user_and_the_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(folder.path(), 0o755);
    let program = folder.path().join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    mode(&program, 0o755);
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    let open = |file: &Path| {
        let mut command = Command::new(if is_root { "runuser" } else { "env" });
        if is_root {
            command.args(["--user", "nobody", "--"]);
        }
        command.arg(&program).args(["--exact", "addresses::opening_as_another_user_prints_the_error", "--nocapture"]);
        let ran = command.env("INBOX_TEST_FILE", file).current_dir("/").output().unwrap();
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr)
    };
    // The modes of folder and file, and the message. `None` is no file.
    let rows: [(&str, u32, Option<u32>, &str); 6] = [
        ("open", 0o777, Some(0o666), "opened"),
        ("new", 0o777, None, "opened"),
        ("closed", 0o000, Some(0o666), "cannot be entered"),
        ("read-only folder", 0o555, Some(0o666), "cannot be written"),
        ("read-only folder without a file", 0o555, None, "cannot be written"),
        ("read-only file", 0o777, Some(0o444), "shop.db (mode 444"),
    ];
    for (name, folder_mode, file_mode, want) in rows {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).unwrap();
        let file = place.join("shop.db");
        if let Some(file_mode) = file_mode {
            SqliteStore::migrate(&file).await.unwrap();
            mode(&file, file_mode);
        }
        mode(&place, folder_mode);
        let said = open(&file);
        mode(&place, 0o755);
        assert!(said.contains(want), "{name}: {said}");
        if want != "opened" {
            assert!(said.contains(file.to_str().unwrap()) && said.contains("user "), "{name}: {said}");
        }
    }
}
