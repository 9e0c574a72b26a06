//! The inbox that a verb uses: opened without making it, and without changing what another process relies on.

use std::fmt::Write as _;

use referral_webhooks_inbox::store::{Filter, NOT_SEALED, Store, StoreError};
use referral_webhooks_inbox::{Inbox, KeyRing, SealError, Sealed};
use referral_webhooks_inbox_sqlx::{OpenError, PostgresStore, SqliteStore};

use super::any_store::AnyStore;
use super::keyring;
use crate::failure::Failure;
use crate::note::note;
use crate::source::Source;

/// The environment variable of an inbox, if no option names it. Servers use it too.
const VARIABLE: &str = "DATABASE_URL";

/// The least number of connections to PostgreSQL.
const CONNECTIONS: u32 = 5;

/// The arguments that name an inbox.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DbArgs {
    /// The inbox: a file of SQLite, or the URL of a PostgreSQL database.
    ///
    /// Without it, the inbox is the one in the environment variable DATABASE_URL.
    /// A password belongs into that variable, PGPASSWORD or `~/.pgpass`, because other users see the command line.
    #[arg(long, value_name = "PATH-OR-URL")]
    db: Option<String>,

    /// The keys of an inbox whose bodies are sealed, in a TOML file, or `-` for standard input.
    ///
    /// The file has a `pepper`, and `[[keys]]` with `number` and `key`, the current one first.
    #[arg(long, value_name = "FILE")]
    keyring_file: Option<Source>,
}

/// The engine of an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Postgres,
    Sqlite,
}

/// An inbox that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) inbox: Inbox<AnyStore>,
    /// Whether the bodies are sealed, and no key was given.
    pub(crate) is_closed: bool,
}

impl Opened {
    pub(crate) fn store(&self) -> &AnyStore {
        self.inbox.store()
    }

    /// Fails if the bodies cannot be opened.
    pub(crate) fn need_bodies(&self) -> Result<(), Failure> {
        if !self.is_closed {
            return Ok(());
        }
        let help = "give the file of the application's pepper and keys with `--keyring-file`";
        Err(Failure::new("the bodies of this inbox are sealed", help))
    }
}

impl DbArgs {
    /// Whether `--db` names the inbox.
    pub(crate) const fn is_given(&self) -> bool {
        self.db.is_some()
    }

    /// Whether the environment names an inbox.
    pub(crate) fn is_in_environment() -> bool {
        std::env::var(VARIABLE).is_ok_and(|address| !address.trim().is_empty())
    }

    /// Returns the file of keys, which may be standard input.
    pub(crate) fn keyring_file(&self) -> Option<&Source> {
        self.keyring_file.as_ref()
    }

    /// Returns the path or URL.
    pub(crate) fn address(&self) -> Result<String, Failure> {
        let address = match &self.db {
            Some(address) => address.clone(),
            None => std::env::var(VARIABLE).unwrap_or_default(),
        };
        let help = format!("name a file of SQLite or a URL of PostgreSQL with `--db`, or in {VARIABLE}");
        if address.trim().is_empty() {
            return Err(Failure::usage("the inbox is missing", help));
        }
        if has_password(&address) && std::env::args().any(|argument| argument.contains(&address)) {
            let help = format!("put the URL into {VARIABLE}, or the password into PGPASSWORD or `~/.pgpass`");
            return Err(Failure::usage("`--db` has a password, which other users see on the command line", help));
        }
        Ok(address)
    }

    /// Opens the inbox, which must exist.
    pub(crate) async fn open(&self) -> Result<Opened, Failure> {
        let address = self.address()?;
        let ring = self.keyring_file.as_ref().map(keyring::read).transpose()?;
        match Engine::of(&address)? {
            Engine::Sqlite => {
                let store = SqliteStore::connect(&address).await.map_err(|error| unopened(&error, &address))?;
                seal(store, ring, AnyStore::Sqlite, AnyStore::SealedSqlite).await
            }
            Engine::Postgres => {
                let options = PostgresStore::options(&address).connections(CONNECTIONS);
                let store = options.connect().await.map_err(|error| unopened(&error, &address))?;
                seal(store, ring, AnyStore::Postgres, AnyStore::SealedPostgres).await
            }
        }
    }
}

