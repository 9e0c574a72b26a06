//! Tests of the program, started by the line at its top, and killed while it works.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

const PROGRAM: &str = env!("CARGO_BIN_EXE_durable-inbox");

mod killed;
mod operations;
