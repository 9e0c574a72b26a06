//! The bound on what waits for being stored.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bound on what waits for being stored, by number and by bytes.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    most: usize,
    most_bytes: u32,
}

/// A place in the queue, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _place: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl Admission {
    /// At least one place and one byte: without a place nothing comes in, and without a byte nothing is bounded.
    pub(crate) fn new(places: usize, bytes: usize) -> Self {
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let most_bytes = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, most);
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            bytes: Arc::new(Semaphore::new(most_bytes as usize)),
            most: places,
            most_bytes,
        }
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }

    /// A place for a body of this length, if there is one now. Waiting for one would be waiting in another queue.
    pub(crate) fn enter(&self, length: usize) -> Option<Place> {
        // A body that is longer than the whole queue takes all of it; else it could never come in.
        let length = u32::try_from(length).unwrap_or(u32::MAX).min(self.most_bytes);
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let bytes = Arc::clone(&self.bytes).try_acquire_many_owned(length).ok()?;
        Some(Place { _place: place, _bytes: bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::Admission;

    #[test]
    fn a_queue_is_bounded_by_number_and_by_bytes() {
        let admission = Admission::new(2, 100);
        let first = admission.enter(60);
        assert!(first.is_some());
        assert!(admission.enter(60).is_none(), "too many bytes");
        let second = admission.enter(40);
        assert!(second.is_some());
        assert!(admission.enter(0).is_none(), "too many deliveries");
        drop((first, second));
        assert!(admission.enter(1_000).is_some(), "a body longer than the queue comes in alone");
    }

    #[test]
    fn a_queue_of_any_size_takes_a_delivery_and_stays_bounded() {
        for (places, bytes) in [(0, 0), (0, 100), (1, 0), (usize::MAX, 0), (100, 0)] {
            let admission = Admission::new(places, bytes);
            let first = admission.enter(60);
            assert!(first.is_some(), "{places} places, {bytes} bytes");
            assert!(admission.enter(60).is_none(), "{places} places, {bytes} bytes");
            drop(first);
            assert!(admission.enter(60).is_some(), "{places} places, {bytes} bytes");
        }
        assert!(Admission::new(usize::MAX, usize::MAX).enter(usize::MAX).is_some());
    }
}
