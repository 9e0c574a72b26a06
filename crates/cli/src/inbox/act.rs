//! An action on entries: chosen, counted, confirmed, and then done one by one.
//!
//! - Guarantees: an action changes only entries that were counted before the question. An entry that arrives later is
//!   outside of it, because its number is higher.
//! - Assumes: workers and other operators act at the same time. An entry that no longer permits the action stays.
//! - Without it: a filter that is wider than expected pays thousands of rewards again.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use referral_webhooks_inbox::store::{ByHand, Entry, Filter, Store as _, StoreError};
use referral_webhooks_inbox::{EntryId, Inbox};
use serde_json::json;

use super::any_store::AnyStore;
use super::database::{DbArgs, Opened, failed};
use super::filter::{FilterArgs, entry_id};
use super::who::WhoArgs;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::progress::Progress;
use crate::terminal::{self, printable};

/// The entries that are changed at the same time. A store with one writer commits them together.
const CONCURRENT: usize = 16;

/// The reasons of unchanged entries that are printed for people.
const MOST_REASONS: usize = 20;

/// The arguments of an action.
#[derive(Debug, clap::Args)]
pub(super) struct ActArgs {
    /// The numbers of the entries; filters select them otherwise.
    #[arg(value_name = "ID", value_parser = entry_id)]
    pub(super) ids: Vec<EntryId>,

    /// All entries of the inbox, if no filter is given.
    #[arg(long)]
    all: bool,

    /// At most this many of the selected entries, the oldest first.
    #[arg(long, value_name = "N")]
    most: Option<u64>,

    /// Counts the selected entries, and changes none.
    #[arg(long)]
    dry_run: bool,

    /// Asks no question. It is needed if no terminal can be asked.
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    pub(super) who: WhoArgs,

    #[command(flatten)]
    pub(super) db: DbArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Output,

    #[command(flatten)]
    pub(super) filters: FilterArgs,
}

/// An action on one entry.
pub(super) trait Act {
    /// The name of the verb: `redeliver`.
    const VERB: &str;

    /// The participle: `redelivered`.
    const DONE: &str;

    /// The consequence, before the question.
    const CONSEQUENCE: &str;

    /// Whether the question is asked for entries that were named by their numbers, too.
    const ALWAYS_ASKS: bool = false;

    /// Changes one entry.
    async fn apply(&self, inbox: &Inbox<AnyStore>, id: EntryId, by: ByHand<'_>) -> Result<Step, StoreError>;
}

/// The result of an action on one entry.
#[derive(Debug)]
pub(super) enum Step {
    Changed,
    /// It was changed, and this remains to be done.
    ChangedBut(&'static str),
    /// It permits no such action, for this reason.
    Unchanged(String),
}

impl Step {
    /// Returns the result of a change that was or was not made.
    pub(super) async fn of(is_changed: bool, inbox: &Inbox<AnyStore>, id: EntryId) -> Result<Self, StoreError> {
        if is_changed {
            return Ok(Self::Changed);
        }
        Ok(Self::Unchanged(match inbox.store().get(id).await? {
            None => "there is no such entry".to_owned(),
            Some(entry) => format!("it is {}", entry.state),
        }))
    }
}

/// The entries of an action, counted.
#[derive(Debug)]
pub(super) enum Chosen {
    Ids(Vec<EntryId>),
    Filter { filter: Box<Filter>, count: u64 },
}

impl Chosen {
    /// Counts the entries that the arguments choose.
    pub(super) async fn of(args: &ActArgs, store: &AnyStore) -> Result<Self, Failure> {
        if !args.ids.is_empty() {
            if !args.filters.is_empty() || args.all {
                return Err(Failure::usage("numbers and filters are given", "give one of the two"));
            }
            return Ok(Self::Ids(args.ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()));
        }
        if args.filters.is_empty() && !args.all {
            let help = "give numbers or filters such as `--state discarded`, or `--all`";
            return Err(Failure::usage("no entry is selected", help));
        }
        Self::filter(args.filters.filter(), store).await.map_err(failed)
    }

    /// Counts the entries of a filter. Later ones have higher numbers, and are outside.
    pub(super) async fn filter(filter: Filter, store: &AnyStore) -> Result<Self, StoreError> {
        let newest = store.list(filter.clone().most(1)).await?;
        let end = newest.first().map_or(EntryId(0), |newest| EntryId(newest.id.0.saturating_add(1)));
        let filter = filter.before(end).oldest_first();
        let count = store.count(filter.clone()).await?;
        Ok(Self::Filter { filter: Box::new(filter), count })
    }

    pub(super) fn count(&self) -> u64 {
        match self {
            Self::Ids(ids) => ids.len() as u64,
            Self::Filter { count, .. } => *count,
        }
    }

