//! `refhook inbox list`: the newest entries.

use std::io::Write as _;
use std::process::ExitCode;

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Store as _};
use serde::Serialize;
use time::OffsetDateTime;

use super::database::{DbArgs, failed};
use super::filter::{FilterArgs, entry_id};
use super::table::Layout;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::terminal;

/// Lists the newest entries of an inbox, one a line.
///
/// A page ends with a note that has the option of the next page.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// Only these entries.
    #[arg(value_name = "ID", value_parser = entry_id)]
    ids: Vec<EntryId>,

    /// Only entries older than this one: the last one of the previous page.
    #[arg(long, value_name = "ID", value_parser = entry_id)]
    before: Option<EntryId>,

    /// The number of entries.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,

    #[command(flatten)]
    db: DbArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,

    #[command(flatten)]
    filters: FilterArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox list --db shop.db
  refhook inbox list --db shop.db --state discarded --since 2d
  refhook inbox list --db postgres://shop@db/shop --endpoint redpin
  refhook inbox list --db shop.db --parked --output json";

/// An entry as a line of JSON.
#[derive(Debug, Serialize)]
pub(super) struct EntryLine<'e> {
    kind: &'static str,
    #[serde(flatten)]
    entry: &'e Entry,
}

impl<'e> EntryLine<'e> {
    pub(super) const fn new(kind: &'static str, entry: &'e Entry) -> Self {
        Self { kind, entry }
    }
}

impl List {
    pub(crate) async fn run(self) -> Outcome {
        let opened = self.db.open().await?;
        let entries = if self.ids.is_empty() {
            let mut filter = self.filters.filter().most(self.limit);
            filter.before = self.before;
            opened.store().list(filter).await.map_err(failed)?
        } else {
            if !self.filters.is_empty() || self.before.is_some() {
                return Err(Failure::usage("numbers and filters are given", "give one of the two"));
            }
            let mut entries = Vec::new();
            for id in &self.ids {
                let entry = opened.store().get(*id).await.map_err(failed)?;
                entries.push(entry.ok_or_else(|| {
                    Failure::new(format!("there is no entry {id}"), "`refhook inbox list` shows all")
                })?);
            }
            entries
        };
        let (layout, now) = (Layout::of_stdout(), OffsetDateTime::now_utc());
        let mut out = anstream::stdout();
        if self.output == Output::Text && !entries.is_empty() {
            writeln!(out, "{}", layout.head())?;
        }
        for entry in &entries {
            match self.output {
                Output::Text => writeln!(out, "{}", layout.row(entry, now))?,
                Output::Json => writeln!(out, "{}", terminal::json_line(&EntryLine::new("entry", entry)))?,
            }
        }
        out.flush()?;
        match entries.last() {
            None => note("no entry matches"),
            Some(last) if self.ids.is_empty() && entries.len() == self.limit as usize => {
                note(format!("older entries follow with `--before {}`", last.id));
            }
            Some(_) => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}
