//! The common part of the web crates of `referral-webhooks`. An application depends on one of the web crates instead.
//!
//! - [`read`] checks a head and reads a body under a limit, a deadline and the process's [`body_budget`]; [`verify`] turns
//!   both into a delivery. Both log a refusal.
//! - [`Endpoints`] looks up the endpoint of a tenant, and an [`Arrival`] reads and verifies a request under it.
//! - [`linger`] charges the budget for a connection that outlives the refusal of its body.
//! - [`Translation`] translates the status of an answer into the platform's contract.

mod arrival;
mod blocks;
mod body;
pub mod body_budget;
mod budget;
mod contract;
mod endpoint_cache;
mod endpoints;
mod log;
mod lookups;
mod moment;
mod receive;
mod resolved;

pub use arrival::Arrival;
pub use body::linger;
pub use contract::{Delivered, Translation, after_panic};
pub use endpoints::Endpoints;
pub use log::{log_rejection, warn_of_weak_secrets};
pub use receive::{read, refuse, verify};
pub use resolved::Resolved;
