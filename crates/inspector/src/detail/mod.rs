//! The page of one delivery.

use maud::html;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::Store;

use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Section, state};
use crate::web::answer::{self, Answer};

/// Returns the page of an entry.
pub(crate) async fn page<S: Store>(context: &Context<S>, id: EntryId) -> Result<Answer, Problem> {
    let entry = context.store().get(id).await?.ok_or_else(|| Problem::missing(format!("There is no entry {id}.")))?;
    let title = entry.event.as_deref().unwrap_or("unnamed event");
    let content = html! {
        h1 { (title) " " (state(entry.state)) }
        p.sub { (entry.delivery_id) " · " (entry.endpoint) }
    };
    Ok(answer::page(context.frame.page(Section::Deliveries, title, content)))
}

/// Returns the bytes of the body.
pub(crate) async fn raw<S: Store>(_context: &Context<S>, _id: EntryId) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}

/// Returns the request as a file.
pub(crate) async fn request<S: Store>(_context: &Context<S>, _id: EntryId) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}

/// Logs that the operator reveals the personal data of an entry, and returns to its page. The request is a sent form.
pub(crate) async fn reveal<S: Store>(_context: &Context<S>, _id: EntryId) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}
