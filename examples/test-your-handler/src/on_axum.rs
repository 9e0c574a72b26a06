//! The handler on axum.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::post;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{ContractLayer, Endpoint, Reply, Webhook};

use crate::Ledger;

#[derive(Clone, FromRef)]
struct Shop {
    endpoint: Endpoint<Redpin>,
    ledger: Arc<Ledger>,
}

/// Returns the application.
pub fn app(endpoint: Endpoint<Redpin>, ledger: Arc<Ledger>) -> Router {
    let route = post(on_redpin).layer(ContractLayer::<Redpin>::new());
    Router::new().route("/hooks/redpin", route).with_state(Shop { endpoint, ledger })
}

async fn on_redpin(State(ledger): State<Arc<Ledger>>, Webhook(delivery): Webhook<Redpin>) -> Reply {
    match ledger.credit(&delivery) {
        Ok(()) => Reply::Accepted,
        Err(_) => Reply::retry_later(&delivery),
    }
}
