//! The common part of the web crates of `referral-webhooks`. An application depends on one of the web crates instead.
//!
//! - [`read`] checks a head and reads a body under a limit, a deadline and the process's [`body_budget`]; [`verify`] turns
//!   both into a delivery. Both log a refusal.
//! - [`Endpoints`] looks up the endpoint of a tenant, and an [`Arrival`] reads and verifies a request under it.
//! - [`linger`] charges the budget for a connection that outlives the refusal of its body.
//! - [`Translation`] translates the status of an answer into the platform's contract.
//! - [`WebhookRoutes`] knows which path belongs to which platform, and [`NearMiss`] which request just misses one.
//! - [`Outlive`] runs the handler of a delivery to its end, and [`handlers`] counts them.

mod arrival;
mod blocks;
mod body;
pub mod body_budget;
mod budget;
mod came;
mod contract;
mod delivered;
mod discard;
mod endpoint_cache;
mod endpoints;
pub mod handlers;
mod label;
mod log;
mod lookups;
mod metrics;
mod moment;
mod near_miss;
mod outlive;
mod pattern;
mod quota;
mod receive;
mod resolved;
mod route;
mod routes;
mod shape;
mod terms;

#[cfg(feature = "metrics")]
pub use self::metrics::describe_metrics;
pub use arrival::Arrival;
pub use body::linger;
pub use contract::{Translation, after_error, after_panic, log_layer_error};
pub use delivered::Delivered;
pub use discard::discard;
pub use endpoints::Endpoints;
pub use log::{log_rejection, warn_of_weak_secrets};
pub use near_miss::{Difference, NearMiss};
pub use outlive::{Counted, Outlive, in_task, spawn};
pub use receive::{Head, read, refuse, verify};
pub use resolved::Resolved;
pub use route::Route;
pub use routes::WebhookRoutes;
pub use terms::Terms;
