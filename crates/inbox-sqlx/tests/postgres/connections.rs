//! The number of connections of a process.

use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::Delivery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::{Filter, Store as _};
use referral_webhooks_inbox::{Attempt, Inbox};
use referral_webhooks_inbox_sqlx::OpenError;
use sqlx::PgConnection;
use tokio::time::sleep;

use crate::engine::{connect, new_database, options};
use crate::shared::support::{redpin, reward, shop_at, working};

async fn slowly(_: Delivery<Redpin>, attempt: Attempt, shop: &mut PgConnection) -> Result<(), sqlx::Error> {
    sleep(Duration::from_millis(20)).await;
    reward(shop, &attempt.id).await
}

/// Returns the most connections of a store under load, as the server counts them.
async fn most_under_load(connections: u32) -> i64 {
    let database = new_database().await;
    drop(shop_at(&database.url).await);
    // The server names the program that opened a connection.
    let program = format!("connections-{connections}");
    let url = format!("{}&application_name={program}", database.url);
    let store = options(&url).connections(connections).open().await.unwrap();
    let inbox = Inbox::new(store.clone());
    let intake =
        inbox.intake("shop", referral_webhooks::Endpoint::new(crate::shared::support::SECRET).unwrap()).unwrap();
    let (shutdown, ended) = working(inbox.worker().concurrency(64).run_in_tx(&intake, slowly));
    let mut watcher = connect(&crate::engine::server()).await;
    let mut most = 0;
    for round in 0..20 {
        let deliveries: Vec<_> = (0..64).map(|number| redpin(&format!("m{round}-{}", number % 60))).collect();
        let accepted = join_all(deliveries.iter().map(|delivery| intake.accept(delivery)));
        let listed = join_all((0..16).map(|_| store.list(Filter::new())));
        let (accepted, listed) = tokio::join!(accepted, listed);
        assert!(accepted.iter().all(Result::is_ok) && listed.iter().all(Result::is_ok), "with {connections}");
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1");
        most = most.max(count.bind(&program).fetch_one(&mut watcher).await.unwrap());
    }
    shutdown.cancel();
    ended.await.unwrap();
    most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_has_no_more_connections_than_it_may() {
    for connections in [5, 8, 25] {
        let most = most_under_load(connections).await;
        let all = i64::from(connections);
        assert!(most <= all && most >= all - 2, "{most} of {connections}");
    }
}

#[tokio::test]
async fn too_few_connections_are_refused() {
    let database = new_database().await;
    for connections in [0, 1, 4] {
        let opened = options(&database.url).create(true).connections(connections).open().await;
        assert!(matches!(opened, Err(OpenError::TooFewConnections { least: 5, .. })), "{connections}: {opened:?}");
    }
}
