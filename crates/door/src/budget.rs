//! The budget of unproven bodies.
//!
//! Guarantees: the incomplete bodies of all senders together occupy at most the budget. A single body larger than the
//! budget is still read. If the budget is spent, the oldest body is displaced. A genuine delivery takes milliseconds, so
//! senders that withhold bodies displace each other and not a later delivery. Bodies that are drained after a refusal take
//! at most half of the budget, and are displaced before every unproven body.
//!
//! Assumes: a body that is complete at the first poll is verified at once, so it takes no place. The server's read buffer
//! of a connection grows by doubling, so it is at most twice as large as the received bytes. The allocator needs a
//! quarter more than the requested bytes.
//!
//! Without it: an attacker holds a body of the maximum length on every connection until the deadline. With 2,000
//! connections these bodies occupy 2 GiB.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use referral_webhooks::{Error, ErrorKind};

use crate::blocks::Blocks;

/// The cost of a silent body in bytes: the head, the buffers and the task of its connection. Measured with
/// `scripts/load strangers`: 16 KiB on hyper and 20 KiB on actix-web.
pub(crate) const CONNECTION: usize = 24 * 1024;

/// The largest read buffer of a connection in bytes: the default of hyper. The buffers of actix-web are smaller.
pub(crate) const SERVER_BUFFER: usize = 8 * 1024 + 4096 * 100;

/// Adds the memory that fragmentation keeps the allocator from reusing. Measured with `scripts/load strangers`.
pub(crate) const fn with_overhead(bytes: usize) -> usize {
    bytes + bytes / 4
}

/// The budget of unproven bodies, with the bodies that it holds.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: AtomicUsize,
    places: Mutex<Places>,
}

/// A share of the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Bodies that may prove to be genuine.
    Unproven,
    /// Bodies that are drained after the refusal of their requests.
    Refused,
}

#[derive(Debug)]
struct Places {
    next: u64,
    lingering: usize,
    unproven: Bodies,
    refused: Bodies,
}

/// The bodies of one share.
#[derive(Debug)]
struct Bodies {
    held: usize,
    /// Ordered by age, the oldest body first.
    bodies: BTreeMap<u64, Waiting>,
}

/// A body that waits for its next piece.
#[derive(Debug)]
struct Waiting {
    blocks: Blocks,
    /// The number of bytes that were received and not kept.
    skipped: usize,
    charged: usize,
    waker: Waker,
}

/// A charge for the buffers of a connection that outlives the refusal of its body.
#[derive(Debug)]
pub(crate) struct Lingering<'b>(&'b Budget);

/// The charge for a lingering connection, in bytes: the most that actix-web buffers.
const LINGERING: usize = 256 * 1024;

/// A body's place in the budget. Dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Place<'b> {
    budget: &'b Budget,
    share: Share,
    number: u64,
}

/// The error of a body that lost its place, because the budget is spent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Displaced;

impl From<Displaced> for Error {
    fn from(_: Displaced) -> Self {
        ErrorKind::BodyBudgetSpent.into()
    }
}

impl Budget {
    pub(crate) const fn new(limit: usize) -> Self {
        let places = Places { next: 0, lingering: 0, unproven: Bodies::new(), refused: Bodies::new() };
        Self { limit: AtomicUsize::new(limit), places: Mutex::new(places) }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    pub(crate) fn set_limit(&self, bytes: usize) {
        self.limit.store(bytes, Ordering::Relaxed);
    }

    /// Returns the number of charged bytes.
    pub(crate) fn held(&self) -> usize {
        let places = self.lock();
        places.held() + places.lingering
    }

    /// Takes a place for an incomplete body and charges its received bytes.
    pub(crate) fn enter(&self, share: Share, came: Blocks, waker: Waker) -> Result<Place<'_>, Displaced> {
        let mut places = self.lock();
        let number = places.next;
        places.next += 1;
        places.of(share).bodies.insert(number, Waiting { blocks: came, skipped: 0, charged: 0, waker });
        drop(places);
        // An error drops the place.
        let place = Place { budget: self, share, number };
        place.grow(&[], 0)?;
        Ok(place)
    }

