//! The store on PostgreSQL: what every store promises, transactions, and faults.
//!
//! `scripts/test` starts the server that it wants.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod engine;
mod handlers;
mod held;
mod opening;
mod receiving;
mod restarted;
#[path = "../shared/mod.rs"]
mod shared;
