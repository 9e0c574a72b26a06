//! `refhook inbox import`: entries of an export.
//!
//! - Guarantees: an imported entry is not due. A delivery id that the inbox has is not imported again.
//! - Assumes: the exported inbox may still process its entries.
//! - Without it: an import pays a second time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::process::ExitCode;

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Filter, State, Store as _};
use referral_webhooks_inbox_sqlx::{EntryCopy, Restored};
use serde::Deserialize;
use serde_json::json;

use super::act::{entries, print};
use super::database::{Opened, failed};
use super::export::record::{KIND, Record, VERSION};
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::progress::Progress;
use crate::source::{Source, only_one_stdin};
use crate::terminal;

/// The maximum length of a line, in bytes: a body of 64 MiB in base64.
const LONGEST: u64 = 96 * 1024 * 1024;

/// Restores the entries of `refhook inbox export --reveal` into an inbox, which must exist.
///
/// An entry is identified by its endpoint, tenant and delivery id, so an entry that the inbox has is not imported again.
/// Completed, cancelled and discarded entries keep their states. All others are parked: `refhook inbox redeliver` makes
/// them due, after the exported inbox is known to process them no more. A conflict without its original is cancelled.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// The exported lines, in a file or from standard input (`-`).
    #[arg(value_name = "FILE")]
    from: Source,

    /// Reads and counts, and imports no entry.
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    who: super::who::WhoArgs,

    #[command(flatten)]
    db: super::database::DbArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  refhook inbox import --db new.db shop.jsonl --dry-run
  refhook inbox import --db new.db shop.jsonl
  refhook inbox export --db shop.db --reveal | refhook inbox import --db postgres://shop@db/shop -";

/// The kind of a line.
#[derive(Deserialize)]
struct Head {
    kind: Option<String>,
    version: Option<u32>,
}

/// The numbers of an import.
#[derive(Debug, Default)]
struct Imported {
    new: u64,
    known: u64,
    /// The new entries that wait for a person, because they were not finished.
    held: u64,
    /// The numbers of the exported inbox, with those of this one.
    ids: HashMap<EntryId, EntryId>,
}

