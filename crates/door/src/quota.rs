//! A bound on log events that strangers can cause.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The maximum number of events in a period.
const EVENTS: u32 = 20;

/// The length of a period.
const PERIOD: Duration = Duration::from_secs(10);

/// A quota of log events: 20 in 10 seconds.
#[derive(Debug)]
pub(crate) struct Quota(Mutex<Period>);

#[derive(Debug)]
struct Period {
    began: Option<Instant>,
    logged: u32,
    omitted: u64,
}

impl Quota {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Period { began: None, logged: 0, omitted: 0 }))
    }

    /// Takes one event at this time. Returns the number of events that were omitted since the last one, or `None` if this
    /// one is omitted too.
    pub(crate) fn take(&self, now: Instant) -> Option<u64> {
        let mut period = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if period.began.is_none_or(|began| now.saturating_duration_since(began) >= PERIOD) {
            period.began = Some(now);
            period.logged = 0;
        }
        if period.logged == EVENTS {
            period.omitted = period.omitted.saturating_add(1);
            return None;
        }
        period.logged += 1;
        Some(std::mem::take(&mut period.omitted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_events_is_bounded_and_counted() {
        let (quota, now) = (Quota::new(), Instant::now());
        let logged = (0..1_000).filter(|_| quota.take(now) == Some(0)).count();
        assert_eq!(logged, 20);
        assert_eq!(quota.take(now + PERIOD), Some(980), "the next period counts the omitted events");
        assert_eq!(quota.take(now + PERIOD), Some(0));
    }
}
