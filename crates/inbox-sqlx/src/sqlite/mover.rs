//! The task that moves the log `-wal` into the file while deliveries are stored.
//!
//! - **Guarantees**: the log is moved soon after it has grown, and commits do not wait for it.
//! - **Assumes** that a second connection may checkpoint while the writer commits. The writer's `wal_autocheckpoint`
//!   remains: its commit moves the few pages that are left, and the next one starts the log from its beginning.
//! - **Without it**, a commit would move the whole log, and delay deliveries the longer, the more pages of a large file
//!   have changed.

use std::sync::Arc;
use std::time::Duration;

use referral_webhooks::chain;
use referral_webhooks_inbox::store::StoreError;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::sleep;

use super::readers::Readers;

/// The delay between a commit and the check of the log.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// The number of pages from which the log is moved. Few pages occupy the disk for a short time only.
const PAGES: i64 = 250;

/// Returns whether the log is busy, its number of pages, and how many of them are in the file. SQLite before 3.51 does
/// not have this mode, and moves them.
const SIZE: &str = "PRAGMA wal_checkpoint(NOOP)";

/// Moves the pages that no reader needs, without waiting for other connections.
const MOVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Starts the task. The writer sends after a commit, and the task ends when the sender is dropped.
pub(crate) fn start(readers: Arc<Readers>) -> Sender<()> {
    let (committed, mut after_commit) = channel(1);
    tokio::spawn(async move {
        while after_commit.recv().await.is_some() {
            sleep(LOOK_AFTER).await;
            if let Err(error) = look(&readers).await {
                let cause = chain(&error);
                tracing::debug!(target: "referral_webhooks", %cause, "the log `-wal` is left to the writer");
            }
        }
    });
    committed
}

/// Moves the log if it has grown, and returns how many of its pages are not in the file.
async fn look(readers: &Readers) -> Result<i64, StoreError> {
    let mut connection = readers.acquire_mover().await?;
    let mut remaining = async |text| {
        let row: Result<(i64, i64, i64), _> = sqlx::query_as(text).fetch_one(&mut *connection).await;
        row.map(|(_, pages, moved)| pages - moved).map_err(StoreError::new)
    };
    let pages = remaining(SIZE).await?;
    if pages < PAGES { Ok(pages) } else { remaining(MOVE).await }
}
