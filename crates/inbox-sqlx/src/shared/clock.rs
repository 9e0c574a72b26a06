//! Whether the database's clock was set back.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The times that were seen.
#[derive(Debug, Default)]
pub(crate) struct Clock(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// The latest, in milliseconds.
    latest: i64,
    /// When it was last noticed that the clock had been set back, by this machine's clock that nobody sets.
    set_back: Option<Instant>,
}

/// How much earlier it must be: two statements may overtake each other.
const MUCH: i64 = 1_000;

/// How long it counts: what was under way at that moment is committed later, and the claim that noticed it may fail.
const FOR: Duration = Duration::from_secs(20);

impl Clock {
    /// Remembers a time.
    pub(crate) fn saw(&self, now: i64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.latest = seen.latest.max(now);
    }

    /// Whether it was set back a short while ago. So it is for the first time that is seen: before that it may have been
    /// set back unseen.
    pub(crate) fn was_set_back(&self, now: i64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.latest == 0 || now + MUCH < seen.latest {
            seen.set_back = Some(Instant::now());
        }
        seen.latest = now;
        seen.set_back.is_some_and(|noticed| noticed.elapsed() < FOR)
    }
}
