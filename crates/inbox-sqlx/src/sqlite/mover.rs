//! The task that moves the log of changes into the file while deliveries are stored.
//!
//! A commit that moves the log itself (`wal_autocheckpoint`) keeps deliveries waiting, and the longer, the more pages of a
//! large file have changed. A second connection moves them without a wait. The limit of the writer remains: its commit
//! moves the few pages that are left, and the next one begins the log from its start.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks_inbox::store::StoreError;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::sleep;

use super::readers::Readers;

/// The time between a commit and the look at the log.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// How many pages of the log are worth a move. A move of few pages does not keep the disk from the next commit for long.
const PAGES: i64 = 250;

/// The size of the log: whether it is busy, its pages, and how many of them are in the file. SQLite before 3.51 does not
/// know this mode, and moves them.
const SIZE: &str = "PRAGMA wal_checkpoint(NOOP)";

/// Moves the pages that no reader needs, without a wait for other connections.
const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Starts the task. The writer sends after a commit, and the task ends when the sender is dropped.
pub(crate) fn start(readers: Arc<Readers>) -> Sender<()> {
    let (committed, mut after_commit) = channel(1);
    tokio::spawn(async move {
        while after_commit.recv().await.is_some() {
            sleep(LOOK_AFTER).await;
            if let Err(cause) = look(&readers).await {
                tracing::debug!(target: "referral_webhooks", %cause, "the log `-wal` is left to the writer");
            }
        }
    });
    committed
}

/// Moves the log if it has grown, and returns how many of its pages are not in the file.
async fn look(readers: &Readers) -> Result<i64, StoreError> {
    let mut connection = readers.acquire_mover().await?;
    let mut ask = async |text| {
        let row: Result<(i64, i64, i64), _> = sqlx::query_as(text).fetch_one(&mut *connection).await;
        row.map(|(_, pages, moved)| pages - moved).map_err(StoreError::new)
    };
    let left = ask(SIZE).await?;
    if left < PAGES { Ok(left) } else { ask(MOVE).await }
}
