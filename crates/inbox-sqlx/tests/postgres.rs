//! The store on PostgreSQL: what every store promises, transactions, and faults.
//!
//! `scripts/test` starts the server that it wants.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

#[path = "shared/clock.rs"]
mod clock;
#[path = "shared/conformance.rs"]
mod conformance;
#[path = "shared/deletion.rs"]
mod deletion;
#[path = "shared/elsewhere.rs"]
mod elsewhere;
#[path = "postgres/engine.rs"]
mod engine;
#[path = "postgres/statements.rs"]
mod explained;
#[path = "postgres/handlers.rs"]
mod handlers;
#[path = "postgres/held.rs"]
mod held;
#[path = "shared/killed.rs"]
mod killed;
#[cfg(feature = "metrics")]
#[path = "shared/metrics.rs"]
mod metrics;
#[path = "postgres/opening.rs"]
mod opening;
#[path = "postgres/receiving.rs"]
mod receiving;
#[path = "shared/reopened.rs"]
mod reopened;
#[path = "postgres/restarted.rs"]
mod restarted;
#[path = "shared/statements.rs"]
mod statements;
#[path = "shared/subjects.rs"]
mod subjects;
#[path = "shared/support.rs"]
mod support;
#[path = "shared/transactions.rs"]
mod transactions;
