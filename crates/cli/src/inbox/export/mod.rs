//! `refhook inbox export`: entries as JSON lines, as messages, or as CloudEvents.

mod cloud_event;
mod http_file;
pub(super) mod record;

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Store as _};
use serde_json::{Value, json};

use self::record::Record;
use super::act::Chosen;
use super::any_store::AnyStore;
use super::database::{DbArgs, Opened, failed};
use super::filter::{FilterArgs, entry_id};
use super::masked::{Masked, Masks};
use super::who::{Who, WhoArgs};
use crate::failure::{Failure, Outcome};
use crate::profile_file;
use crate::progress::Progress;
use crate::sender::Sender;
use crate::source::Source;
use crate::terminal;

/// Writes entries with their requests and histories, the oldest first.
///
/// `json` is one object a line. With `--reveal` it is complete, and `refhook inbox import` reads it.
/// `http` is a message for each entry, in a folder. `cloudevents` is a structured CloudEvent 1.0 a line.
///
/// Personal data are masked without `--reveal`, which writes a line into the history of each entry.
/// The bodies of a sealed inbox stay sealed without `--keyring-file`: an export as `json` needs no keys then, and is
/// restored into an inbox with the same keys.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// Only these entries.
    #[arg(value_name = "ID", value_parser = entry_id)]
    ids: Vec<EntryId>,

    /// The format of the exported entries.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,

    /// The folder of the messages, which is made if it is missing. A file that exists is not replaced.
    #[arg(long, value_name = "FOLDER", required_if_eq("format", "http"))]
    folder: Option<PathBuf>,

    /// Writes personal data.
    #[arg(long)]
    reveal: bool,

    /// The profile of a platform that a profile describes. Several are possible.
    #[arg(long, value_name = "FILE")]
    profile: Vec<Source>,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    db: DbArgs,

    #[command(flatten)]
    filters: FilterArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox export --db shop.db --reveal > shop.jsonl
  refhook inbox export --db shop.db --state discarded --format http --folder dead-letters
  refhook inbox export --db shop.db --endpoint redpin --since 1d --format cloudevents";

/// A format of exported entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// All that the inbox keeps, one object a line.
    #[default]
    Json,
    /// Messages as they came over the wire, a file each.
    Http,
    /// Structured CloudEvents 1.0, one a line.
    Cloudevents,
}

/// The word of the history.
const EXPORTED: &str = "exported";

/// An entry that is being exported.
struct Item {
    entry: Entry,
    delivery: Option<StoredDelivery>,
    /// The reason of a missing body.
    absence: Option<&'static str>,
}

impl Export {
    pub(crate) async fn run(self) -> Outcome {
        let profiles: Vec<Sender> = self
            .profile
            .iter()
            .map(|file| profile_file::read(file).map(Sender::of_profile))
            .collect::<Result<_, _>>()?;
        let opened = self.db.open().await?;
        if self.format != Format::Json || self.reveal && !opened.is_closed {
            opened.need_bodies()?;
        }
        if let Some(folder) = self.folder.as_ref().filter(|_| self.format == Format::Http) {
            std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        }
        let mut chosen = match self.ids.is_empty() {
            true => Chosen::filter(self.filters.filter(), opened.store()).await.map_err(failed)?,
            false if self.filters.is_empty() => Chosen::Ids(self.ids.clone()),
            false => return Err(Failure::usage("numbers and filters are given", "give one of the two")),
        };
        let masks = Masks::new(profiles.iter().filter_map(|sender| sender.profile));
        let (who, mut out) = (self.who.who(), BufWriter::new(io::stdout().lock()));
        let progress = Progress::beside_output(EXPORTED, chosen.count());
        let (mut exported, mut without_body) = (0_u64, 0_u64);
        loop {
            let page = chosen.next(opened.store(), 500).await.map_err(failed)?;
            if page.is_empty() {
                break;
            }
            for id in page {
                let Some(item) = self.item(&opened, id).await? else {
                    let cause = format!("there is no entry {id}");
                    if self.ids.is_empty() {
                        continue;
                    }
                    return Err(Failure::new(cause, "`refhook inbox list` shows all"));
                };
                exported += 1;
                without_body += u64::from(item.delivery.is_none());
                let line = self.line(&opened, &item, &profiles, &masks).await?;
                // The note precedes the data, so that no data are written without it.
                if self.reveal && item.delivery.is_some() && !opened.is_closed {
                    write_history(opened.store(), id, &who).await?;
                }
                if let Some(line) = line {
                    writeln!(out, "{line}")?;
                }
            }
            out.flush()?;
            progress.at(exported);
        }
        drop(progress);
        let masked = if self.reveal || self.format == Format::Json && opened.is_closed { "" } else { ", masked" };
        crate::note::note(format!("{exported} exported{masked}; {without_body} without a body"));
        Ok(ExitCode::SUCCESS)
    }

