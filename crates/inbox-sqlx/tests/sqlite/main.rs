//! The store on SQLite: the promises of every store, transactions, and faults.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod addresses;
mod connections;
mod engine;
mod faults;
mod handlers;
mod in_memory;
mod log;
mod moved;
mod opening;
mod processes;
mod pruning;
mod receiving;
mod returned;
#[path = "../shared/mod.rs"]
mod shared;
mod statements;
mod unruly;
