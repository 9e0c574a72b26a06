//! A worker in a test: it works until no entry is due.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::concurrency::Concurrency;
use super::setup::Worker;
use crate::store::{Store, StoreError};

impl<S: Store> Worker<S> {
    /// Works until no entry is due and no handler runs, and returns the number of attempts. It is for tests.
    ///
    /// - Entries that become due meanwhile are processed too: the next one of a subject, and a retry without a wait. With
    ///   [`BackOff::new(3, Duration::ZERO, Duration::ZERO)`](crate::BackOff::new), one call makes all attempts.
    /// - An entry that waits for its next attempt stays. The next call processes it after its wait is over: with
    ///   [`MemoryStore`](crate::MemoryStore) and tokio's paused clock, after `tokio::time::advance`.
    /// - Old entries are not pruned.
    ///
    /// ```
    /// # use referral_webhooks::{Delivery, Endpoint, Message, platform::redpin::Redpin};
    /// use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
    /// # use time::OffsetDateTime;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let now = OffsetDateTime::now_utc();
    /// # let body = r#"{"event_name":"REFERRAL_CREATED","data":{"status":"CREATED"}}"#;
    /// # let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    /// let inbox = Inbox::new(MemoryStore::new());
    /// let redpin = inbox.intake("redpin-main", endpoint)?;
    /// let worker = inbox.worker().run(&redpin, async |_, _| Outcome::Done);
    ///
    /// redpin.receive(&delivery).await;
    /// assert_eq!(worker.run_until_idle().await?, 1);
    ///
    /// redpin.receive(&delivery).await; // a repeat
    /// assert_eq!(worker.run_until_idle().await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn run_until_idle(&self) -> Result<usize, StoreError> {
        let (concurrency, tasks, never) =
            (Concurrency::new(self.concurrency), TaskTracker::new(), CancellationToken::new());
        let mut endpoints: Vec<String> = self.endpoints().map(|route| route.endpoint.clone()).collect();
        let mut attempts = 0;
        loop {
            concurrency.wait_for_batch(1, Duration::ZERO).await;
            let claimed_at = Instant::now();
            let claims = self.claim(&mut endpoints, concurrency.available()).await?;
            // A handler that ended after the claim may have made an entry due.
            if claims.is_empty() && !concurrency.wait_until_idle().await {
                return Ok(attempts);
            }
            attempts += claims.len();
            self.start(claims, claimed_at, &concurrency, &never, &tasks).await;
        }
    }
}