    /// Reads an entry with its body; `None` if it is unknown.
    async fn item(&self, opened: &Opened, id: EntryId) -> Result<Option<Item>, Failure> {
        let store = opened.store();
        let Some(entry) = store.get(id).await.map_err(failed)? else { return Ok(None) };
        let delivery = store.body(id).await.map_err(failed)?;
        let absence = match &delivery {
            Some(_) => None,
            None => {
                let history = store.history(id).await.map_err(failed)?;
                Some(if history.iter().any(|line| line.what == "erased") { "erased" } else { "pruned" })
            }
        };
        Ok(Some(Item { entry, delivery, absence }))
    }

    /// Returns the line of an entry, or writes its file.
    async fn line(
        &self,
        opened: &Opened,
        item: &Item,
        profiles: &[Sender],
        masks: &Masks,
    ) -> Result<Option<String>, Failure> {
        let Item { entry, delivery, absence } = item;
        let masked = delivery.as_ref().map(|delivery| match self.reveal {
            true => Masked::revealed(delivery),
            false => masks.masked(&entry.platform, delivery),
        });
        match self.format {
            Format::Json if self.reveal || opened.is_closed => {
                let copy = opened.store().copy(entry.id).await.map_err(failed)?;
                let Some(mut copy) = copy else { return Ok(None) };
                // With keys, the body of a sealed inbox is opened, and the line differs from the row.
                let is_opened = copy.delivery.is_some() && copy.delivery != *delivery && !opened.is_closed;
                copy.delivery.clone_from(delivery);
                let record = Record::of(&copy, absence.map(str::to_owned), is_opened);
                Ok(Some(terminal::json_line(&record)))
            }
            Format::Json => Ok(Some(terminal::json_line(&self.masked(opened, item, masked).await?))),
            Format::Cloudevents => {
                let platform = profiles.iter().find(|profile| profile.name == entry.platform).cloned();
                let sender = platform.or_else(|| Sender::platform(&entry.platform).ok());
                let event =
                    cloud_event::event(entry, delivery.as_ref(), sender.as_ref(), masked.filter(|_| !self.reveal));
                Ok(Some(terminal::json_line(&event)))
            }
            Format::Http => {
                let (Some(folder), Some(delivery)) = (&self.folder, delivery) else { return Ok(None) };
                let masked = masked.filter(|_| !self.reveal);
                http_file::write(folder, entry, delivery, masked.as_ref())
                    .map_err(|error| unwritable(folder, &error))?;
                Ok(None)
            }
        }
    }

    /// Returns a line without personal data, which cannot be imported.
    async fn masked(&self, opened: &Opened, item: &Item, masked: Option<Masked>) -> Result<Value, Failure> {
        let history = opened.store().history(item.entry.id).await.map_err(failed)?;
        let mut object = serde_json::to_value(&item.entry).map_err(io::Error::from)?;
        object["kind"] = "masked".into();
        object["history"] = serde_json::to_value(history).map_err(io::Error::from)?;
        object["body_is"] = item.absence.unwrap_or("masked").into();
        object["request"] =
            masked.map_or(Value::Null, |masked| json!({ "headers": masked.headers, "body": masked.body }));
        Ok(object)
    }
}

/// Writes a line into the history of an entry whose data are exported.
async fn write_history(store: &AnyStore, id: EntryId, who: &Who) -> Result<(), Failure> {
    store.record(id, EXPORTED, who.by_hand()).await.map(|_| ()).map_err(failed)
}

fn unwritable(folder: &std::path::Path, error: &io::Error) -> Failure {
    let help = "name another `--folder`; a file that exists is not replaced";
    Failure::new(format!("cannot write into `{}`: {error}", folder.display()), help)
}
