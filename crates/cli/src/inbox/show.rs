//! `refhook inbox show`: everything about one entry.

use std::process::ExitCode;

use referral_webhooks::{StoredDelivery, http_message};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Store as _};

use super::any_store::AnyStore;
use super::database::{DbArgs, failed};
use super::exact;
use super::filter::entry_id;
use super::story::Story;
use super::who::WhoArgs;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::profile_file;
use crate::secret::{SecretArgs, of_platform};
use crate::sender::Sender;
use crate::source::{Source, only_one_stdin};

/// Shows everything about one entry: its timeline, its request, what was verified, its event, its attempts and its
/// repeats.
///
/// Personal data are masked. `--reveal`, `--raw` and `--http` show them, and write a line into the entry's history.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// The number of the entry.
    #[arg(value_name = "ID", value_parser = entry_id)]
    id: EntryId,

    /// Shows personal data.
    #[arg(long)]
    reveal: bool,

    /// Writes only the exact bytes of the body to standard output.
    #[arg(long, conflicts_with_all = ["reveal", "output"])]
    raw: bool,

    /// Writes the stored request to standard output as an HTTP message, for `refhook verify`.
    #[arg(long, conflicts_with_all = ["reveal", "output", "raw"])]
    http: bool,

    /// With a secret of the endpoint, the stored delivery is verified again.
    #[command(flatten)]
    secrets: SecretArgs,

    /// The profile of the platform, if a profile describes it.
    #[arg(long, value_name = "FILE")]
    profile: Option<Source>,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    db: DbArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  refhook inbox show --db shop.db 1204
  refhook inbox show --db shop.db 1204 --reveal --reason 'ticket 4711'
  refhook inbox show --db shop.db 1204 --raw > body.json
  refhook inbox show --db shop.db 1204 --http > delivery.http
  refhook inbox show --db shop.db 1204 --secret-file redpin.secret";

/// The word of the history.
const REVEALED: &str = "revealed";

impl Show {
    pub(crate) async fn run(self) -> Outcome {
        only_one_stdin(self.secrets.secret_file.iter().chain(&self.profile).chain(self.db.keyring_file()))?;
        let secrets = if self.secrets.is_empty() { Vec::new() } else { self.secrets.read()? };
        let profile = self.profile.as_ref().map(profile_file::read).transpose()?.map(Sender::of_profile);
        let opened = self.db.open().await?;
        let store = opened.store();
        let found = store.get(self.id).await.map_err(failed)?;
        let Some(entry) = found else {
            return Err(Failure::new(format!("there is no entry {}", self.id), "`refhook inbox list` shows all"));
        };
        let secrets = of_platform(secrets, &entry.platform)?;
        if self.raw || self.http {
            opened.need_bodies()?;
            return self.write(store, &entry).await;
        }
        let delivery = match opened.is_closed {
            true => None,
            false => store.body(self.id).await.map_err(failed)?,
        };
        if self.reveal {
            opened.need_bodies()?;
            self.record(store).await?;
        }
        let sender =
            profile.filter(|profile| profile.name == entry.platform).or_else(|| Sender::platform(&entry.platform).ok());
        let mut story = Story::new(entry, delivery, sender);
        story.is_closed = opened.is_closed;
        story.is_revealed = self.reveal;
        if !secrets.is_empty() {
            opened.need_bodies()?;
            story.verify(&secrets)?;
        }
        story.read(store).await.map_err(failed)?;
        match self.output {
            Output::Text => story.print()?,
            Output::Json => story.print_json()?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Writes the body or the message, and a line into the history first.
    async fn write(&self, store: &AnyStore, entry: &Entry) -> Outcome {
        let Some(StoredDelivery { headers, body, .. }) = store.body(self.id).await.map_err(failed)? else {
            let cause = format!("the body of entry {} was deleted", self.id);
            return Err(Failure::new(cause, "`refhook inbox show` without `--raw` shows its history"));
        };
        let path = format!("/hooks/{}", entry.platform);
        let bytes = match self.raw {
            true => body.to_vec(),
            false => http_message("POST", &path, &headers, &body, Some(body.len() as u64)),
        };
        exact::accepted_by_terminal(&bytes)?;
        self.record(store).await?;
        exact::write(&bytes)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn record(&self, store: &AnyStore) -> Result<(), Failure> {
        store.record(self.id, REVEALED, self.who.who().by_hand()).await.map_err(failed)?;
        Ok(())
    }
}
