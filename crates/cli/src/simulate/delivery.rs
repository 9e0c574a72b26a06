//! One delivery, from its first attempt to its end.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

use time::OffsetDateTime;

use super::scenario::Script;

/// A delivery that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivery {
    /// The number of the event, from zero.
    pub(super) number: u32,
    /// The virtual and the real time of the first attempt.
    pub(super) first_at: Duration,
    pub(super) first_real: OffsetDateTime,
    pub(super) attempts: u32,
    /// The retries of this series. A repeat begins another.
    pub(super) retries: usize,
    /// The offset of the last retry.
    pub(super) offset: Duration,
    /// The answers that are still to be lost.
    pub(super) answers_to_lose: u64,
    /// The repeats that have been sent.
    pub(super) repeats: usize,
    /// Whether an answer has accepted it, perhaps without the knowledge of the platform.
    pub(super) was_accepted: bool,
    pub(super) last_status: Option<u16>,
}

impl Delivery {
    /// Returns the delivery of an event before its first attempt.
    pub(super) fn new(number: u32, script: &Script, has_retries: bool) -> Self {
        // A lost answer without a retry would lose the delivery.
        let answers_to_lose = if has_retries { script.lost_answers(number) } else { 0 };
        Self {
            number,
            first_at: Duration::ZERO,
            first_real: OffsetDateTime::UNIX_EPOCH,
            attempts: 0,
            retries: 0,
            offset: Duration::ZERO,
            answers_to_lose,
            repeats: 0,
            was_accepted: false,
            last_status: None,
        }
    }

    /// Returns the wait before the retry at this offset, and counts the retry.
    pub(super) fn retry_at(&mut self, offset: Duration) -> Duration {
        self.retries += 1;
        offset.saturating_sub(std::mem::replace(&mut self.offset, offset))
    }

    /// Returns the wait before the next repeat of an accepted delivery, and begins its series.
    pub(super) fn repeat(&mut self, script: &Script) -> Option<Duration> {
        let wait = *script.repeats(self.number).get(self.repeats)?;
        self.repeats += 1;
        (self.retries, self.offset) = (0, Duration::ZERO);
        Some(wait)
    }
}

/// The deliveries that wait for their next attempt, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// The number of additions, which decides between equal times.
    added: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Waiting {
    due: Duration,
    added: u64,
    delivery: Delivery,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.due, self.added).cmp(&(other.due, other.added))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Queue {
    pub(super) fn add(&mut self, due: Duration, delivery: Delivery) {
        self.added += 1;
        self.waiting.push(Reverse(Waiting { due, added: self.added, delivery }));
    }

    /// Returns the time of the next attempt.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.peek().map(|waiting| waiting.0.due)
    }

    /// Takes the delivery with the next attempt.
    pub(super) fn take(&mut self) -> Option<Delivery> {
        self.waiting.pop().map(|waiting| waiting.0.delivery)
    }
}
