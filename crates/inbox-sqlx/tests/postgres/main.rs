//! The store on PostgreSQL: the promises of every store, transactions, and faults.
//!
//! `scripts/test` starts the server.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod connections;
mod engine;
mod handlers;
mod held;
mod least;
mod opening;
mod pooler;
mod receiving;
mod restarted;
#[path = "../shared/mod.rs"]
mod shared;
mod statements;
