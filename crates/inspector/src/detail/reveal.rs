//! The revealing of personal data, and files that have them.

use referral_webhooks::http_message;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{ByHand, Store};

use super::found::{revealable, revealed};
use super::tab::Tab;
use crate::context::Context;
use crate::problem::Problem;
use crate::web::Form;
use crate::web::answer::{self, Answer};

/// Logs that the operator reveals the personal data of an entry, and returns to its page. The request is a sent form.
///
/// The grant is in the URL of the page and of its files. It belongs to the session and to the entry, and ends after some
/// minutes.
pub(crate) async fn reveal<S: Store>(context: &Context<S>, id: EntryId) -> Result<Answer, Problem> {
    if !context.frame.can_reveal() {
        return Err(Problem::forbidden("You may not reveal personal data here."));
    }
    let by = context.operator.name();
    if !context.store().record(id, "revealed", ByHand::from(by)).await? {
        return Err(Problem::missing(format!("There is no entry {id}.")));
    }
    tracing::info!(entry = id.0, by, "personal data revealed");
    let tab = Tab::of(context.form.get("tab"));
    let query = Form::from_iter([("reveal", context.grant(&revealable(id)))]).with("tab", tab.word());
    Ok(answer::see_other(&context.frame.link(&format!("/entries/{id}"), &query)))
}

/// Returns the bytes of the body.
pub(crate) async fn raw<S: Store>(context: &Context<S>, id: EntryId) -> Result<Answer, Problem> {
    let (_, stored) = revealed(context, id).await?;
    Ok(answer::download(&file(id), stored.body))
}

/// Returns the request as a file that `refhook verify` and `refhook doctor` read.
pub(crate) async fn request<S: Store>(context: &Context<S>, id: EntryId) -> Result<Answer, Problem> {
    let (entry, stored) = revealed(context, id).await?;
    // The path is not stored, because it may have a token.
    let path = format!("/{}", entry.endpoint);
    let length = stored.body.len() as u64;
    let message = http_message("POST", &path, &stored.headers, &stored.body, Some(length));
    Ok(answer::download(&format!("entry-{id}.http"), message.into()))
}

/// Returns the name of the file with the bytes of a body.
pub(super) fn file(id: EntryId) -> String {
    format!("entry-{id}.bin")
}
