//! The bound on what waits for being stored.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The bound on what waits for being stored, by number and by bytes.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
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

impl Queue {
    pub(crate) fn new(places: usize, bytes: usize) -> Self {
        let most_bytes =
            u32::try_from(bytes).unwrap_or(u32::MAX).min(Semaphore::MAX_PERMITS.try_into().unwrap_or(u32::MAX));
        let places = places.min(Semaphore::MAX_PERMITS);
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
    use super::Queue;

    #[test]
    fn a_queue_is_bounded_by_number_and_by_bytes() {
        let queue = Queue::new(2, 100);
        let first = queue.enter(60);
        assert!(first.is_some());
        assert!(queue.enter(60).is_none(), "too many bytes");
        let second = queue.enter(40);
        assert!(second.is_some());
        assert!(queue.enter(0).is_none(), "too many deliveries");
        drop((first, second));
        assert!(queue.enter(1_000).is_some(), "a body longer than the queue comes in alone");
    }
}
