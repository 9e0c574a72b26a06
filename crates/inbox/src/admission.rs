//! The bound on deliveries being stored.
//!
//! - Guarantees: deliveries in flight to the store are bounded by number and by bytes. A delivery beyond the bound is
//!   refused immediately, and its platform sends it again.
//! - Assumes: a permit is held until the store has answered, even if the sender hangs up or the budget expires before.
//! - Without it: a slow store accumulates requests until the process runs out of memory, and all of them are answered
//!   after their platform has given up.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bound on deliveries being stored, by number and by bytes.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    deliveries: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    most: usize,
    most_bytes: u32,
}

/// The admission of one delivery, until it is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    _delivery: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Admission {
    /// Creates a bound of at least one delivery and one byte: zero deliveries would refuse all, and zero bytes would
    /// bound none.
    pub(crate) fn new(deliveries: usize, bytes: usize) -> Self {
        let permits = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let most_bytes = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, permits);
        let most = deliveries.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            deliveries: Arc::new(Semaphore::new(most)),
            bytes: Arc::new(Semaphore::new(most_bytes as usize)),
            most,
            most_bytes,
        }
    }

    /// Returns the number of deliveries being stored.
    pub(crate) fn in_flight(&self) -> usize {
        self.most.saturating_sub(self.deliveries.available_permits())
    }

    /// Admits a body of this length; `None` if the bound is reached. It does not wait, because waiters would be an
    /// unbounded queue.
    pub(crate) fn admit(&self, length: usize) -> Option<Admitted> {
        // A body longer than the whole bound takes all of it. Otherwise it could never be admitted.
        let length = u32::try_from(length).unwrap_or(u32::MAX).min(self.most_bytes);
        let delivery = Arc::clone(&self.deliveries).try_acquire_owned().ok()?;
        let bytes = Arc::clone(&self.bytes).try_acquire_many_owned(length).ok()?;
        Some(Admitted { _delivery: delivery, _bytes: bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::Admission;

    #[test]
    fn admission_is_bounded_by_number_and_by_bytes() {
        let admission = Admission::new(2, 100);
        let first = admission.admit(60);
        assert!(first.is_some());
        assert!(admission.admit(60).is_none(), "too many bytes");
        let second = admission.admit(40);
        assert!(second.is_some());
        assert!(admission.admit(0).is_none(), "too many deliveries");
        drop((first, second));
        assert!(admission.admit(1_000).is_some(), "a body longer than the bound is admitted exclusively");
    }

    #[test]
    fn admission_of_any_size_takes_one_delivery_and_stays_bounded() {
        for (deliveries, bytes) in [(0, 0), (0, 100), (1, 0), (usize::MAX, 0), (100, 0)] {
            let admission = Admission::new(deliveries, bytes);
            let first = admission.admit(60);
            assert!(first.is_some(), "{deliveries} deliveries, {bytes} bytes");
            assert!(admission.admit(60).is_none(), "{deliveries} deliveries, {bytes} bytes");
            drop(first);
            assert!(admission.admit(60).is_some(), "{deliveries} deliveries, {bytes} bytes");
        }
        assert!(Admission::new(usize::MAX, usize::MAX).admit(usize::MAX).is_some());
    }
}
