//! `refhook`: webhooks of referral-program platforms at the command line. One file a subcommand.

mod curl;
mod dev;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Webhooks of referral-program platforms: receives, signs, sends and explains them.
#[derive(Debug, Parser)]
#[command(name = "refhook", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
}

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Output {
    /// People: lines, with colour on a terminal.
    #[default]
    Text,
    /// Scripts: one JSON object a line.
    Json,
}

fn main() -> ExitCode {
    let Command::Dev(dev) = Cli::parse().command;
    match dev.run() {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("refhook: {error}");
            ExitCode::FAILURE
        }
    }
}
