//! Hearing from other processes that something arrived, and telling them.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::pool::ask;

/// The channel on which receivers say that something arrived.
macro_rules! channel {
    () => {
        "inbox"
    };
}

/// How long the next time takes at least, after others were told.
const PAUSE: Duration = Duration::from_millis(10);

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

/// Tells others what was stored, for ever. It is not the writers who tell: each time would be another way there and
/// back for whoever waits for the next batch. And not within the transaction: batches would be committed one after the
/// other, for PostgreSQL keeps what is told in order.
pub(crate) async fn notify(pool: PgPool, stored: Arc<Notify>) {
    const TELL: &str = concat!("NOTIFY ", channel!());
    loop {
        stored.notified().await;
        let told = ask(&pool, |connection| Box::pin(async move { sqlx::query(TELL).execute(connection).await }));
        if told.await.is_err() {
            tracing::debug!(target: "referral_webhooks", "other processes were not told that something arrived");
        }
        sleep(PAUSE).await;
    }
}