    /// Returns the next entries, the oldest first.
    pub(super) async fn next(&mut self, store: &AnyStore, most: u64) -> Result<Vec<EntryId>, StoreError> {
        let most = u32::try_from(most.min(500)).unwrap_or(500);
        match self {
            Self::Ids(ids) => {
                let rest = ids.split_off(ids.len().min(most as usize));
                Ok(std::mem::replace(ids, rest))
            }
            // The entries were changed meanwhile, and may match again, so the page begins after the last one.
            Self::Filter { filter, .. } => {
                let page = store.list(filter.as_ref().clone().most(most)).await?;
                filter.after = page.last().map(|entry: &Entry| entry.id).or(filter.after);
                Ok(page.into_iter().map(|entry| entry.id).collect())
            }
        }
    }
}

/// Counts, asks, and acts.
pub(super) async fn act<A: Act>(args: &ActArgs, act: &A) -> Outcome {
    let opened = args.db.open().await?;
    let chosen = Chosen::of(args, opened.store()).await?;
    let (count, is_named) = (chosen.count(), !args.ids.is_empty());
    if !args.may(A::VERB, A::CONSEQUENCE, count, is_named && !A::ALWAYS_ASKS)? {
        return Ok(if args.dry_run || count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    perform(args, act, &opened, chosen).await
}

/// Acts on entries, after the question.
pub(super) async fn perform<A: Act>(args: &ActArgs, act: &A, opened: &Opened, mut chosen: Chosen) -> Outcome {
    let count = chosen.count();
    let most = args.most.unwrap_or(count).min(count);
    let who = args.who.who();
    let (store, mut ended) = (opened.store(), Ended::default());
    let progress = Progress::new(A::DONE, most);
    while ended.seen() < most {
        let page = chosen.next(store, most - ended.seen()).await.map_err(failed)?;
        if page.is_empty() {
            break;
        }
        let steps = stream::iter(page).map(async |id| Ok((id, act.apply(&opened.inbox, id, who.by_hand()).await?)));
        let steps: Vec<(EntryId, Step)> = steps.buffered(CONCURRENT).try_collect().await.map_err(failed)?;
        for (id, step) in steps {
            progress.hidden(|| ended.count(id, &step, args.output))?;
        }
        progress.at(ended.seen());
    }
    drop(progress);
    ended.print(A::DONE, count, args.output)
}

impl ActArgs {
    pub(super) const fn most(&self) -> Option<u64> {
        self.most
    }

    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Prints the number of entries, and returns whether they may be changed.
    pub(super) fn may(
        &self,
        verb: &str,
        consequence: &str,
        count: u64,
        needs_no_question: bool,
    ) -> Result<bool, Failure> {
        let most = self.most.unwrap_or(count).min(count);
        if self.output == Output::Json {
            let line =
                json!({ "kind": "selected", "act": verb, "count": count, "most": most, "dry_run": self.dry_run });
            print(&terminal::json_line(&line))?;
        } else if self.dry_run || count == 0 {
            print(&format!("{} selected, and none was changed", entries(count)))?;
        }
        if self.dry_run || count == 0 {
            return Ok(false);
        }
        if needs_no_question || self.yes {
            return Ok(true);
        }
        let of = if most < count { format!("the oldest {most} of {}", entries(count)) } else { entries(count) };
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let help = "add `--yes`; `--dry-run` shows the number alone";
            return Err(Failure::usage(format!("{of} would be changed, and no terminal can be asked"), help));
        }
        anstream::eprint!("{verb} {of}? {consequence} [y/N] ");
        io::stderr().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        let is_yes = ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str());
        if !is_yes {
            note("no entry was changed");
        }
        Ok(is_yes)
    }
}

/// The results of an action so far.
#[derive(Debug, Default)]
struct Ended {
    changed: u64,
    unchanged: u64,
    open_ends: BTreeSet<&'static str>,
}

impl Ended {
    const fn seen(&self) -> u64 {
        self.changed + self.unchanged
    }

    fn count(&mut self, id: EntryId, step: &Step, output: Output) -> io::Result<()> {
        match step {
            Step::Changed => self.changed += 1,
            Step::ChangedBut(open_end) => {
                self.changed += 1;
                self.open_ends.insert(open_end);
            }
            Step::Unchanged(why) => {
                self.unchanged += 1;
                if output == Output::Json {
                    print(&terminal::json_line(&json!({ "kind": "unchanged", "id": id, "why": why })))?;
                } else if self.unchanged <= MOST_REASONS as u64 {
                    print(&format!("entry {id} is unchanged: {}", printable(why)))?;
                }
            }
        }
        Ok(())
    }

    fn print(&self, done: &str, count: u64, output: Output) -> Outcome {
        let (changed, unchanged) = (self.changed, self.unchanged);
        let remaining = count.saturating_sub(self.seen());
        match output {
            Output::Json => print(&terminal::json_line(&json!({
                "kind": "changed", "changed": changed, "unchanged": unchanged, "remaining": remaining,
                "notes": self.open_ends,
            })))?,
            Output::Text => {
                print(&format!("{} {done}, {unchanged} unchanged, {remaining} remaining", entries(changed)))?;
                for open_end in &self.open_ends {
                    note(open_end);
                }
            }
        }
        Ok(if unchanged == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Returns a number of entries in words.
pub(super) fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// Writes a line to standard output.
pub(super) fn print(line: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}
