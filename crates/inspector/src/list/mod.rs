//! The list of deliveries.

use maud::html;
use referral_webhooks_inbox::store::{Filter, Store};

use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Section, state};
use crate::web::answer::{self, Answer};

/// Returns the list.
pub(crate) async fn page<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let entries = context.store().list(Filter::new().most(50)).await?;
    let content = html! {
        h1 { "Deliveries" }
        table { tbody { @for entry in &entries {
            tr {
                td { a href=(context.frame.path(&format!("/entries/{}", entry.id))) { (entry.event.as_deref().unwrap_or("?")) } }
                td { (state(entry.state)) }
            }
        } } }
    };
    Ok(answer::page(context.frame.page(Section::Deliveries, "Deliveries", content)))
}
