//! REDPIN_SECRET=whsec_… cargo run -p durable-inbox-actix
//!
//! `durable-inbox` on actix-web: every acknowledged delivery is stored in `shop.db` (or the file in DATABASE), and every
//! reward is paid exactly once.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::{App, HttpServer};
use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
use referral_webhooks::{Delivery, Endpoint};
use referral_webhooks_inbox::{Attempt, Inbox, Outcome};
use referral_webhooks_inbox_sqlx::SqliteStore;
use serve::{GRACE, HEAD_DEADLINE, drained, exit_code, until_signal};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

/// Pays in the inbox's transaction: the reward and the end of the attempt are committed together or not at all.
async fn pay(
    delivery: Delivery<Redpin>,
    attempt: Attempt,
    shop: &mut SqliteConnection,
) -> Result<Outcome, sqlx::Error> {
    // The platform sends this event for failed referrals as well.
    let is_paid = matches!(delivery.event(), Event::ReferralCreated(made) if made.status == ReferralStatus::Created);
    if !is_paid {
        return Ok(Outcome::Ignored("no reward for it".into()));
    }
    let reward = sqlx::query("INSERT INTO reward (delivery, cents) VALUES ($1, 500)").bind(attempt.id);
    // An error is a passing fault: the outcome is a retry.
    reward.execute(shop).await?;
    Ok(Outcome::Done)
}

#[actix_web::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("REDPIN_SECRET").map_err(|_| "set REDPIN_SECRET to the endpoint's `whsec_` secret")?;
    let file = std::env::var("DATABASE").unwrap_or_else(|_| "shop.db".to_owned());
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());

    // `create` is for development. In production the inbox exists, and a missing file is an error.
    let inbox = Inbox::new(SqliteStore::options(&file).create(true).open().await?);
    let mut shop = SqliteConnectOptions::new().filename(inbox.store().file()).connect().await?;
    let table = "CREATE TABLE IF NOT EXISTS reward (delivery TEXT NOT NULL, cents INTEGER NOT NULL)";
    sqlx::query(table).execute(&mut shop).await?;
    shop.close().await?;

    let redpin = inbox
        .intake("redpin-main", Endpoint::<Redpin>::new(secret).map_err(|error| format!("REDPIN_SECRET: {error}"))?)?;
    // One token stops the server and the worker at the same time.
    let shutdown = until_signal()?;
    let worker = inbox.worker().lease(Duration::from_secs(5)).grace(GRACE).run_in_tx(&redpin, pay);
    let worker = actix_web::rt::spawn(worker.until(shutdown.clone()));

    // All threads of the server share one inbox.
    let server = HttpServer::new(move || App::new().configure(redpin.configure("/hooks/redpin")));
    let server = server.client_request_timeout(HEAD_DEADLINE).shutdown_timeout(GRACE.as_secs());
    // The default of actix-web drops running requests at SIGINT.
    let server = server.shutdown_signal(drained(shutdown)).bind(address)?;
    println!("receiving at http://{}", server.addrs()[0]);
    server.run().await?;
    worker.await?;
    // After this call the file alone, without its write-ahead log, is a complete copy.
    inbox.store().close().await;
    Ok(())
}
