//! REDPIN_SECRET=whsec_… cargo run -p actix-quickstart
//!
//! A minimal receiver: Redpin on actix-web. Any `whsec_` secret is enough to start. The request
//! `curl -i -d '{}' http://127.0.0.1:3000/hooks/redpin` has no signature: the answer is 401, and the log names the
//! missing header.

use std::error::Error;
use std::process::ExitCode;

use actix_web::{App, HttpServer};
use referral_webhooks_actix::platform::redpin::{Event, Redpin};
use referral_webhooks_actix::{Endpoint, Reply, Webhook, webhook};
use serve::{GRACE, HEAD_DEADLINE, drained, exit_code, until_signal};

async fn on_redpin(Webhook(delivery): Webhook<Redpin>) -> Reply {
    if let Event::ReferralCreated(referral) = delivery.event() {
        println!("{}: {:?}", delivery.id(), referral.status);
    }
    Reply::Accepted
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("REDPIN_SECRET").map_err(|_| "set REDPIN_SECRET to the endpoint's `whsec_` secret")?;
    let endpoint = Endpoint::<Redpin>::new(secret).map_err(|error| format!("REDPIN_SECRET: {error}"))?;
    let app = move || App::new().configure(webhook("/hooks/redpin", endpoint.clone(), on_redpin));
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let server = HttpServer::new(app).client_request_timeout(HEAD_DEADLINE).shutdown_timeout(GRACE.as_secs());
    // The default of actix-web drops running requests at SIGINT.
    let server = server.shutdown_signal(drained(until_signal()?)).bind(address)?;
    println!("receiving at http://{}", server.addrs()[0]);
    Ok(server.run().await?)
}
