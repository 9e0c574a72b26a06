//! REDPIN_SECRET=whsec_… cargo run -p tower-hyper
//!
//! A receiver without a framework: Redpin on plain hyper. The `WebhookService` is the whole application and answers
//! every path. The accept loop is in `examples/serve`.

use std::error::Error;
use std::process::ExitCode;

use referral_webhooks_tower::platform::redpin::{Event, Redpin};
use referral_webhooks_tower::{Delivery, Endpoint, Reply, WebhookService};
use serve::{exit_code, serve, until_signal};
use tokio::net::TcpListener;

async fn on_redpin(delivery: Delivery<Redpin>) -> Reply {
    if let Event::ReferralCreated(referral) = delivery.event() {
        println!("{}: {:?}", delivery.id(), referral.status);
    }
    Reply::Accepted
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("REDPIN_SECRET").map_err(|_| "set REDPIN_SECRET to the endpoint's `whsec_` secret")?;
    let endpoint = Endpoint::new(secret).map_err(|error| format!("REDPIN_SECRET: {error}"))?;
    let service = WebhookService::new(endpoint, on_redpin);
    let shutdown = until_signal()?;
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);
    serve(listener, service, shutdown).await;
    Ok(())
}
