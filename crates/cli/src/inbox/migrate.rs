//! `refhook inbox migrate`: makes or changes the tables of an inbox, or prints the SQL for it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::ValueEnum;
use referral_webhooks_inbox_sqlx::{Migrated, OpenError, PostgresStore, SqliteStore, schema};

use serde_json::json;

use super::database::{DbArgs, Engine, chain};
use crate::failure::{Failure, Outcome};
use crate::output::is_json;
use crate::terminal;

/// Makes the tables of an inbox, or applies the migrations that they lack.
///
/// `--print-sql` prints the statements for another tool: `refhook inbox migrate --print-sql | psql`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Migrate {
    #[command(flatten)]
    db: DbArgs,

    /// Prints the SQL instead of executing it. No database is needed.
    #[arg(long)]
    print_sql: bool,

    /// The engine of the printed SQL; by default, the one of the inbox, and PostgreSQL without it.
    #[arg(long, requires = "print_sql")]
    engine: Option<Printed>,

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

/// An engine of printed SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Printed {
    Postgres,
    Sqlite,
}

const EXAMPLES: &str = "Examples:
  refhook inbox migrate --db shop.db
  DATABASE_URL=postgres://owner:secret@db/shop refhook inbox migrate
  refhook inbox migrate --print-sql --grant-to shop | psql --single-transaction
  refhook inbox migrate --print-sql --engine sqlite | sqlite3 -bail shop.db";

impl Migrate {
    pub(crate) async fn run(self) -> Outcome {
        if self.print_sql { self.print() } else { self.migrate().await }
    }

    fn print(&self) -> Outcome {
        // Printing needs no database, so an address is optional.
        let named = self.db.address().ok().and_then(|address| Engine::of(&address).ok());
        let engine =
            self.engine.unwrap_or(if named == Some(Engine::Sqlite) { Printed::Sqlite } else { Printed::Postgres });
        let sql = match (engine, &self.grant_to) {
            (Printed::Sqlite, Some(_)) => {
                let help = "remove `--grant-to`, and give the process the rights to write the file and its folder";
                return Err(Failure::usage("SQLite has no roles", help));
            }
            (Printed::Sqlite, None) => schema::sqlite_script(self.from),
            (Printed::Postgres, None) => schema::postgres_script(self.from),
            (Printed::Postgres, Some(role)) => {
                format!("{}\n{}", schema::postgres_script(self.from), schema::postgres_grants(role))
            }
        };
        let mut out = io::stdout().lock();
        if is_json() {
            let engine = engine.to_possible_value().map(|value| value.get_name().to_owned());
            writeln!(out, "{}", terminal::json_line(&json!({ "kind": "sql", "engine": engine, "sql": sql })))?;
        } else {
            out.write_all(sql.as_bytes())?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    async fn migrate(&self) -> Outcome {
        let address = self.db.address()?;
        let engine = Engine::of(&address)?;
        let migrated = self.apply(engine, &address).await.map_err(|error| failure(&error))?;
        let Migrated { identity, from, to, .. } = &migrated;
        if is_json() {
            let mut out = io::stdout().lock();
            writeln!(
                out,
                "{}",
                terminal::json_line(
                    &json!({ "kind": "migrated", "identity": identity.to_string(), "from": from, "to": to })
                )
            )?;
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

/// Returns the failure with its causes.
fn failure(error: &OpenError) -> Failure {
    let help = "`--db` or DATABASE_URL names the database, and `refhook inbox migrate --print-sql` prints the SQL";
    Failure::new(chain(error), help)
}
