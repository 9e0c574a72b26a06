//! REDPIN_SECRET=whsec_… DATABASE_URL=postgres://… cargo run -p postgres-inbox
//!
//! Redpin on several machines with one PostgreSQL. A process receives and works by default, and does one of both with
//! the argument `receive` or `work`. Any number of processes may run. Every acknowledged delivery is stored, and every
//! reward is paid exactly once, also if workers are killed.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use referral_webhooks::platform::redpin::{Event, Redpin, ReferralStatus};
use referral_webhooks::{Delivery, Endpoint};
use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, Intake, Outcome};
use referral_webhooks_inbox_sqlx::PostgresStore;
use serve::{GRACE, exit_code, serve, until_signal};
use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpListener;

/// Pays in the inbox's transaction: the reward and the end of the attempt are committed together or not at all.
async fn pay(delivery: Delivery<Redpin>, attempt: Attempt, shop: &mut PgConnection) -> Result<Outcome, sqlx::Error> {
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

/// Answers the load balancer: 200 if deliveries can be accepted now. The body is empty, because anyone can send the
/// request.
async fn ready(State(inbox): State<Inbox<PostgresStore>>) -> StatusCode {
    let health = inbox.health().await;
    if health.is_ready {
        return StatusCode::OK;
    }
    tracing::error!(trouble = health.trouble, in_flight = health.in_flight, "not ready");
    StatusCode::SERVICE_UNAVAILABLE
}

async fn receive(
    inbox: Inbox<PostgresStore>,
    redpin: Intake<Redpin, PostgresStore>,
    shutdown: CancellationToken,
) -> Result<(), Box<dyn Error>> {
    let address = std::env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let app =
        Router::new().route_service("/hooks/redpin", redpin.service()).route("/ready", get(ready)).with_state(inbox);
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);
    serve(listener, app, shutdown).await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("REDPIN_SECRET").map_err(|_| "set REDPIN_SECRET to the endpoint's `whsec_` secret")?;
    let url = std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to `postgres://user@host/database`")?;
    let task = std::env::args().nth(1);

    // `create` is for development. In production the inbox exists, and a database without one is an error.
    let inbox = Inbox::new(PostgresStore::options(&url).create(true).open().await?);
    let table = "CREATE TABLE IF NOT EXISTS reward (delivery TEXT NOT NULL, cents INTEGER NOT NULL)";
    sqlx::query(table).execute(&mut PgConnection::connect(&url).await?).await?;

    let redpin = inbox
        .intake("redpin-main", Endpoint::<Redpin>::new(secret).map_err(|error| format!("REDPIN_SECRET: {error}"))?)?;
    // One token stops the server and the worker at the same time.
    let shutdown = until_signal()?;
    // An entry abandoned by a dead worker is rescued by another one when its lease expires.
    let worker = inbox.worker().lease(Duration::from_secs(5)).grace(GRACE).run_in_tx(&redpin, pay);
    let worker = worker.until(shutdown.clone());
    match task.as_deref() {
        None => {
            let worker = tokio::spawn(worker);
            receive(inbox, redpin, shutdown).await?;
            Ok(worker.await?)
        }
        Some("receive") => receive(inbox, redpin, shutdown).await,
        Some("work") => {
            worker.await;
            Ok(())
        }
        Some(other) => Err(format!("`{other}` is neither `receive` nor `work`").into()),
    }
}
