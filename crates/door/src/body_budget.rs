//! The budget of unproven bodies: one for all endpoints of a process.
//!
//! A body is unproven until its last byte is received, because its signature covers all of them. Incomplete bodies share
//! one budget, 64 MiB unless it is [`set`]. A body is charged with its received bytes, with the buffers of its connection
//! and with the overhead of the allocator, but never with an announced length. Connections that outlive the refusal of
//! their bodies take at most half of the budget.
//!
//! If the budget is spent, the oldest body is displaced: it is refused at once, with the platform's transient status (429
//! for Prefinery, 503 for the others) and an
//! [`ErrorKind::BodyBudgetSpent`](referral_webhooks::ErrorKind::BodyBudgetSpent). A delivery that arrives in one piece with
//! its head, as nearly all do, needs no place.

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
