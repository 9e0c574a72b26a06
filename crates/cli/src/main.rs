//! `refhook`: webhooks of referral-program platforms at the command line. Each subcommand has a file or a folder.

mod arguments;
mod client;
mod command_line;
mod completions;
mod config;
mod curl;
mod cut_off;
mod dev;
mod doctor;
mod failure;
mod fixture;
mod inquiry;
mod man;
mod message;
mod migrate;
mod note;
mod output;
mod print;
mod profile;
mod profile_file;
mod progress;
mod reading;
mod scheme;
mod secret;
mod send;
mod sender;
mod sign;
mod signing;
mod source;
mod terminal;
mod tls;
mod usage;
mod verdict;
mod verify;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{FromArgMatches as _, Parser, Subcommand};

use self::command_line::Everywhere;
use self::failure::Outcome;

/// Receives, signs, sends, verifies and explains webhooks of referral-program platforms.
///
/// Ends with 0 on success, with 1 if an input cannot be read or used, or if a sent delivery was not accepted, with 2 if the
/// command line is invalid, and with 3 if a request was refused.
#[derive(Debug, Parser)]
#[command(name = "refhook", version, about, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,

    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  refhook dev --sample
  refhook send redpin REFERRAL_CREATED --to http://localhost:8080/hooks/redpin --secret-file redpin.secret
  refhook verify --platform redpin --secret-file redpin.secret request.http
  refhook config show";

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
    Verify(verify::Verify),
    Sign(sign::Sign),
    Send(Box<send::Send>),
    Doctor(doctor::Doctor),
    Migrate(migrate::Migrate),
    Profile(profile::ProfileCommand),
    Config(config::ConfigCommand),
    Completions(completions::Completions),
    #[command(name = "man")]
    Manual(man::Manual),
}

fn main() -> ExitCode {
    run(env::args_os().collect()).unwrap_or_else(|failure| failure.report())
}

/// Configures the command line, and runs its verb.
fn run(words: Vec<OsString>) -> Outcome {
    command_line::chosen_output(&words).choose();
    let mut table = command_line::command(command_line::columns());
    let layered = config::apply(&mut table, words)?;
    let matches = match table.try_get_matches_from_mut(layered.words) {
        Ok(matches) => matches,
        Err(error) => return usage::report(&error),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return usage::report(&error.format(&mut table)),
    };
    cli.everywhere.output.choose();
    match cli.command {
        Command::Dev(dev) => dev.run(),
        Command::Verify(verify) => verify.run(),
        Command::Sign(sign) => sign.run(),
        Command::Send(send) => send.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Profile(profile) => profile.run(),
        Command::Config(config) => config.run(&mut table, &cli.everywhere),
        Command::Completions(completions) => completions.run(&table),
        Command::Manual(manual) => manual.run(&table),
    }
}
