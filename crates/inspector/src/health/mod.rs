//! The health of endpoints.

use maud::html;
use referral_webhooks_inbox::store::Store;

use crate::context::Context;
use crate::problem::Problem;
use crate::view::Section;
use crate::web::answer::{self, Answer};

/// Returns the page of all endpoints.
pub(crate) async fn page<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let content = html! { h1 { "Endpoints" } };
    Ok(answer::page(context.frame.page(Section::Endpoints, "Endpoints", content)))
}