/// Opens the bodies of a store, if its keys were given.
async fn seal<S: Store>(
    store: S,
    ring: Option<KeyRing>,
    plain: fn(S) -> AnyStore,
    sealed: fn(Sealed<S>) -> AnyStore,
) -> Result<Opened, Failure> {
    let Some(ring) = ring else {
        let is_closed = store.admits(NOT_SEALED).await.is_err();
        return Ok(Opened { inbox: Inbox::new(plain(store)), is_closed });
    };
    // The first keys that meet an empty inbox would become its keys without end.
    if store.list(Filter::new().most(1)).await.map_err(failed)?.is_empty() && store.admits(NOT_SEALED).await.is_ok() {
        note("the inbox is empty, so the keys in `--keyring-file` are not compared");
        return Ok(Opened { inbox: Inbox::new(plain(store)), is_closed: false });
    }
    let help = "give the pepper and the keys of the application that fills this inbox";
    let opened = Sealed::open(store, ring).await.map_err(|error| match error {
        SealError::NotSealed => Failure::new("the bodies of this inbox are not sealed", "leave `--keyring-file` out"),
        error => Failure::new(chain(&error), help),
    })?;
    Ok(Opened { inbox: Inbox::new(sealed(opened)), is_closed: false })
}

impl Engine {
    /// Returns the engine of a path or URL.
    pub(crate) fn of(address: &str) -> Result<Self, Failure> {
        let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            Some("sqlite") => Ok(Self::Sqlite),
            Some(other) if address.contains("://") => {
                let help = "write a path, `sqlite:shop.db` or `postgres://user@host/shop`";
                Err(Failure::usage(format!("`{other}` is no engine of an inbox"), help))
            }
            _ => Ok(Self::Sqlite),
        }
    }
}

/// Whether a URL has a password.
fn has_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let in_user = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    in_user || rest.split_once('?').is_some_and(|(_, query)| query.split('&').any(|it| it.starts_with("password=")))
}

/// Returns the failure of opening, with the next step of this program.
pub(crate) fn unopened(error: &OpenError, address: &str) -> Failure {
    let name = if has_password(address) { VARIABLE.to_owned() } else { format!("--db {address}") };
    let migrate = if has_password(address) {
        "refhook inbox migrate".to_owned()
    } else {
        format!("refhook inbox migrate --db {address}")
    };
    match error {
        OpenError::NoFile { file } => {
            let help = format!("name the file of an inbox with `--db`; `{migrate}` makes a new one");
            Failure::new(format!("the file `{}` is missing", file.display()), help)
        }
        OpenError::NoInbox { database, elsewhere } if elsewhere.is_empty() => {
            let help = format!("is it the right database? Only for a new inbox, run `{migrate}`");
            Failure::new(format!("`{database}` has no inbox"), help)
        }
        OpenError::OlderSchema { .. } => Failure::new(error.to_string(), format!("run `{migrate}`")),
        OpenError::NewerSchema { release, .. } => {
            Failure::new(error.to_string(), format!("use the program of release {release}"))
        }
        OpenError::MissingRights { role, .. } => {
            let help =
                format!("print the statements for its owner: `refhook inbox migrate --print-sql --grant-to {role}`");
            Failure::new(error.to_string(), help)
        }
        error => Failure::new(chain(error), format!("`{name}` names the inbox; can this user read and write it?")),
    }
}

/// Returns the failure of a store.
pub(crate) fn failed(error: StoreError) -> Failure {
    Failure::new(chain(&error), "the inbox was opened, and its database does not answer now; run the command again")
}

/// Returns an error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some errors print their cause themselves.
        let cause_of_it = error.to_string();
        if !text.ends_with(&cause_of_it) {
            let _ = write!(text, ": {cause_of_it}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_wherever_a_url_has_it() {
        let rows = [
            ("postgres://shop:planted@db/shop", true),
            ("postgresql://shop:planted@db:5432/shop?sslmode=require", true),
            ("postgres://db/shop?user=shop&password=planted", true),
            ("postgres://shop:pl@nted@db/shop", true),
            ("postgres://shop@db:5432/shop", false),
            ("postgres://db/shop?options[search_path]=a:b", false),
            ("shop.db", false),
            ("sqlite:shop.db", false),
            ("/data/a:b@c.db", false),
        ];
        for (address, want) in rows {
            assert_eq!(has_password(address), want, "{address}");
        }
    }

    #[test]
    fn an_address_has_one_engine() {
        let rows = [
            ("shop.db", Some(Engine::Sqlite)),
            ("/data/shop.db", Some(Engine::Sqlite)),
            ("sqlite:shop.db", Some(Engine::Sqlite)),
            ("sqlite://shop.db", Some(Engine::Sqlite)),
            ("C:shop.db", Some(Engine::Sqlite)),
            ("postgres://shop@db/shop", Some(Engine::Postgres)),
            ("PostgreSQL://shop@db/shop", Some(Engine::Postgres)),
            ("mysql://shop@db/shop", None),
            ("https://db/shop", None),
        ];
        for (address, want) in rows {
            assert_eq!(Engine::of(address).ok(), want, "{address}");
        }
    }
}
