//! `refhook migrate`: makes or changes the tables of an inbox, or prints the SQL for it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::ValueEnum;
use referral_webhooks_inbox_sqlx::{Migrated, OpenError, PostgresStore, SqliteStore, schema};

use serde_json::json;

use crate::failure::{Failure, Outcome};
use crate::output::is_json;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  DATABASE_URL=postgres://owner@host/shop refhook migrate
  DATABASE_URL=sqlite:shop.db refhook migrate
  refhook migrate --print-sql --engine postgres --grant-to shop
  refhook migrate --print-sql --from 3 > upgrade.sql";

/// Makes the tables of an inbox, or applies the migrations that they lack.
///
/// The database is the URL in the environment variable DATABASE_URL: `postgres://owner@host/shop` or `sqlite:shop.db`.
/// Without TLS in this program, print the SQL for a server that requires it: `refhook migrate --print-sql | psql`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Migrate {
    /// Prints the SQL instead of executing it. No database is needed.
    #[arg(long)]
    print_sql: bool,

    /// The engine of the printed SQL; by default, the one of DATABASE_URL, and PostgreSQL without it.
    #[arg(long, requires = "print_sql")]
    engine: Option<Engine>,

    /// Prints only the migrations after this version of the tables; 0 for a new inbox.
    #[arg(long, value_name = "VERSION", requires = "print_sql", default_value_t = 0,
        value_parser = clap::value_parser!(i64).range(0..))]
    from: i64,

    /// Also prints the least rights of this role of PostgreSQL.
    #[arg(long, value_name = "ROLE", requires = "print_sql")]
    grant_to: Option<String>,

    /// The identity of the inbox, which must exist. Without it, a missing inbox is created.
    #[arg(long, value_name = "ID", conflicts_with = "print_sql")]
    identity: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Postgres,
    Sqlite,
}

/// The environment variable of the URL. A URL may have a password, so it is no argument.
const URL: &str = "DATABASE_URL";

impl Migrate {
    pub(crate) fn run(&self) -> Outcome {
        if self.print_sql { self.print() } else { self.migrate() }
    }

    fn print(&self) -> Outcome {
        let url = std::env::var(URL).unwrap_or_default();
        let engine = self.engine.unwrap_or_else(|| Engine::of(&url).unwrap_or(Engine::Postgres));
        let sql = match (engine, &self.grant_to) {
            (Engine::Sqlite, Some(_)) => {
                let help = "remove `--grant-to`, and give the process the rights to write the file and its folder";
                return Err(Failure::usage("SQLite has no roles", help));
            }
            (Engine::Sqlite, None) => schema::sqlite_script(self.from),
            (Engine::Postgres, None) => schema::postgres_script(self.from),
            (Engine::Postgres, Some(role)) => {
                format!("{}\n{}", schema::postgres_script(self.from), schema::postgres_grants(role))
            }
        };
        let mut out = io::stdout().lock();
        if is_json() {
            let engine = engine.to_possible_value().map(|value| value.get_name().to_owned());
            writeln!(out, "{}", terminal::json(&json!({ "kind": "sql", "engine": engine, "sql": sql })))?;
        } else {
            out.write_all(sql.as_bytes())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn migrate(&self) -> Outcome {
        let url = std::env::var(URL).unwrap_or_default();
        let Some(engine) = Engine::of(&url) else {
            let cause = format!("{URL} has no URL of a database");
            return Err(Failure::new(cause, "set it to `postgres://owner@host/shop` or `sqlite:shop.db`"));
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let migrated = runtime.block_on(self.apply(engine, &url)).map_err(|error| failure(&error))?;
        let Migrated { identity, from, to, .. } = &migrated;
        if is_json() {
            let mut out = io::stdout().lock();
            writeln!(out, "{}", terminal::json(&json!({ "kind": "migrated", "identity": identity.to_string(), "from": from, "to": to })))?;
            return Ok(ExitCode::SUCCESS);
        }
        match from {
            0 => anstream::println!("a new inbox has tables of version {to}; pin its identity {identity}"),
            from if from < to => anstream::println!("the inbox {identity} was migrated from version {from} to {to}"),
            _ => anstream::println!("the inbox {identity} has tables of version {to}; no migration is missing"),
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn apply(&self, engine: Engine, url: &str) -> Result<Migrated, OpenError> {
        match engine {
            Engine::Postgres => {
                let options = PostgresStore::options(url);
                match &self.identity {
                    Some(identity) => options.identity(identity).migrate().await,
                    None => options.migrate().await,
                }
            }
            Engine::Sqlite => {
                let options = SqliteStore::options(url);
                match &self.identity {
                    Some(identity) => options.identity(identity).migrate().await,
                    None => options.migrate().await,
                }
            }
        }
    }
}

impl Engine {
    /// Returns the engine of a URL.
    fn of(url: &str) -> Option<Self> {
        let (scheme, _) = url.trim().split_once(':')?;
        match scheme.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Some(Self::Postgres),
            "sqlite" => Some(Self::Sqlite),
            _ => None,
        }
    }
}

/// Returns the failure with the causes of an error.
fn failure(error: &OpenError) -> Failure {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    Failure::new(text, format!("{URL} names the database, and `refhook migrate --print-sql` prints the SQL"))
}
