//! `refhook`: webhooks of referral-program platforms at the command line. Each subcommand has a file or a folder.

mod arguments;
mod check;
mod client;
mod command_line;
mod completions;
mod config;
mod curl;
mod cut_off;
mod dev;
mod doctor;
mod embedded;
mod failure;
mod fixture;
mod inbox;
mod inquiry;
mod man;
mod message;
mod new_secret;
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
mod simulate;
mod source;
mod terminal;
mod tls;
mod usage;
mod verdict;
mod verify;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use self::command_line::{Everywhere, columns, fitted};
use self::failure::Outcome;

/// Receives, signs, sends, plays, verifies and explains webhooks of referral-program platforms.
///
/// Ends with 0 on success. Ends with 1 if an input cannot be read or used, if a delivery was not accepted or was lost, or if
/// a check failed. Ends with 2 if the command line is invalid, and with 3 if a request was refused.
#[derive(Debug, Parser)]
#[command(name = "refhook", version, after_help = EXAMPLES)]
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
    Check(Box<check::Check>),
    Simulate(Box<simulate::Simulate>),
    Doctor(doctor::Doctor),
    Inbox(inbox::InboxCommand),
    Profile(profile::ProfileCommand),
    Secret(new_secret::SecretCommand),
    Fixtures(embedded::FixturesCommand),
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
    let words = command_line::with_present_names(words);
    command_line::chosen_output(&words).choose();
    let mut table = fitted(Cli::command(), columns());
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
        Command::Check(check) => check.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Inbox(inbox) => inbox.run(),
        Command::Profile(profile) => profile.run(),
        Command::Secret(secret) => secret.run(),
        Command::Fixtures(fixtures) => fixtures.run(),
        Command::Config(config) => config.run(&mut table, &cli.everywhere),
        Command::Completions(completions) => completions.run(&table),
        Command::Manual(manual) => manual.run(fitted(Cli::command(), man::COLUMNS)),
    }
}
