//! The common part of the web crates of `referral-webhooks`. An application depends on one of them instead of this crate.
//!
//! - [`read_body`] reads a body under a limit, a deadline and the process's [`body_budget`].
//! - [`linger`] charges that budget for a connection that outlives the refusal of its body.
//! - [`log_refusal`] and [`log_other`] write the log events of a request.

mod blocks;
mod body;
pub mod body_budget;
mod budget;
mod log;

pub use body::{linger, read_body};
pub use log::{log_other, log_refusal};
