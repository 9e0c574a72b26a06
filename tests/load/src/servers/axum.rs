//! The server on axum.

use std::hint::black_box;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use referral_webhooks_axum::platform::redpin::{Event, Redpin};
use referral_webhooks_axum::{ContractLayer, Endpoint, Reply, Webhook};

use super::kinds::Handler;
use crate::requests::{PATH, SECRET};
use crate::theirs::ReferralCreated;

pub(super) fn serve(listener: TcpListener, handler: Handler) {
    let app = match handler {
        Handler::Bare => Router::new().route(PATH, post(bare)),
        Handler::Ours => Router::new()
            .route(PATH, post(ours).layer(ContractLayer::<Redpin>::new()))
            .with_state(Endpoint::<Redpin>::new(SECRET).unwrap()),
        Handler::Svix => {
            Router::new().route(PATH, post(svix)).with_state(Arc::new(svix::webhooks::Webhook::new(SECRET).unwrap()))
        }
    };
    listener.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        axum::serve(listener, app).await.unwrap();
    });
}

async fn bare(body: Bytes) -> StatusCode {
    black_box(body);
    StatusCode::OK
}

async fn ours(Webhook(delivery): Webhook<Redpin>) -> Reply {
    let Event::ReferralCreated(referral) = delivery.event() else { return Reply::retry_later(&delivery) };
    black_box(referral);
    Reply::Accepted
}

async fn svix(State(webhook): State<Arc<svix::webhooks::Webhook>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if webhook.verify(&body, &headers).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(referral) = serde_json::from_slice::<ReferralCreated>(&body) else { return StatusCode::BAD_REQUEST };
    black_box(&referral);
    StatusCode::OK
}
