//! The program, run as a person runs it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod dev;

use std::process::Command;

/// The program with these arguments.
fn refhook(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refhook"));
    command.args(arguments);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
