//! Notifications between processes that deliveries have arrived.
//!
//! - **Guarantees**: workers of other processes wake soon after a delivery was stored. This is a hint: a lost
//!   notification delays an entry until the next poll.
//! - **Assumes** that `LISTEN` belongs to the session, so a pooler must keep sessions apart.
//! - **Without it**, entries of other processes would wait for the poll. Within the transaction of a batch, `NOTIFY`
//!   would commit batches one after the other, because PostgreSQL keeps notifications in order.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::chain;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::pool::autocommit;

/// The channel of the notifications.
macro_rules! channel {
    () => {
        "inbox"
    };
}

/// Minimum interval between two NOTIFYs.
const PAUSE: Duration = Duration::from_millis(10);

/// The pause before the next attempt to listen.
const RETRY: Duration = Duration::from_secs(1);

/// Wakes workers of this process when another one has stored deliveries. Never returns.
pub(crate) async fn listen(pool: PgPool, arrived: Arc<Notify>) {
    loop {
        if let Err(error) = listen_once(&pool, &arrived).await {
            tracing::debug!(target: "referral_webhooks", cause = %chain(&error), "not listening to the database");
        }
        sleep(RETRY).await;
    }
}

async fn listen_once(pool: &PgPool, arrived: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(channel!()).await?;
    loop {
        // `None` is a new connection, before which a notification may have been missed.
        listener.try_recv().await?;
        arrived.notify_one();
    }
}

/// Notifies other processes of stored deliveries. Never returns. The writers do not notify, because that would be a
/// round trip before their next batch.
pub(crate) async fn notify(pool: PgPool, stored: Arc<Notify>) {
    const NOTIFY: &str = concat!("NOTIFY ", channel!());
    loop {
        stored.notified().await;
        let notify =
            autocommit(&pool, |connection| Box::pin(async move { sqlx::query(NOTIFY).execute(connection).await }));
        if notify.await.is_err() {
            tracing::debug!(target: "referral_webhooks", "other processes were not notified of deliveries");
        }
        sleep(PAUSE).await;
    }
}
