//! `refhook completions`: the completions for a shell.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;
use referral_webhooks::platform::ALL;
use serde_json::json;

use crate::failure::Outcome;
use crate::output::is_json;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  refhook completions bash > ~/.local/share/bash-completion/completions/refhook
  refhook completions zsh > ~/.zfunc/_refhook
  refhook completions fish > ~/.config/fish/completions/refhook.fish
  refhook completions powershell >> $PROFILE";

/// Prints the completions of this program for a shell: verbs, flags, their values and the platforms.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell that reads them.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub(crate) fn run(self, command: &Command) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut with_platforms(command.clone()), "refhook", &mut script);
        let mut out = io::stdout().lock();
        if is_json() {
            let script = String::from_utf8_lossy(&script);
            writeln!(
                out,
                "{}",
                terminal::json_line(&json!({ "kind": "completions", "shell": self.shell.to_string(), "script": script }))
            )?;
        } else {
            out.write_all(&script)?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes the platforms the possible values where a platform is named.
fn with_platforms(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let begins = |name: &str| name.starts_with("PLATFORM");
        let names_platform = argument.get_id() == "platform"
            || argument.get_value_names().is_some_and(|names| names.first().is_some_and(|name| begins(name)));
        if names_platform && argument.get_action().takes_values() {
            argument.value_parser(PossibleValuesParser::new(ALL.iter().map(|platform| platform.name)))
        } else {
            argument
        }
    });
    command.mut_subcommands(with_platforms)
}
