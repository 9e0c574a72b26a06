//! The store on SQLite: what every store promises, transactions, and faults.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "shared/clock.rs"]
mod clock;
#[path = "shared/conformance.rs"]
mod conformance;
#[path = "shared/deletion.rs"]
mod deletion;
#[path = "shared/elsewhere.rs"]
mod elsewhere;
#[path = "sqlite/engine.rs"]
mod engine;
#[path = "sqlite/statements.rs"]
mod explained;
#[path = "sqlite/faults.rs"]
mod faults;
#[path = "sqlite/handlers.rs"]
mod handlers;
#[path = "shared/killed.rs"]
mod killed;
#[path = "sqlite/log.rs"]
mod log;
#[cfg(feature = "metrics")]
#[path = "shared/metrics.rs"]
mod metrics;
#[path = "sqlite/moved.rs"]
mod moved;
#[path = "sqlite/opening.rs"]
mod opening;
#[path = "sqlite/processes.rs"]
mod processes;
#[path = "sqlite/pruning.rs"]
mod pruning;
#[path = "sqlite/receiving.rs"]
mod receiving;
#[path = "shared/reopened.rs"]
mod reopened;
#[path = "sqlite/returned.rs"]
mod returned;
#[path = "shared/statements.rs"]
mod statements;
#[path = "shared/subjects.rs"]
mod subjects;
#[path = "shared/support.rs"]
mod support;
#[path = "shared/transactions.rs"]
mod transactions;
#[path = "sqlite/unruly.rs"]
mod unruly;
