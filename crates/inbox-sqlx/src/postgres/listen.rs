//! Hearing from other processes that something arrived.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::time::sleep;

/// The channel on which receivers say that something arrived.
macro_rules! channel {
    () => {
        "inbox"
    };
}

pub(crate) use channel;

/// How long it takes to look for the server again.
const AGAIN: Duration = Duration::from_secs(1);

/// Wakes whoever waits, for ever: what is missed meanwhile is found by polling.
pub(crate) async fn listen(pool: PgPool, arrived: Arc<Notify>) {
    loop {
        if let Err(error) = listen_once(&pool, &arrived).await {
            tracing::debug!(target: "referral_webhooks", cause = %error, "not listening to the database");
        }
        sleep(AGAIN).await;
    }
}

async fn listen_once(pool: &PgPool, arrived: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(channel!()).await?;
    loop {
        // Nothing is an end of the connection: it is a new one by now, and something may have been missed.
        listener.try_recv().await?;
        arrived.notify_one();
    }
}
