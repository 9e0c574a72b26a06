//! Live rows: a stream of server-sent events for the list.

mod streams;

pub(crate) use self::streams::Streams;

use referral_webhooks_inbox::store::Store;

use crate::context::Context;
use crate::problem::Problem;
use crate::web::answer::Answer;

/// Returns the stream of rows.
pub(crate) async fn stream<S: Store>(_context: &Context<S>) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}
