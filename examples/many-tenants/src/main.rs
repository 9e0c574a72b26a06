//! DATABASE=shops.db cargo run -p many-tenants
//!
//! Redpin for many shops on one route: `/hooks/redpin/{tenant}`. The secrets are in the table `shop`, and shops come, go and
//! rotate while the program runs:
//!
//! `sqlite3 shops.db "INSERT INTO shop (name, secret) VALUES ('acme', 'whsec_…')"`
//!
//! A new secret is accepted with the first delivery that it signs. An old one is accepted until `old_until` (seconds since
//! 1970), and a deleted row until the endpoint has been kept for `KEEP` seconds (30). An application that changes rows in
//! this process calls `Endpoints::forget` after the commit, and then the change applies at once.

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use referral_webhooks_axum::platform::Event as _;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{ContractLayer, Endpoint, Endpoints, Reply, Resolved, Tenant, TenantWebhook};
use serve::{exit_code, serve, until_signal};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use time::OffsetDateTime;
use tokio::net::TcpListener;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS shop (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until INTEGER,
    CHECK ((old_secret IS NULL) = (old_until IS NULL))
) WITHOUT ROWID, STRICT";

/// Prints a delivery. A handler that pays a reward stores the delivery first, under the tenant and the delivery's id.
async fn on_redpin(TenantWebhook(tenant, delivery): TenantWebhook<Redpin>) -> Reply {
    println!("{tenant}: {} is {}", delivery.id(), delivery.event().name().unwrap_or("an event without a name"));
    Reply::Accepted
}

/// Returns the endpoint of a shop from its row.
async fn resolve(shops: SqlitePool, tenant: Tenant) -> Result<Option<Resolved<Redpin>>, Box<dyn Error + Send + Sync>> {
    let row = sqlx::query_as("SELECT secret, old_secret, old_until FROM shop WHERE name = $1").bind(tenant.as_str());
    let row: Option<(String, Option<String>, Option<i64>)> = row.fetch_optional(&shops).await?;
    let Some((secret, old_secret, old_until)) = row else { return Ok(None) };
    let endpoint = Endpoint::new(secret)?;
    let old_until = old_until.map(OffsetDateTime::from_unix_timestamp).transpose()?;
    Ok(Some(match (old_secret, old_until) {
        (Some(old), Some(until)) if OffsetDateTime::now_utc() < until => {
            Resolved::until(endpoint.or_previous(old)?, until)
        }
        _ => endpoint.into(),
    }))
}

fn app(endpoints: Endpoints<Redpin>) -> Router {
    // The contract's layer is the outermost one.
    let on_redpin = post(on_redpin).layer(ContractLayer::<Redpin>::new());
    Router::new().route("/hooks/redpin/{tenant}", on_redpin).with_state(endpoints)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let file = env::var("DATABASE").unwrap_or_else(|_| "shops.db".to_owned());
    let keep = env::var("KEEP").map_or(Ok(30), |seconds| seconds.parse()).map_err(|error| format!("KEEP: {error}"))?;
    let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());

    let shops = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file).create_if_missing(true)).await?;
    sqlx::query(TABLE).execute(&shops).await?;
    let endpoints = Endpoints::new(move |tenant| resolve(shops.clone(), tenant)).cache_for(Duration::from_secs(keep));

    let shutdown = until_signal()?;
    let listener = TcpListener::bind(address).await?;
    println!("receiving at http://{}", listener.local_addr()?);
    serve(listener, app(endpoints), shutdown).await;
    Ok(())
}
