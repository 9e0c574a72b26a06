//! The common part of the web crates of `referral-webhooks`. An application depends on one of the web crates instead.
//!
//! - [`read`] checks a head and reads a body under a limit, a deadline and the process's [`body_budget`]; [`verify`] turns
//!   both into a delivery. Both log a refusal.
//! - [`linger`] charges the budget for a connection that outlives the refusal of its body.
//! - [`Translation`] translates the status of an answer into the platform's contract.

mod blocks;
mod body;
pub mod body_budget;
mod budget;
mod contract;
mod log;
mod metrics;
mod receive;
mod route;

#[cfg(feature = "metrics")]
pub use self::metrics::describe_metrics;
pub use body::linger;
pub use contract::{Delivered, Translation, after_panic};
pub use log::{log_rejection, warn_of_weak_secrets};
pub use receive::{Head, read, refuse, verify};
pub use route::Route;
