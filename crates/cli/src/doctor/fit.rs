//! The accidents that explain a request.

use bytes::Bytes;
use referral_webhooks::Variant;
use time::OffsetDateTime;

use super::accident::{Accident, Repair};
use super::head::Route;
use super::secret::Key;

/// The accidents that explain a request, and the proof without them.
pub(super) struct Fit {
    /// The position of the secret, and its key.
    pub(super) secret: usize,
    pub(super) key: Repair<Key>,
    pub(super) body: Repair<Bytes>,
    pub(super) route: Repair<Route>,
    pub(super) variant: Variant,
    /// The signed time, if the calendar has it.
    pub(super) signed_at: Option<OffsetDateTime>,
    /// The accident of the time.
    pub(super) time: Option<Accident>,
}

impl Fit {
    /// Returns all accidents.
    pub(super) fn accidents(&self) -> impl Iterator<Item = &Accident> {
        let proof = self.route.accidents.iter().chain(&self.key.accidents).chain(&self.body.accidents);
        proof.chain(&self.time)
    }
}
