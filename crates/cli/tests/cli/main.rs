//! The program, run as at a command line.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod check;
mod configuration;
mod conformance;
mod dev;
mod doctor;
mod errors;
mod fixtures;
mod help;
mod hostile;
mod inbox;
mod profile;
mod readme;
mod refused;
mod schemes;
mod send;
mod shells;
mod sign;
mod terminals;
mod tls;
mod tree;
mod verify;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::{env, fs};

/// Returns the program with these arguments.
fn refhook(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refhook"));
    command.args(arguments);
    command
}

/// Runs the program to its end with this standard input.
fn run(mut command: Command, input: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = piped.spawn().unwrap();
    // A program that reads no input may have ended already.
    let _ = process.stdin.take().unwrap().write_all(input);
    process.wait_with_output().unwrap()
}

/// Writes a file. Its name must be unique among the tests.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
