//! The budget of unproven bodies: one for all endpoints of a process.
//!
//! A body is unproven until its last byte is received, because its signature covers all of them. Incomplete bodies share
//! one budget, 64 MiB unless the application [`set`]s another. A body is charged with its received bytes, with the
//! buffers of its connection and with the overhead of the allocator. An announced length is not charged. Connections that
//! outlive the refusal of their bodies take at most half of the budget.
//!
//! If the budget is spent, the oldest body is displaced: it is refused at once, with the platform's transient status (429
//! for Prefinery, 503 for the others) and an
//! [`ErrorKind::BodyBudgetSpent`](referral_webhooks::ErrorKind::BodyBudgetSpent). A delivery that arrives in one piece with
//! its head, as nearly all do, needs no place.
//!
//! ```
//! use referral_webhooks_door::body_budget;
//!
//! // A small machine: 16 MiB for incomplete bodies.
//! body_budget::set(16 * 1024 * 1024);
//! assert_eq!(body_budget::limit(), 16 * 1024 * 1024);
//!
//! // A gauge for metrics.
//! println!("{} of {} bytes held", body_budget::held(), body_budget::limit());
//! ```

use crate::budget::Budget;

/// The default of the budget, in bytes: 64 MiB.
///
/// ```
/// use referral_webhooks_door::body_budget;
///
/// assert_eq!(body_budget::limit(), body_budget::DEFAULT);
/// ```
pub const DEFAULT: usize = 64 * 1024 * 1024;

pub(crate) static BUDGET: Budget = Budget::new(DEFAULT);

/// Sets the budget, in bytes. It applies from the next received byte of any body.
///
/// A single body larger than the budget is still read.
///
/// ```
/// use referral_webhooks_door::body_budget;
///
/// body_budget::set(body_budget::DEFAULT / 4);
/// assert_eq!(body_budget::limit(), 16 * 1024 * 1024);
/// ```
pub fn set(bytes: usize) {
    BUDGET.set_limit(bytes);
}

/// Returns the budget, in bytes.
///
/// ```
/// use referral_webhooks_door::body_budget;
///
/// let free = body_budget::limit() - body_budget::held();
/// assert_eq!(free, 64 * 1024 * 1024);
/// ```
#[must_use]
pub fn limit() -> usize {
    BUDGET.limit()
}

/// Returns the bytes that unproven bodies hold now: a gauge for metrics.
///
/// ```
/// use referral_webhooks_door::{body_budget, linger};
///
/// assert_eq!(body_budget::held(), 0);
/// let _connection = linger();
/// assert!(body_budget::held() > 0);
/// ```
#[must_use]
pub fn held() -> usize {
    BUDGET.held()
}
