//! `refhook config show`: the effective values of every verb, with their origins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{Arg, Command};
use serde_json::json;

use super::layers::{Layered, Origin, apply};
use crate::arguments::{self, Shape, key};
use crate::command_line::{Everywhere, chosen_output};
use crate::failure::{Failure, Outcome};
use crate::output::{Output, is_json};
use crate::terminal::{self, BOLD, DIM, printable};

/// Explains the configuration: flags, environment variables and `refhook.toml`, in this order.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    Show(Show),
}

const EXAMPLES: &str = "\
Examples:
  refhook config show
  refhook config show send
  refhook config show send redpin-main --times 3
  REFHOOK_OUTPUT=json refhook config show verify

A file `refhook.toml` in the working directory, or above it in the repository:
  # For every verb that has the argument. Paths begin at the folder of this file.
  secret_file = \"redpin.secret\"

  [send]
  times = 3

  [endpoints.redpin-main]
  platform = \"redpin\"
  url = \"http://localhost:8080/hooks/redpin\"
  secret_file = \"redpin.secret\"

Then `refhook send redpin-main REFERRAL_CREATED` is a complete command.";

/// Prints the effective value of every argument with its origin: a flag, an environment variable, a line of `refhook.toml`, or the
/// default. Secrets are not read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
struct Show {
    /// A verb, and arguments of it. Without a verb, all verbs are shown.
    #[arg(value_name = "VERB", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

impl ConfigCommand {
    /// Runs the subcommand.
    pub(crate) fn run(self, command: &mut Command, everywhere: &Everywhere) -> Outcome {
        let Act::Show(show) = self.act;
        show.run(command, everywhere)
    }
}

/// The effective value of an argument.
struct Setting {
    key: String,
    value: String,
    origin: Origin,
}

impl Show {
    fn run(self, command: &mut Command, everywhere: &Everywhere) -> Outcome {
        // The words of a verb may choose the format as well.
        if chosen_output(&self.words) == Output::Json {
            Output::Json.choose();
        }
        let mut verbs: Vec<Vec<OsString>> = vec![self.words];
        if verbs[0].is_empty() {
            let all = arguments::verbs(command).into_iter();
            let all = all.filter(|(_, verb)| verb.get_arguments().filter_map(key).count() > 1);
            verbs = all.map(|(path, _)| path.into_iter().map(OsString::from).collect()).collect();
        }
        for mut words in verbs {
            let before = ["refhook".into()].into_iter().chain(everywhere.flags());
            words.splice(0..0, before);
            let layered = apply(command, words)?;
            if layered.verb.is_empty() {
                let help = "name a verb first, such as `refhook config show send`; `refhook --help` lists them";
                return Err(Failure::usage("there is no such verb", help));
            }
            print(&layered.verb, &settings(command, &layered)?)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the values of the verb, even if required arguments are missing.
fn settings(command: &Command, layered: &Layered) -> Result<Vec<Setting>, Failure> {
    let help = "`refhook VERB --help` describes the arguments";
    let fail = |cause: String| Failure::usage(cause, help);
    let mut lenient = arguments::lenient(command);
    let parsed = lenient.try_get_matches_from_mut(&layered.words).map_err(|error| fail(error.kind().to_string()))?;
    let mut matches = &parsed;
    for _ in &layered.verb {
        matches = matches.subcommand().ok_or_else(|| fail("there is no such verb".to_owned()))?.1;
    }
    let verb = arguments::verb(&lenient, &layered.verb).ok_or_else(|| fail("there is no such verb".to_owned()))?;
    let mut settings = Vec::new();
    for argument in verb.get_arguments() {
        let Some(key) = key(argument) else { continue };
        let id = argument.get_id().as_str();
        let origin = match (layered.origins.get(id), matches.value_source(id)) {
            (Some(origin), _) => origin.clone(),
            (None, Some(ValueSource::DefaultValue) | None) => Origin::Default,
            (None, Some(_)) => Origin::Flag,
        };
        let raw = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned());
        let values: Vec<String> =
            if Shape::of(argument) == Shape::Switch { vec![matches.get_flag(id).to_string()] } else { raw.collect() };
        settings.push(Setting { key, value: shown(argument, &values), origin });
    }
    settings.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(settings)
}

/// Returns the values of an argument as text. Of a secret, only the place is known here, and a URL may hold a password.
fn shown(argument: &Arg, values: &[String]) -> String {
    if values.is_empty() {
        return "-".to_owned();
    }
    let id = argument.get_id().as_str();
    let shown: Vec<String> = values
        .iter()
        .map(|value| match id {
            "secret_file" | "keyring_file" => format!("set (file {value})"),
            "secret_env" => format!("set (environment variable {value})"),
            _ => without_password(value),
        })
        .collect();
    shown.join(", ")
}

fn without_password(value: &str) -> String {
    let parts = value.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?)));
    match parts {
        Some((scheme, (user, rest))) if user.contains(':') && !user.contains('/') => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:***@{rest}")
        }
        _ => value.to_owned(),
    }
}

fn print(verb: &[String], settings: &[Setting]) -> io::Result<()> {
    let mut out = anstream::stdout();
    let verb = verb.join(" ");
    if is_json() {
        let values: BTreeMap<&str, _> = settings
            .iter()
            .map(|Setting { key, value, origin }| {
                let value = (value != "-").then_some(value);
                (key.as_str(), json!({ "value": value, "origin": origin.to_string() }))
            })
            .collect();
        writeln!(out, "{}", terminal::json_line(&json!({ "kind": "configuration", "verb": verb, "values": values })))?;
        return out.flush();
    }
    writeln!(out, "{BOLD}{verb}{BOLD:#}")?;
    let width = settings.iter().map(|setting| setting.key.len()).max().unwrap_or_default();
    for Setting { key, value, origin } in settings {
        let (value, origin) = (printable(value), printable(&origin.to_string()));
        writeln!(out, "  {key:<width$}  {value}  {DIM}({origin}){DIM:#}")?;
    }
    out.flush()
}
