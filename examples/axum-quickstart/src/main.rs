//! REDPIN_SECRET=whsec_… cargo run -p axum-quickstart
//!
//! A minimal receiver: Redpin on axum. Any `whsec_` secret is enough to start. The request
//! `curl -i -d '{}' http://127.0.0.1:3000/hooks/redpin` has no signature: the answer is 401, and the log names the
//! missing header.

use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::routing::post;
use referral_webhooks_axum::platform::redpin::{Event, Redpin};
use referral_webhooks_axum::{ContractLayer, Endpoint, Reply, Webhook};
use serve::{exit_code, serve, until_signal};
use tokio::net::TcpListener;

async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
    if let Event::ReferralCreated(referral) = delivery.event() {
        println!("{}: {:?}", delivery.id(), referral.status);
    }
    Reply::Accepted
}

fn app(endpoint: Endpoint<Redpin>) -> Router {
    let route = post(on_redpin).layer(ContractLayer::<Redpin>::new());
    Router::new().route("/hooks/redpin", route).with_state(endpoint)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("REDPIN_SECRET").map_err(|_| "set REDPIN_SECRET to the endpoint's `whsec_` secret")?;
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let app = app(Endpoint::new(secret).map_err(|error| format!("REDPIN_SECRET: {error}"))?);
    let shutdown = until_signal()?;
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);
    serve(listener, app, shutdown).await;
    Ok(())
}
