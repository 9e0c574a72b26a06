//! The answers to questions of platforms. The layers of contracts pass a yes and a no on, and translate every other answer.

use std::env;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use referral_webhooks_axum::platform::talkable::{CheckUnsubscribe, Event, Talkable};
use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_axum::{Acknowledges, Reply, Webhook};

/// Answers a question by a status: the answer in `DECISION` (`yes` or `no`). A shop looks the person up, within a limit of
/// time.
pub(crate) async fn by_status<P: Platform>(Webhook(delivery): Webhook<P>) -> StatusCode {
    let contract = delivery.platform().facts().contract;
    let Acknowledges::Decision { yes, no } = contract.acknowledges(delivery.event().name()) else {
        return contract.transient;
    };
    match env::var("DECISION").as_deref() {
        Ok("yes") => yes,
        Ok("no") => no,
        _ => contract.transient,
    }
}

/// Answers Talkable's question, whether a person unsubscribed, by a body. The addresses are in `UNSUBSCRIBED`, separated by
/// commas.
pub(crate) async fn by_body(Webhook(delivery): Webhook<Talkable>) -> Response {
    let Event::CheckUnsubscribe(check) = delivery.event() else {
        return Reply::retry_later(&delivery).into_response();
    };
    let (Some(email), Ok(unsubscribed)) = (check.payload.recipient.email.as_deref(), env::var("UNSUBSCRIBED")) else {
        return Reply::retry_later(&delivery).into_response();
    };
    let is_unsubscribed = unsubscribed.split(',').any(|address| address.eq_ignore_ascii_case(email));
    ([(header::CONTENT_TYPE, "application/json")], CheckUnsubscribe::answer(is_unsubscribed)).into_response()
}
