//! `refhook inbox tail`: new and changed entries as they come.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, State, Store as _, StoreError};
use time::OffsetDateTime;

use super::any_store::AnyStore;
use super::database::{DbArgs, chain};
use super::filter::FilterArgs;
use super::list::EntryLine;
use super::table::Layout;
use crate::failure::Outcome;
use crate::note::note;
use crate::output::Output;
use crate::terminal::{self, printable};

/// The number of newest entries that are compared with their last state.
const WINDOW: u32 = 200;

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// The time between two notes about a database that does not answer.
const NOTE_EVERY: u32 = 60;

/// Prints entries as they come, and again as their states change, until it is interrupted.
///
/// Changes are seen in the newest 200 entries and in the oldest 200 unfinished ones. The command goes on after the
/// database was restarted.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tail {
    /// The number of older entries that are printed first.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=i64::from(WINDOW)))]
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
  refhook inbox tail --db shop.db
  refhook inbox tail --db shop.db --endpoint redpin --limit 0
  refhook inbox tail --db postgres://shop@db/shop --output json";

/// What makes a line new.
type Mark = (State, u32, u32, u32, u32, bool);

fn mark(entry: &Entry) -> Mark {
    (entry.state, entry.attempt, entry.run, entry.repeats, entry.conflicts, entry.has_body)
}

/// The entries that were printed.
#[derive(Debug)]
struct Seen {
    /// The filter without its states, so that an entry is known before it enters one of them.
    filter: Filter,
    /// The printed states; all states if it is empty.
    wanted: Vec<State>,
    /// The highest number so far; `None` before the first look.
    last: Option<EntryId>,
    marks: BTreeMap<EntryId, Mark>,
}

impl Seen {
    fn new(mut filter: Filter) -> Self {
        let wanted = std::mem::take(&mut filter.states);
        Self { filter, wanted, last: None, marks: BTreeMap::new() }
    }

    /// Returns new and changed entries, the oldest first.
    async fn look(&mut self, store: &AnyStore) -> Result<Vec<(&'static str, Entry)>, StoreError> {
        let unfinished = [State::Available, State::Waiting, State::Running, State::Retryable];
        let mut found = store.list(self.filter.clone().states(unfinished).oldest_first().most(WINDOW)).await?;
        found.extend(store.list(self.filter.clone().most(WINDOW)).await?);
        if let Some(last) = self.last {
            // More entries than a page may have come.
            let mut later = self.filter.clone().oldest_first().most(WINDOW);
            later.after = Some(last);
            let mut next = Some(later);
            while let Some(filter) = next {
                let page = store.list(filter.clone()).await?;
                next = filter.next_page(&page);
                found.extend(page);
            }
        }
        // The last read of an entry counts.
        let found: BTreeMap<EntryId, Entry> = found.into_iter().map(|entry| (entry.id, entry)).collect();
        let (last, newest) = (self.last, found.last_key_value().map(|(id, _)| *id));
        let mut lines = Vec::new();
        for (id, entry) in found {
            let kind = match self.marks.insert(id, mark(&entry)) {
                None if last.is_none_or(|last| id > last) => "new",
                Some(before) if before != mark(&entry) => "changed",
                // It is unchanged, or an older entry came into the window.
                _ => continue,
            };
            if self.wanted.is_empty() || self.wanted.contains(&entry.state) {
                lines.push((kind, entry));
            }
        }
        self.last = Some(self.last.max(newest).unwrap_or(EntryId(0)));
        while self.marks.len() > 10 * WINDOW as usize {
            self.marks.pop_first();
        }
        Ok(lines)
    }
}

impl Tail {
    pub(crate) async fn run(self) -> Outcome {
        let opened = self.db.open().await?;
        let layout = Layout::of_stdout();
        if self.output == Output::Text {
            anstream::println!("{}", layout.head());
        }
        let mut seen = Seen::new(self.filters.filter());
        let (mut is_first, mut failures) = (true, 0_u32);
        loop {
            match seen.look(opened.store()).await {
                Ok(lines) => {
                    if failures > 0 {
                        note("the database answers again");
                    }
                    failures = 0;
                    let skipped = if is_first { lines.len().saturating_sub(self.limit as usize) } else { 0 };
                    is_first = false;
                    self.print(layout, lines.get(skipped..).unwrap_or_default())?;
                }
                Err(error) => {
                    if failures.is_multiple_of(NOTE_EVERY) {
                        note(format!(
                            "the database does not answer, and is asked again: {}",
                            printable(&chain(&error))
                        ));
                    }
                    failures = failures.saturating_add(1);
                }
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
            }
        }
    }

    fn print(&self, layout: Layout, lines: &[(&'static str, Entry)]) -> std::io::Result<()> {
        let (mut out, now) = (anstream::stdout(), OffsetDateTime::now_utc());
        for (kind, entry) in lines {
            match self.output {
                Output::Text => writeln!(out, "{}", layout.row(entry, now))?,
                Output::Json => writeln!(out, "{}", terminal::json_line(&EntryLine::new(kind, entry)))?,
            }
        }
        out.flush()
    }
}
