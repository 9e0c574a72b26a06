//! `refhook inbox discard`: dead letters by hand.

use referral_webhooks_inbox::store::{ByHand, StoreError};
use referral_webhooks_inbox::{EntryId, Inbox, Reason};

use super::act::{Act, ActArgs, Step, act};
use super::any_store::AnyStore;
use crate::failure::Outcome;

/// Makes dead letters of entries that are due, waiting or parked. Their bodies are kept until a person acts again.
///
/// A repeat from the platform revives a dead letter; `refhook inbox cancel` is final.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Discard {
    #[command(flatten)]
    act: ActArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox discard --db shop.db 1204 --reason 'fraud is suspected'
  refhook inbox discard --db shop.db --endpoint redpin --parked --dry-run";

impl Discard {
    pub(crate) async fn run(self) -> Outcome {
        let reason = self.act.who.who().reason().cloned().unwrap_or_else(|| Reason::from("discarded by a person"));
        act(&self.act, &Discarding(reason)).await
    }
}

/// Discarding for a reason.
struct Discarding(Reason);

impl Act for Discarding {
    const VERB: &str = "discard";
    const DONE: &str = "discarded";
    const CONSEQUENCE: &str = "They become dead letters.";

    async fn apply(&self, inbox: &Inbox<AnyStore>, id: EntryId, by: ByHand<'_>) -> Result<Step, StoreError> {
        Step::of(inbox.discard(id, self.0.clone(), by).await?, inbox, id).await
    }
}
