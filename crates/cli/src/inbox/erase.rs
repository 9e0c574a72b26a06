//! `refhook inbox erase`: the data of a person, or the bodies of chosen entries.

use std::process::ExitCode;

use referral_webhooks_inbox::store::{ByHand, Erasure, Filter, RefusedRequest, State, Store as _, StoreError};
use referral_webhooks_inbox::{EntryId, Inbox, StoredRequest};
use zeroize::Zeroizing;

use super::act::{Act, ActArgs, Chosen, Step, act, perform, print};
use super::any_store::AnyStore;
use super::database::{Opened, failed};
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::progress::Progress;
use crate::source::{Source, only_one_stdin};
use crate::terminal;

/// The maximum length of the file with texts, in bytes.
const MOST: usize = 64 * 1024;

/// The least number of characters of a text, so that no text is in every body.
const LEAST: usize = 4;

/// Erases the bodies and reasons of entries, which may have personal data. Ids and history stay, so that a repeat is
/// recognized and not processed.
///
/// An entry that is not completed is cancelled. An erased body cannot be restored.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Erase {
    /// Only bodies that mention a text of this file, or of standard input (`-`): an address, a name or a number, one a
    /// line.
    ///
    /// The texts come from a file, so that the history of the shell does not keep them. Upper and lower case, forms
    /// and escapes of JSON make no difference. Kept refused requests that mention a text are erased, too.
    #[arg(id = "by_hand_mentions", long = "mentions", value_name = "FILE", conflicts_with = "ids")]
    mentions: Option<Source>,

    #[command(flatten)]
    act: ActArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox erase --db shop.db --mentions person.txt --dry-run
  refhook inbox erase --db shop.db --mentions - --reason 'request 4711' --yes < person.txt
  refhook inbox erase --db shop.db 1204";

impl Erase {
    pub(crate) async fn run(self) -> Outcome {
        let Some(mentions) = &self.mentions else { return act(&self.act, &Erasing { is_search: false }).await };
        only_one_stdin([mentions].into_iter().chain(self.act.db.keyring_file()))?;
        let texts = texts(mentions)?;
        let opened = self.act.db.open().await?;
        opened.need_bodies()?;
        let found = entries(&opened, self.act.filters.filter(), &texts).await?;
        let refused = refused(opened.store(), &texts).await.map_err(failed)?;
        if !refused.is_empty() {
            let count = refused.len();
            note(format!("{count} kept refused requests mention a text, and are erased with the entries"));
        }
        // One question covers both.
        let total = (found.len() + refused.len()) as u64;
        if !self.act.may(Erasing::VERB, Erasing::CONSEQUENCE, total, false)? {
            return Ok(if self.act.is_dry_run() || total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let outcome = perform(&self.act, &Erasing { is_search: true }, &opened, Chosen::Ids(found)).await?;
        for request in &refused {
            opened.store().erase_refused(&request.endpoint, request.at).await.map_err(failed)?;
        }
        match self.act.output {
            Output::Json => {
                print(&terminal::json_line(&serde_json::json!({ "kind": "refused_erased", "count": refused.len() })))?
            }
            Output::Text if refused.is_empty() => {}
            Output::Text => print(&format!("{} refused requests erased", refused.len()))?,
        }
        Ok(outcome)
    }
}

/// Reads the texts, one a line.
fn texts(source: &Source) -> Result<Vec<Zeroizing<String>>, Failure> {
    let bytes = Zeroizing::new(source.read(MOST)?);
    let help = format!("write an address, a name or a number of {LEAST} characters at least on each line");
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::new(format!("{source} is not UTF-8"), &help))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty());
    let texts: Vec<Zeroizing<String>> = lines.map(|line| Zeroizing::new(line.to_owned())).collect();
    match texts.iter().position(|text| text.chars().count() < LEAST) {
        // The text itself may be a name.
        Some(place) => Err(Failure::new(format!("text {} in {source} is too short", place + 1), help)),
        None if texts.is_empty() => Err(Failure::new(format!("{source} has no text"), help)),
        None => Ok(texts),
    }
}

/// Returns the entries whose bodies mention a text, the oldest first.
async fn entries(opened: &Opened, filter: Filter, texts: &[Zeroizing<String>]) -> Result<Vec<EntryId>, Failure> {
    let (mut found, mut seen) = (Vec::new(), 0);
    let filter = filter.with_body().oldest_first();
    let progress = Progress::new("read", opened.store().count(filter.clone()).await.map_err(failed)?);
    let mut next = Some(filter);
    while let Some(filter) = next {
        let page = opened.store().list(filter.clone()).await.map_err(failed)?;
        next = filter.next_page(&page);
        for entry in page {
            seen += 1;
            progress.at(seen);
            // A body that was pruned or erased since the page was read is skipped.
            let Some(delivery) = opened.store().body(entry.id).await.map_err(failed)? else { continue };
            let id = entry.id;
            let stored = StoredRequest::new(entry, delivery);
            if texts.iter().any(|text| stored.mentions(text)) {
                found.push(id);
            }
        }
    }
    Ok(found)
}

/// Returns the kept refused requests that mention a text.
async fn refused(store: &AnyStore, texts: &[Zeroizing<String>]) -> Result<Vec<RefusedRequest>, StoreError> {
    let mut found = Vec::new();
    for endpoint in store.endpoints().await?.into_iter().filter(|endpoint| endpoint.refused > 0) {
        for request in store.refused(&endpoint.endpoint).await? {
            let stored = StoredRequest::from(request.clone());
            if texts.iter().any(|text| stored.mentions(text)) {
                found.push(request);
            }
        }
    }
    Ok(found)
}

/// Erasing of named entries, or of those that mention a person.
struct Erasing {
    is_search: bool,
}

impl Act for Erasing {
    const VERB: &str = "erase";
    const DONE: &str = "erased";
    const CONSEQUENCE: &str = "Their bodies cannot be restored, and unprocessed ones are cancelled.";
    const ALWAYS_ASKS: bool = true;

    async fn apply(&self, inbox: &Inbox<AnyStore>, id: EntryId, by: ByHand<'_>) -> Result<Step, StoreError> {
        let store = inbox.store();
        // The person may be in another event of the body, so an unprocessed event of a person's search stays.
        if self.is_search
            && let Some(entry) = store.get(id).await?
            && entry.item.is_some()
            && !matches!(entry.state, State::Completed | State::Cancelled | State::Running)
        {
            let why = "it is one of several events of its body, and not processed; erase it by its number, or later";
            return Ok(Step::Unchanged(why.to_owned()));
        }
        Ok(match store.erase(id, by).await? {
            Erasure::LogPending => Step::ChangedBut(
                "erased text is in the write-ahead log while a connection reads; `refhook inbox stats` says when it is gone",
            ),
            Erasure::Shared => Step::ChangedBut("a body with several events is deleted when all of them are processed"),
            erasure => Step::of(erasure.is_erased(), inbox, id).await?,
        })
    }
}
