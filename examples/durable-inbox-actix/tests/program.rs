//! The tests of `durable-inbox`, with the program on actix-web.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

const PROGRAM: &str = env!("CARGO_BIN_EXE_durable-inbox-actix");

#[path = "../../durable-inbox/tests/killed/mod.rs"]
mod killed;
