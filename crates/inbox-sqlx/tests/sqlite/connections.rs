//! The number of connections of a process.

use futures_util::future::join_all;
use referral_webhooks_inbox::store::{Filter, Store as _};
use referral_webhooks_inbox_sqlx::OpenError;

use crate::engine::{new_database, options};

/// Returns how often this process has a file open.
#[cfg(target_os = "linux")]
fn opened(file: &str) -> usize {
    let links = std::fs::read_dir("/proc/self/fd").unwrap().map(|link| link.unwrap().path());
    links.filter(|link| std::fs::read_link(link).is_ok_and(|open| open == std::path::Path::new(file))).count()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_has_no_more_connections_than_it_may() {
    for connections in [3, 4, 6, 12] {
        let database = new_database().await;
        let store = options(&database.url).create(true).connections(connections).open().await.unwrap();
        let mut most = 0;
        for _ in 0..10 {
            let listed = join_all((0..32).map(|_| store.list(Filter::new()))).await;
            assert!(listed.iter().all(Result::is_ok), "with {connections}");
            most = most.max(opened(&database.url));
        }
        // The connection that moves the log is opened after a commit.
        let all = usize::try_from(connections).unwrap();
        assert!(most <= all && most >= 2, "{most} of {connections}");
        store.close().await;
    }
}

#[tokio::test]
async fn too_few_connections_are_refused() {
    let database = new_database().await;
    for connections in 0..3 {
        let opened = options(&database.url).create(true).connections(connections).open().await;
        assert!(matches!(opened, Err(OpenError::TooFewConnections { least: 3, .. })), "{connections}: {opened:?}");
    }
}
