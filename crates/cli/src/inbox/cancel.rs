//! `refhook inbox cancel`: entries that are never processed.

use referral_webhooks_inbox::store::{ByHand, StoreError};
use referral_webhooks_inbox::{EntryId, Inbox};

use super::act::{Act, ActArgs, Step, act};
use super::any_store::AnyStore;
use crate::failure::Outcome;

/// Cancels entries that are due, waiting, parked or dead letters. A repeat from the platform does not revive them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Cancel {
    #[command(flatten)]
    act: ActArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox cancel --db shop.db 1204 --reason 'a test order'
  refhook inbox cancel --db shop.db --endpoint redpin --event REFERRAL_TEST --dry-run
  refhook inbox cancel --db shop.db --conflicts --until 30d --yes";

impl Cancel {
    pub(crate) async fn run(self) -> Outcome {
        act(&self.act, &Cancelling).await
    }
}

struct Cancelling;

impl Act for Cancelling {
    const VERB: &str = "cancel";
    const DONE: &str = "cancelled";
    const CONSEQUENCE: &str = "They are not processed.";

    async fn apply(&self, inbox: &Inbox<AnyStore>, id: EntryId, by: ByHand<'_>) -> Result<Step, StoreError> {
        Step::of(inbox.cancel(id, by).await?, inbox, id).await
    }
}
