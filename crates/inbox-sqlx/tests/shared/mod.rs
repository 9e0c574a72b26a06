//! Tests of every engine, and the shop that all tests use.

mod answers;
mod clock;
mod conformance;
mod copies;
mod counts;
pub(crate) mod deletion;
mod elsewhere;
mod items;
#[cfg(feature = "metrics")]
mod metrics;
mod reopened;
mod setup;
pub(crate) mod statements;
pub(crate) mod subjects;
pub(crate) mod support;
mod transactions;