    /// Charges for a lingering connection.
    pub(crate) fn linger(&self) -> Lingering<'_> {
        self.lock().lingering += LINGERING;
        Lingering(self)
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        // Each change is complete before any call that can panic.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Waits for the next piece. A displacement wakes `waker`.
    pub(crate) fn wait(&self, waker: &Waker) -> Result<(), Displaced> {
        let mut places = self.budget.lock();
        places.of(self.share).bodies.get_mut(&self.number).ok_or(Displaced)?.waker.clone_from(waker);
        Ok(())
    }

    /// Returns the whole body.
    pub(crate) fn take(self) -> Result<Bytes, Displaced> {
        let waiting = self.budget.lock().of(self.share).remove(self.number);
        waiting.map(|body| body.blocks.join()).ok_or(Displaced)
    }

    /// Keeps a piece and charges for it, and for further bytes that are not kept.
    pub(crate) fn grow(&self, piece: &[u8], skipped: usize) -> Result<(), Displaced> {
        let mut places = self.budget.lock();
        let displaced = places.charge(self, piece.len(), skipped);
        let kept = places.of(self.share).bodies.get_mut(&self.number);
        let kept = kept.map(|body| body.blocks.push(piece)).ok_or(Displaced);
        drop(places);
        // Without the lock, because a waker can run arbitrary code.
        displaced.into_iter().for_each(|body| body.waker.wake());
        kept
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let _freed_without_the_lock = self.budget.lock().of(self.share).remove(self.number);
    }
}

impl Drop for Lingering<'_> {
    fn drop(&mut self) {
        self.0.lock().lingering -= LINGERING;
    }
}

impl Places {
    const fn of(&mut self, share: Share) -> &mut Bodies {
        match share {
            Share::Unproven => &mut self.unproven,
            Share::Refused => &mut self.refused,
        }
    }

    const fn held(&self) -> usize {
        self.unproven.held + self.refused.held
    }

    /// Charges a body for a piece, and returns the displaced bodies. The body can displace itself.
    fn charge(&mut self, place: &Place<'_>, piece: usize, skipped: usize) -> Vec<Waiting> {
        let Place { budget, share, number } = *place;
        let bodies = self.of(share);
        let Some(body) = bodies.bodies.get_mut(&number) else { return Vec::new() };
        body.skipped = body.skipped.saturating_add(skipped);
        let received = body.skipped.saturating_add(body.blocks.len() + piece);
        let buffer = SERVER_BUFFER.min(received.saturating_mul(2));
        let charge = with_overhead(CONNECTION + buffer + body.blocks.occupied_with(piece));
        bodies.held = bodies.held - body.charged + charge;
        body.charged = charge;
        // At least half of the budget is for unproven bodies, even if many connections linger.
        let half = budget.limit() / 2;
        let limit = budget.limit() - self.lingering.min(half);
        let mut displaced = Vec::new();
        while self.refused.held > limit.saturating_sub(half) || self.held() > limit && self.refused.held > 0 {
            displaced.extend(self.refused.remove_oldest());
        }
        let is_there = |places: &mut Self| places.of(share).bodies.contains_key(&number);
        while self.held() > limit && self.unproven.bodies.len() > 1 && is_there(self) {
            displaced.extend(self.unproven.remove_oldest());
        }
        displaced
    }
}

impl Bodies {
    const fn new() -> Self {
        Self { held: 0, bodies: BTreeMap::new() }
    }

    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let body = self.bodies.remove(&number)?;
        self.held -= body.charged;
        Some(body)
    }

    fn remove_oldest(&mut self) -> Option<Waiting> {
        let (_, body) = self.bodies.pop_first()?;
        self.held -= body.charged;
        Some(body)
    }
}
