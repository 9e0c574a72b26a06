//! REWARDFUL_SECRET=… cargo run --manifest-path examples/your-platform/Cargo.toml --example receive
//!
//! Receives Rewardful's webhooks on port 3000 and stores them in `shop.db`. The server is short: the example `serve` has
//! deadlines and a shutdown.

use std::error::Error;

use referral_webhooks::Endpoint;
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox_sqlx::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio_util::sync::CancellationToken;
use your_platform::rewardful::Rewardful;
use your_platform::{TABLE, app, pay};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = std::env::var("REWARDFUL_SECRET")?;
    let inbox = Inbox::new(SqliteStore::options("shop.db").create(true).open().await?);
    let mut shop = SqliteConnectOptions::new().filename(inbox.store().file()).connect().await?;
    sqlx::query(TABLE).execute(&mut shop).await?;
    shop.close().await?;
    let rewardful = inbox.intake("rewardful", Endpoint::<Rewardful>::new(secret)?)?;

    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(inbox.worker().run_in_tx(&rewardful, pay).until(shutdown.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(rewardful)).with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await }).await?;
    shutdown.cancel();
    worker.await?;
    inbox.store().close().await;
    Ok(())
}
