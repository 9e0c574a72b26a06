//! The path or URL of a file.
//!
//! - **Guarantees**: a text means the same file as in sqlx, or is refused.
//! - **Assumes** that settings hold either a path or a URL. A text that begins with `sqlite:` or contains `?` is a URL.
//! - **Without it**, SQLite would make a file whose name is the URL, and the application would look into another one.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::OpenError;

/// A file, and whether the URL asks for its creation.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) file: PathBuf,
    pub(crate) creates: bool,
    /// The other options of the application, such as collations.
    pub(crate) options: SqliteConnectOptions,
}

const IN_MEMORY: &str = "SQLite would keep it in memory, and acknowledged deliveries would be lost; give a file on a \
                         local disk";
const NAMELESS: &str = "it names no file; write a path, or `sqlite:shop.db`";

impl Address {
    /// Parses a path or a URL.
    pub(crate) fn parse(path: &Path) -> Result<Self, OpenError> {
        // Another text than UTF-8 is a path, and refused by sqlx.
        let Some(text) = path.to_str() else { return Err(refused(path, "sqlx opens only paths in UTF-8")) };
        if text.is_empty() || text == ":memory:" {
            return Err(refused(path, if text.is_empty() { NAMELESS } else { IN_MEMORY }));
        }
        if text.trim() != text {
            return Err(refused(path, "it begins or ends with white space; remove it"));
        }
        match scheme(text) {
            Some("sqlite") => {}
            Some(scheme) => return Err(other_scheme(scheme, text)),
            None if text.contains('?') => {}
            None => return Self::of_options(SqliteConnectOptions::new().filename(path)),
        }
        // sqlx reads each of these, and SQLite makes sense of one only: of the last.
        if let Some((_, parameters)) = text.split_once('?')
            && let Some(parameter) = repeated(parameters)
        {
            return Err(refused(path, format!("it has the parameter `{parameter}` twice")));
        }
        match text.parse::<SqliteConnectOptions>() {
            Ok(options) => Self::of_options(options).map_err(|error| match error {
                OpenError::InvalidAddress { why, .. } => refused(path, why),
                error => error,
            }),
            Err(sqlx::Error::Configuration(error)) => Err(refused(
                path,
                format!("{error}; a file whose name has `?` is written `sqlite:` with `%3F`, without parameters"),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the file of these options. Options that contradict the inbox are refused.
    pub(crate) fn of_options(options: SqliteConnectOptions) -> Result<Self, OpenError> {
        let file = options.get_filename().to_owned();
        let Some(text) = file.to_str() else { return Err(refused(&file, "sqlx opens only paths in UTF-8")) };
        // SQLite would open a temporary database, and interpret a URI again.
        let why = match text {
            "" => Some(NAMELESS),
            ":memory:" => Some(IN_MEMORY),
            _ if text.contains('\0') => Some("it contains U+0000"),
            _ if text.starts_with("file:") && !text.starts_with("file:sqlx-in-memory-") => {
                Some("it is a URI of SQLite; write a path, or `sqlite:` in the place of `file:`")
            }
            _ if text.ends_with(['/', std::path::MAIN_SEPARATOR]) => Some("it names a folder; name a file in it"),
            _ => None,
        };
        if let Some(why) = why {
            return Err(refused(&file, why));
        }
        // The URL is the only way to read the options, and not every name of a file can be in one.
        let mut creates = false;
        for (name, value) in options.clone().filename("shop.db").to_url_lossy().query_pairs() {
            let why = match (&*name, &*value) {
                ("mode", "memory") => IN_MEMORY,
                ("mode", "ro") => "`mode=ro` opens it for reading, and the inbox writes; write `mode=rw`",
                ("cache", "shared") => {
                    "a shared cache replaces SQLite's locks on the file, which several processes need; remove it"
                }
                ("immutable", "true") => {
                    "`immutable` says that the file never changes, and the inbox writes; remove it"
                }
                ("vfs", _) => "another `vfs` may not lock the file, or not write to the disk; remove it",
                ("mode", mode) => {
                    creates = mode == "rwc";
                    continue;
                }
                _ => continue,
            };
            return Err(refused(&file, why));
        }
        // The process may change its folder and reopen the file after a fault.
        let file = std::path::absolute(&file).map_err(sqlx::Error::from)?;
        Ok(Self { options: options.filename(&file), file, creates })
    }
}

/// Returns the scheme of a text, which has at least two letters: one letter is a drive of Windows.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let is_scheme = scheme.len() >= 2
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some(scheme)
}

fn other_scheme(scheme: &str, text: &str) -> OpenError {
    let lower = scheme.to_ascii_lowercase();
    // The rest of a URL may have a password.
    let shown = if text.contains("//") || text.contains('@') { format!("{scheme}:…") } else { text.to_owned() };
    let why: Cow<'static, str> = match lower.as_str() {
        "postgres" | "postgresql" => "it names a database of PostgreSQL, which `PostgresStore` opens".into(),
        "file" => "it is a URI of SQLite; write a path, or `sqlite:` in the place of `file:`".into(),
        _ if lower.starts_with("sqlite") || lower == "jdbc" => {
            "write `sqlite:` in lower case, and then the path".into()
        }
        _ => format!("the scheme `{scheme}` is unknown; write `sqlite:`, or `./` before the name of a file").into(),
    };
    refused(Path::new(&shown), why)
}

/// Returns a parameter that occurs twice.
fn repeated(parameters: &str) -> Option<&str> {
    let name = |parameter: &'_ str| parameter.split('=').next().unwrap_or_default().len();
    let names: Vec<&str> = parameters.split('&').map(|parameter| &parameter[..name(parameter)]).collect();
    names
        .iter()
        .enumerate()
        .find(|(place, name)| !name.is_empty() && names[..*place].contains(name))
        .map(|(_, name)| *name)
}

fn refused(address: &Path, why: impl Into<Cow<'static, str>>) -> OpenError {
    OpenError::InvalidAddress { address: address.display().to_string(), why: why.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_url_means_the_file_that_sqlx_means() {
        let here = std::env::current_dir().unwrap();
        // The text, the file, and whether it is created.
        let rows = [
            ("shop.db", here.join("shop.db"), false),
            ("./shop.db", here.join("shop.db"), false),
            ("data/shop.db", here.join("data/shop.db"), false),
            ("/data/shop.db", "/data/shop.db".into(), false),
            ("./shop:main.db", here.join("shop:main.db"), false),
            ("C:shop.db", here.join("C:shop.db"), false),
            ("100%.db", here.join("100%.db"), false),
            ("my%20shop.db", here.join("my%20shop.db"), false),
            ("shop#1.db", here.join("shop#1.db"), false),
            ("sqlite:shop.db", here.join("shop.db"), false),
            ("sqlite://shop.db", here.join("shop.db"), false),
            ("sqlite:///data/shop.db", "/data/shop.db".into(), false),
            ("sqlite:/data/shop.db", "/data/shop.db".into(), false),
            ("sqlite:./shop.db", here.join("shop.db"), false),
            ("sqlite:shop.db?mode=rw", here.join("shop.db"), false),
            ("sqlite://shop.db?mode=rwc", here.join("shop.db"), true),
            ("sqlite:///data/shop.db?mode=rwc&cache=private", "/data/shop.db".into(), true),
            ("sqlite:shop.db?immutable=0", here.join("shop.db"), false),
            ("sqlite:shop.db?", here.join("shop.db"), false),
            ("shop.db?mode=rwc", here.join("shop.db"), true),
            ("shop.db?", here.join("shop.db"), false),
            ("sqlite:my%20shop.db", here.join("my shop.db"), false),
            ("sqlite:what%3F.db", here.join("what?.db"), false),
            ("sqlite:caf%C3%A9.db", here.join("café.db"), false),
        ];
        for (text, file, creates) in rows {
            let address = Address::parse(Path::new(text)).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((address.file, address.creates), (file.clone(), creates), "{text}");
            // A path is read by `filename`, a URL by `parse`.
            if text.starts_with("sqlite:") || text.contains('?') {
                let options: SqliteConnectOptions = text.parse().unwrap();
                assert_eq!(std::path::absolute(options.get_filename()).unwrap(), file, "{text}");
            }
        }
    }

    #[test]
    fn a_text_that_sqlite_would_take_for_a_name_is_refused() {
        let rows = [
            ("", "names no file"),
            (" ", "white space"),
            ("shop.db\n", "white space"),
            (" shop.db", "white space"),
            ("sqlite:", "names no file"),
            ("sqlite://", "names no file"),
            ("sqlite:?mode=rwc", "names no file"),
            ("?mode=rwc", "names no file"),
            (":memory:", "in memory"),
            ("sqlite::memory:", "in memory"),
            ("sqlite://:memory:", "in memory"),
            ("sqlite::memory:?cache=shared", "in memory"),
            ("sqlite:shop.db?mode=memory", "in memory"),
            ("sqlite://?mode=memory", "names no file"),
            ("sqlite:shop.db?mode=ro", "for reading"),
            ("sqlite:shop.db?mode=wr", "mode"),
            ("sqlite:shop.db?mode=ro&mode=rw", "twice"),
            ("sqlite:shop.db?cache=shared", "shared cache"),
            ("sqlite:shop.db?immutable=1", "immutable"),
            ("sqlite:shop.db?vfs=unix-none", "vfs"),
            ("sqlite:shop.db?nolock=1", "nolock"),
            ("sqlite:shop.db?_journal_mode=OFF", "_journal_mode"),
            ("what?.db", "%3F"),
            ("sqlite:data/", "folder"),
            ("data/", "folder"),
            ("sqlite:shop%00.db", "U+0000"),
            ("sqlite:shop%FF.db", "utf-8"),
            ("sqlite:file:shop.db", "`file:`"),
            ("file:shop.db", "`file:`"),
            ("file:///data/shop.db?mode=rwc", "`file:`"),
            ("SQLite:shop.db", "lower case"),
            ("SQLITE://shop.db", "lower case"),
            ("sqlite3:shop.db", "lower case"),
            ("sqlite3:///shop.db", "lower case"),
            ("jdbc:sqlite:shop.db", "`sqlite:`"),
            ("postgres://shop:planted@db/shop", "PostgresStore"),
            ("postgresql:shop", "PostgresStore"),
            ("Postgres://shop:planted@db/shop", "PostgresStore"),
            ("mysql://shop:planted@db/shop", "unknown"),
            ("libsql://shop.turso.io?authToken=planted", "unknown"),
            ("shop:main.db", "./"),
        ];
        for (text, want) in rows {
            let error = Address::parse(Path::new(text)).map(|_| ()).unwrap_err();
            assert!(matches!(error, OpenError::InvalidAddress { .. }), "{text}: {error:?}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(want), "{text}: {shown}");
            assert!(!shown.contains("planted"), "{shown}");
        }
    }

    #[test]
    fn options_that_contradict_the_inbox_are_refused() {
        let options = || SqliteConnectOptions::new().filename("shop.db");
        let rows = [
            (SqliteConnectOptions::new(), "in memory"),
            (SqliteConnectOptions::new().filename(""), "names no file"),
            (options().in_memory(true), "in memory"),
            (SqliteConnectOptions::new().filename(":memory:"), "in memory"),
            ("sqlite::memory:".parse().unwrap(), "in memory"),
            (options().read_only(true), "for reading"),
            (options().shared_cache(true), "shared cache"),
            (options().immutable(true), "immutable"),
            (options().vfs("unix-dotfile"), "vfs"),
            (SqliteConnectOptions::new().filename("file:shop.db"), "`file:`"),
        ];
        for (options, want) in rows {
            let error = Address::of_options(options).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(want), "{want}: {error}");
        }
        assert!(Address::of_options(options().create_if_missing(true)).unwrap().creates);
    }
}
