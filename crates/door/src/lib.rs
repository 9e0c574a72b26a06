//! The common part of the web crates of `referral-webhooks`. An application depends on one of the web crates instead.
//!
//! - [`read`] checks a head and reads a body under a limit, a deadline and the process's [`body_budget`]; [`verify`] turns
//!   both into a delivery. Both log a refusal.
//! - [`linger`] charges the budget for a connection that outlives the refusal of its body.
//! - [`Translation`] translates the status of an answer into the platform's contract.
//! - [`Outlive`] runs the handler of a delivery to its end, and [`handlers`] counts them.

mod blocks;
mod body;
pub mod body_budget;
mod budget;
mod contract;
mod delivered;
pub mod handlers;
mod log;
mod outlive;
mod quota;
mod receive;
mod terms;

pub use body::linger;
pub use contract::{Translation, after_error, after_panic, log_layer_error};
pub use delivered::Delivered;
pub use log::{log_rejection, warn_of_weak_secrets};
pub use outlive::{Counted, Outlive, in_task, spawn};
pub use receive::{read, refuse, verify};
pub use terms::Terms;
