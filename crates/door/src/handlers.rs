//! The handlers that run in tasks, so that a shutdown can wait for them.
//!
//! A handler of a delivery runs to its end, even if the sender closes the connection. A server's graceful shutdown waits
//! for connections, so it does not know of a handler whose connection is gone:
//!
//! ```
//! use std::time::Duration;
//!
//! use referral_webhooks_door::handlers;
//!
//! async fn after_the_connections() {
//!     let _ = tokio::time::timeout(Duration::from_secs(5), handlers::ended()).await;
//!     println!("{} handlers are cut off", handlers::running());
//! }
//! # let _ = after_the_connections;
//! ```

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Notified when the last handler has ended.
static IDLE: Notify = Notify::const_new();

/// Returns the number of handlers of this process that wait for something in their tasks. A handler that completes at
/// once is not counted.
///
/// ```
/// assert_eq!(referral_webhooks_door::handlers::running(), 0);
/// ```
#[must_use]
pub fn running() -> usize {
    RUNNING.load(Ordering::SeqCst)
}

/// Waits until no handler of this process runs in a task. Give the call a time limit, because a handler can be stuck.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// referral_webhooks_door::handlers::ended().await;
/// # }
/// ```
pub async fn ended() {
    let mut idle = pin!(IDLE.notified());
    loop {
        // Before the number is read, so that no notification is missed.
        idle.as_mut().enable();
        if running() == 0 {
            return;
        }
        idle.as_mut().await;
        idle.set(IDLE.notified());
    }
}

/// A running handler. Dropping it ends the count.
#[derive(Debug)]
pub(crate) struct Running;

impl Running {
    pub(crate) fn start() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if RUNNING.fetch_sub(1, Ordering::SeqCst) == 1 {
            IDLE.notify_waiters();
        }
    }
}