impl Import {
    pub(crate) async fn run(self) -> Outcome {
        only_one_stdin([&self.from].into_iter().chain(self.db.keyring_file()))?;
        let mut lines = self.lines()?;
        let opened = self.db.open().await?;
        let (who, mut imported) = (self.who.who(), Imported::default());
        let progress = Progress::new("read", self.bytes());
        let (mut number, mut bytes) = (0_u64, 0_u64);
        while let Some(line) = next(&mut lines)? {
            (number, bytes) = (number + 1, bytes + line.len() as u64);
            progress.at(bytes);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let at = |why: String| {
                let help =
                    "give the output of `refhook inbox export --reveal`; entries of the lines before are imported";
                Failure::new(format!("line {number} of {} cannot be imported: {why}", self.from), help)
            };
            let record = read(&line).map_err(at)?;
            let mut copy = record.copy().map_err(at)?;
            imported.renumber(&record, &mut copy);
            let is_finished = matches!(copy.entry.state, State::Completed | State::Cancelled | State::Discarded);
            let restored = match self.dry_run {
                true => imported.find(&opened, &copy).await?,
                false => opened.store().restore(copy, who.by_hand()).await.map_err(failed)?,
            };
            match restored {
                Restored::New(_) => {
                    imported.new += 1;
                    imported.held += u64::from(!is_finished);
                }
                Restored::Known(_) => imported.known += 1,
            }
            imported.ids.insert(record.id(), restored.id());
        }
        drop(progress);
        self.print(&imported)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the length of the file; 0 if it is unknown.
    fn bytes(&self) -> u64 {
        match &self.from {
            Source::Stdin => 0,
            Source::File(path) => std::fs::metadata(path).map(|file| file.len()).unwrap_or_default(),
        }
    }

    fn lines(&self) -> Result<Box<dyn BufRead>, Failure> {
        Ok(match &self.from {
            Source::Stdin => Box::new(io::stdin().lock()),
            Source::File(path) => {
                let file = File::open(path).map_err(|error| {
                    Failure::new(
                        format!("cannot read {}: {error}", self.from),
                        "give the output of `refhook inbox export --reveal`",
                    )
                })?;
                Box::new(BufReader::new(file))
            }
        })
    }

    fn print(&self, imported: &Imported) -> io::Result<()> {
        let Imported { new, known, held, .. } = imported;
        if self.output == Output::Json {
            let line = json!({ "kind": "imported", "new": new, "known": known, "held": held, "dry_run": self.dry_run });
            return print(&terminal::json_line(&line));
        }
        let done = if self.dry_run { "would be imported" } else { "imported" };
        print(&format!("{} {done}, {known} known already", entries(*new)))?;
        if *held > 0 {
            note(format!(
                "{} parked, because the exported inbox may process them; `refhook inbox redeliver` makes them due",
                if *held == 1 { "1 of them is".to_owned() } else { format!("{held} of them are") }
            ));
        }
        Ok(())
    }
}

impl Imported {
    /// Gives relations the numbers of this inbox. A conflict without its original is cancelled, because a repeat would
    /// revive it.
    fn renumber(&self, record: &Record, copy: &mut EntryCopy) {
        let mapped = |id: Option<EntryId>| id.and_then(|id| self.ids.get(&id).copied()).filter(|id| id.0 > 0);
        copy.entry.conflict_of = mapped(record.conflict_of());
        copy.entry.repeat_of = mapped(record.repeat_of());
        if record.conflict_of().is_some() && copy.entry.conflict_of.is_none() && copy.entry.state != State::Completed {
            copy.entry.state = State::Cancelled;
        }
    }

    /// Looks for the entry of a copy, without storing it.
    async fn find(&self, opened: &Opened, copy: &EntryCopy) -> Result<Restored, Failure> {
        let entry = &copy.entry;
        let mut filter = Filter::new().endpoint(&entry.endpoint).delivery_id(&entry.delivery_id).most(1);
        filter.tenant = Some(entry.tenant.clone().unwrap_or_default());
        let found = opened.store().list(filter).await.map_err(failed)?;
        // An id that no entry has.
        Ok(found.first().map_or(Restored::New(EntryId(0)), |entry| Restored::Known(entry.id)))
    }
}

/// Reads a line; `None` after the last one.
fn next(lines: &mut dyn BufRead) -> Result<Option<Vec<u8>>, Failure> {
    let mut line = Vec::new();
    let read = io::Read::take(lines, LONGEST).read_until(b'\n', &mut line)?;
    if read as u64 == LONGEST {
        return Err(Failure::new(
            format!("a line is longer than {LONGEST} bytes"),
            "is this the output of `refhook inbox export`?",
        ));
    }
    Ok(Some(line).filter(|line| !line.is_empty()))
}

/// Reads an entry.
fn read(line: &[u8]) -> Result<Record, String> {
    let head: Head = serde_json::from_slice(line).map_err(|_| "it is no object of JSON".to_owned())?;
    match (head.kind.as_deref(), head.version) {
        (Some("masked"), _) => return Err("it is masked; export with `--reveal`".to_owned()),
        (Some(KIND), Some(VERSION)) => {}
        (Some(KIND), version) => {
            let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
            return Err(format!("its version is {version}, and this program reads {VERSION}"));
        }
        _ => return Err("it is no exported entry".to_owned()),
    }
    // The message of the parser may quote a value.
    let record: Record = serde_json::from_slice(line)
        .map_err(|error| format!("a member is missing, unknown or invalid near column {}", error.column()))?;
    match record.is_opened {
        true => Err("its body was opened with keys; export it without `--keyring-file`".to_owned()),
        false => Ok(record),
    }
}
