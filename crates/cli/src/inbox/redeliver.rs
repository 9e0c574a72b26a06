//! `refhook inbox redeliver`: processing again, or sending on.

use referral_webhooks_inbox::store::{ByHand, StoreError};
use referral_webhooks_inbox::{EntryId, Inbox, Redelivered};

use super::act::{Act, ActArgs, Step, act};
use super::any_store::AnyStore;
use super::forward::ForwardArgs;
use crate::failure::Outcome;

/// Processes finished entries again: the application's worker runs its handler with the stored delivery. The platform
/// is not contacted.
///
/// With `--to URL`, the stored deliveries are sent to a URL instead, and the entries stay as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Redeliver {
    #[command(flatten)]
    act: ActArgs,

    #[command(flatten)]
    forward: ForwardArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox redeliver --db shop.db 1204 1207 --reason 'the shop is back'
  refhook inbox redeliver --db shop.db --endpoint redpin --state discarded --since 2h --dry-run
  refhook inbox redeliver --db shop.db --state discarded --most 100 --yes
  refhook inbox redeliver --db shop.db 1204 --to http://localhost:3000/hooks/redpin --resign --secret-file redpin.secret";

impl Redeliver {
    pub(crate) async fn run(self) -> Outcome {
        match self.forward.sender()? {
            Some(forward) => forward.run(&self.act).await,
            None => act(&self.act, &Redelivering).await,
        }
    }
}

struct Redelivering;

impl Act for Redelivering {
    const VERB: &str = "redeliver";
    const DONE: &str = "redelivered";
    const CONSEQUENCE: &str = "Their effects happen once more.";

    async fn apply(&self, inbox: &Inbox<AnyStore>, id: EntryId, by: ByHand<'_>) -> Result<Step, StoreError> {
        Ok(match inbox.redeliver(id, by).await? {
            Redelivered::Yes => Step::Changed,
            Redelivered::NoBody => Step::Unchanged("its body was deleted".to_owned()),
            Redelivered::SecretGone(secret) => Step::Unchanged(format!("its secret {secret} is missing")),
            Redelivered::NotVerified => Step::Unchanged("its body does not verify".to_owned()),
            _ => Step::of(false, inbox, id).await?,
        })
    }
}
