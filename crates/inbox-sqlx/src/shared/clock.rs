//! Whether the database's clock was set back.

use std::sync::atomic::{AtomicI64, Ordering};

/// The latest time that was seen, in milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Clock(AtomicI64);

/// How much earlier it must be: two statements may overtake each other.
const MUCH: i64 = 1_000;

impl Clock {
    /// Remembers a time.
    pub(crate) fn saw(&self, now: i64) {
        self.0.fetch_max(now, Ordering::Relaxed);
    }

    /// Whether it is earlier than it was. True once each time, and for the first time that is seen: before that it may
    /// have been set back unseen.
    pub(crate) fn was_set_back(&self, now: i64) -> bool {
        let last = self.0.swap(now, Ordering::Relaxed);
        last == 0 || now + MUCH < last
    }
}
