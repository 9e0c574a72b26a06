//! Refused requests: their list, and the explanation of one.

use maud::html;
use referral_webhooks_inbox::store::Store;

use crate::context::Context;
use crate::problem::Problem;
use crate::view::Section;
use crate::web::answer::{self, Answer};

/// Returns the list of refused requests.
pub(crate) async fn list<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let content = html! { h1 { "Refused requests" } };
    Ok(answer::page(context.frame.page(Section::Refused, "Refused requests", content)))
}

/// Returns the page of a request that an endpoint refused at a time, in microseconds since 1970.
pub(crate) async fn page<S: Store>(_context: &Context<S>, _endpoint: &str, _at: i64) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}

/// Returns the bytes of its body.
pub(crate) async fn raw<S: Store>(_context: &Context<S>, _endpoint: &str, _at: i64) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}

/// Logs that the operator reveals its personal data, and returns to its page. The request is a sent form.
pub(crate) async fn reveal<S: Store>(_context: &Context<S>, _endpoint: &str, _at: i64) -> Result<Answer, Problem> {
    Err(Problem::missing("Not yet."))
}
