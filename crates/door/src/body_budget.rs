//! The budget of unproven bodies: one for all endpoints of a process.
//!
//! A body is unproven until its last byte has come, because its signature is over all of them. Bodies that wait for bytes
//! of theirs share one budget, 64 MiB unless it is [`set`]. A body is charged for what came of it, for the buffers of its
//! connection and for the allocator, but never for what was announced. Connections that outlive the refusal of their
//! bodies take at most half of the budget.
//!
//! Where there is no room, the body that began first is refused at once, with the platform's transient status (429 for
//! Prefinery, 503 for the others) and an
//! [`ErrorKind::BodyBudgetSpent`](referral_webhooks::ErrorKind::BodyBudgetSpent). A delivery that comes with its head in
//! one piece, as nearly all do, needs no room.

use crate::budget::Budget;

/// The budget if it is not [`set`], in bytes: 64 MiB.
pub const DEFAULT: usize = 64 * 1024 * 1024;

pub(crate) static BUDGET: Budget = Budget::new(DEFAULT);

/// Sets the budget, in bytes. It is in force for the next byte of any body.
///
/// A single body is read even if it is larger than the budget.
pub fn set(bytes: usize) {
    BUDGET.set_limit(bytes);
}

/// Returns the budget, in bytes.
#[must_use]
pub fn limit() -> usize {
    BUDGET.limit()
}

/// Returns how much of the budget unproven bodies hold now, in bytes: a gauge for metrics.
#[must_use]
pub fn held() -> usize {
    BUDGET.held()
}
