//! Actions on one entry, or on all entries of a filter.

use referral_webhooks_inbox::store::Store;

use crate::context::Context;
use crate::problem::Problem;
use crate::web::answer::Answer;

/// Returns the page that counts the entries and asks for a reason.
pub(crate) async fn confirm<S: Store>(_context: &Context<S>) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}

/// Acts on the counted entries.
pub(crate) async fn perform<S: Store>(_context: &Context<S>) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}
