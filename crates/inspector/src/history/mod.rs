//! The actions by hand on all entries.

use maud::html;
use referral_webhooks_inbox::store::Store;

use crate::context::Context;
use crate::problem::Problem;
use crate::view::Section;
use crate::web::answer::{self, Answer};

/// Returns the list of actions.
pub(crate) async fn list<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let content = html! { h1 { "History" } };
    Ok(answer::page(context.frame.page(Section::History, "History", content)))
}
