//! One refused request: finding it, its files, and the revealing of its personal data.

use referral_webhooks_inbox::store::{RefusedRequest, Store};

use crate::context::Context;
use crate::problem::Problem;
use crate::web::Form;
use crate::web::answer::{self, Answer};

/// Returns the request that an endpoint refused at a time, in microseconds since 1970.
pub(super) async fn find<S: Store>(context: &Context<S>, endpoint: &str, at: i64) -> Result<RefusedRequest, Problem> {
    let kept = context.store().refused(endpoint).await?;
    kept.into_iter().find(|refused| micros(refused) == at).ok_or_else(|| {
        Problem::missing("The refused request is not kept any more. Newer ones take the place of old ones.")
    })
}

/// Returns the time of a refusal in microseconds since 1970.
pub(super) fn micros(refused: &RefusedRequest) -> i64 {
    i64::try_from(refused.at.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}

/// Returns the name under which personal data of a refused request are revealed.
pub(super) fn revealable(endpoint: &str, at: i64) -> String {
    format!("refused/{endpoint}/{at}")
}

/// Returns the bytes of its body, or the request as a file if the URL says so.
pub(crate) async fn raw<S: Store>(context: &Context<S>, endpoint: &str, at: i64) -> Result<Answer, Problem> {
    if !context.frame.can_reveal() || !context.is_revealed(&revealable(endpoint, at)) {
        return Err(Problem::forbidden(
            "A file has the personal data of the request. Reveal them on its page first, and take the file from there.",
        ));
    }
    let refused = find(context, endpoint, at).await?;
    if refused.is_sealed {
        return Err(Problem::missing("The inbox is sealed, and this program has no key."));
    }
    Ok(match context.query.get("as") {
        Some("http") => answer::download(&file(endpoint, at, "http"), refused.to_http().into()),
        _ => answer::download(&file(endpoint, at, "bin"), refused.body),
    })
}

/// Returns the name of a file.
pub(super) fn file(endpoint: &str, at: i64, extension: &str) -> String {
    format!("refused-{endpoint}-{at}.{extension}")
}

/// Logs that the operator reveals its personal data, and returns to its page. The request is a sent form.
///
/// A refused request has no history, so the log of the program has the line.
pub(crate) async fn reveal<S: Store>(context: &Context<S>, endpoint: &str, at: i64) -> Result<Answer, Problem> {
    if !context.frame.can_reveal() {
        return Err(Problem::forbidden("You may not reveal personal data here."));
    }
    find(context, endpoint, at).await?;
    tracing::warn!(endpoint, at, by = context.operator.name(), "personal data of a refused request revealed");
    let query = Form::from_iter([("reveal", context.grant(&revealable(endpoint, at)))]);
    Ok(answer::see_other(&context.frame.link(&format!("/refused/{endpoint}/{at}"), &query)))
}
