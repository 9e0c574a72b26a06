//! A platform's reactions to our answers, as data.
//!
//! `contract.rs` has the facts and the answers that follow from them, `builder.rs` the way to make a contract, and
//! `check.rs` the contradictions that it refuses.

mod acknowledges;
mod builder;
mod check;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
mod contract;
mod contradiction;
mod disabling;
mod forbidden;
mod redelivery;
mod retention;
mod retries;
mod retry_time;

pub use acknowledges::Acknowledges;
pub use builder::ContractBuilder;
pub use contract::Contract;
pub use contradiction::{Contradiction, Fault, Setting};
pub use disabling::Disabling;
pub use forbidden::Forbidden;
pub use redelivery::Redelivery;
pub use retention::Retention;
pub use retries::{Retries, RetryEnd};
pub use retry_time::RetryTime;
