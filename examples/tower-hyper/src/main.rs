//! REDPIN_SECRET=whsec_… cargo run -p tower-hyper
//!
//! A receiver without a framework: Redpin on plain hyper. A `WebhookService` is the whole application, so every path
//! leads to it.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use referral_webhooks_tower::platform::redpin::{Event, Redpin};
use referral_webhooks_tower::{Delivery, Endpoint, Reply, WebhookService};
use tokio::net::TcpListener;

async fn on_redpin(delivery: Delivery<Redpin>) -> Reply {
    if let Event::ReferralCreated(referral) = delivery.event() {
        println!("{}: {:?}", delivery.id(), referral.status);
    }
    Reply::Accepted
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // By its sentence: a `main` that returns an error prints the error's name.
    run().await.map_or_else(
        |error| {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("REDPIN_SECRET").map_err(|_| "set REDPIN_SECRET to the endpoint's `whsec_` secret")?;
    let service = TowerToHyperService::new(WebhookService::new(Endpoint::new(secret)?, on_redpin));
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);

    let mut http = http1::Builder::new();
    // Without a timer hyper waits for ever for a request's head; the endpoint has a deadline for the body.
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5));
    loop {
        let (stream, _) = listener.accept().await?;
        let connection = http.serve_connection(TokioIo::new(stream), service.clone());
        // What goes wrong with one connection is its sender's to see.
        tokio::spawn(async { drop(connection.await) });
    }
}
