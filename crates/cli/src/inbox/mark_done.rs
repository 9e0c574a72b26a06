//! `refhook inbox mark-done`: entries whose events a person knows to be processed.

use referral_webhooks_inbox::store::{ByHand, StoreError};
use referral_webhooks_inbox::{EntryId, Inbox};

use super::act::{Act, ActArgs, Step, act};
use super::any_store::AnyStore;
use crate::failure::Outcome;

/// Completes entries that are neither running nor completed, because their events were processed: a payout that was made
/// by hand, say. No handler runs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MarkDone {
    #[command(flatten)]
    act: ActArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox mark-done --db shop.db 1204 --reason 'paid by hand, ticket 4711'
  refhook inbox mark-done --db shop.db --endpoint payouts --state discarded --dry-run";

impl MarkDone {
    pub(crate) async fn run(self) -> Outcome {
        act(&self.act, &Marking).await
    }
}

struct Marking;

impl Act for Marking {
    const VERB: &str = "mark as done";
    const DONE: &str = "marked as done";
    const CONSEQUENCE: &str = "They are not processed.";

    async fn apply(&self, inbox: &Inbox<AnyStore>, id: EntryId, by: ByHand<'_>) -> Result<Step, StoreError> {
        Step::of(inbox.mark_done(id, by).await?, inbox, id).await
    }
}
