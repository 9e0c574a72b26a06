//! The program, run as its first line says, and killed while it works.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

const PROGRAM: &str = env!("CARGO_BIN_EXE_durable-inbox");

mod killed;
