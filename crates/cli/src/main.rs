//! `refhook`: webhooks of referral-program platforms at the command line. Each subcommand has a file or a folder.

mod client;
mod curl;
mod dev;
mod doctor;
mod failure;
mod inquiry;
mod message;
mod migrate;
mod output;
mod print;
mod profile;
mod profile_file;
mod reading;
mod scheme;
mod secret;
mod send;
mod sender;
mod sign;
mod signing;
mod simulate;
mod source;
mod terminal;
mod verdict;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Receives, signs, sends, plays, verifies and explains webhooks of referral-program platforms.
///
/// Ends with 0 on success, with 1 if an input cannot be read or used, or if a sent delivery was not accepted, with 2 if the command line is invalid, and with 3
/// if a request was refused.
#[derive(Debug, Parser)]
#[command(name = "refhook", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
    Verify(verify::Verify),
    Sign(sign::Sign),
    Send(Box<send::Send>),
    Simulate(Box<simulate::Simulate>),
    Doctor(doctor::Doctor),
    Migrate(migrate::Migrate),
    Profile(profile::ProfileCommand),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Dev(dev) => dev.run(),
        Command::Verify(verify) => verify.run(),
        Command::Sign(sign) => sign.run(),
        Command::Send(send) => send.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Profile(profile) => profile.run(),
    };
    outcome.unwrap_or_else(|failure| failure.report())
}
