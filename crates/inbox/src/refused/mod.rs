//! Refused requests: kept for an operator, within a budget.

mod keeper;
mod rule;

pub use self::rule::KeepRefused;
