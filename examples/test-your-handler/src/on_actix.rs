//! The handler on actix-web.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{Endpoint, Reply, Webhook, webhook};

use crate::Ledger;

/// Returns the application for `App::configure`.
pub fn app(endpoint: Endpoint<Redpin>, ledger: Arc<Ledger>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(Data::from(ledger)).configure(webhook("/hooks/redpin", endpoint, on_redpin));
    }
}

async fn on_redpin(ledger: Data<Ledger>, Webhook(delivery): Webhook<Redpin>) -> Reply {
    match ledger.credit(&delivery) {
        Ok(()) => Reply::Accepted,
        Err(_) => Reply::retry_later(&delivery),
    }
}
