//! The command line of all verbs: arguments that every verb has, and help that fits the terminal.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, Command};

use crate::arguments::variable;
use crate::output::Output;

/// The heading of the arguments that every verb has.
const EVERYWHERE: &str = "Options of every verb";

/// The widest help.
const WIDEST: usize = 100;

/// The arguments of every verb.
#[derive(Debug, clap::Args)]
pub(crate) struct Everywhere {
    /// The format of the output, and of notes and errors.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", global = true, help_heading = EVERYWHERE)]
    pub(crate) output: Output,

    /// The configuration to read, instead of `refhook.toml` in the working directory or above it in the repository.
    #[arg(long, value_name = "FILE", global = true, help_heading = EVERYWHERE)]
    config: Option<PathBuf>,

    /// Reads no configuration. Environment variables are still used.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    no_config: bool,

    /// An endpoint of the configuration, whose values are used.
    #[arg(id = "use", long = "use", value_name = "NAME", global = true, help_heading = EVERYWHERE)]
    endpoint: Option<String>,
}

impl Everywhere {
    /// Returns the flags that choose the configuration.
    pub(crate) fn flags(&self) -> Vec<OsString> {
        let config = self.config.as_ref().map(|file| ["--config".into(), file.into()]);
        let endpoint = self.endpoint.as_ref().map(|name| ["--use".into(), name.into()]);
        let no_config = self.no_config.then(|| "--no-config".into());
        config.into_iter().chain(endpoint).flatten().chain(no_config).collect()
    }
}

/// Returns a table of verbs with help for this number of columns.
pub(crate) fn fitted(command: Command, columns: usize) -> Command {
    let columns = columns.min(WIDEST);
    decorated(command.term_width(columns), columns)
}

/// Returns the number of columns of the terminal, or of the variable COLUMNS.
pub(crate) fn columns() -> usize {
    let of_terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let of_variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    of_terminal.or_else(of_variable).unwrap_or(WIDEST).max(20)
}

/// Names the environment variable of every argument, breaks the lines of the examples, and describes a verb in a list by one
/// sentence.
fn decorated(command: Command, columns: usize) -> Command {
    let command = summarised(command.mut_args(named));
    let examples = command.get_after_help().map(ToString::to_string);
    let examples = examples.unwrap_or_else(|| of_children(&command));
    let command = command.after_help(broken(&examples, columns));
    command.mut_subcommands(|child| decorated(child, columns))
}

/// Returns the first example of each verb below a command.
fn of_children(command: &Command) -> String {
    let examples = command.get_subcommands().filter_map(Command::get_after_help).map(ToString::to_string);
    let firsts: Vec<String> = examples.filter_map(|text| text.lines().nth(1).map(str::to_owned)).collect();
    if firsts.is_empty() { String::new() } else { format!("Examples:\n{}", firsts.join("\n")) }
}

/// Makes the first sentence of the description the summary.
fn summarised(command: Command) -> Command {
    let Some(about) = command.get_about().map(ToString::to_string) else { return command };
    let Some((summary, _)) = about.split_once(". ") else { return command };
    let summary = summary.to_owned();
    match command.get_long_about() {
        Some(_) => command.about(summary),
        None => command.long_about(about).about(summary),
    }
}

fn named(argument: Arg) -> Arg {
    let Some(variable) = variable(&argument) else { return argument };
    let with = |text: &clap::builder::StyledStr| format!("{} [env: {variable}]", text.to_string().trim_end());
    let (short, long) = (argument.get_help().map(with), argument.get_long_help().map(with));
    let argument = match short {
        Some(short) => argument.help(short),
        None => argument,
    };
    match long {
        Some(long) => argument.long_help(long),
        None => argument,
    }
}

/// Breaks the commands among the lines, so that a shell can read them, and all other lines between words.
fn broken(text: &str, columns: usize) -> String {
    text.lines().map(|line| broken_line(line, columns)).collect::<Vec<_>>().join("\n")
}

fn broken_line(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    let indent = line.len() - line.trim_start().len();
    let is_command = indent > 0 && line.contains("refhook ");
    let (end, room) = if is_command { (" \\", columns.saturating_sub(2)) } else { ("", columns) };
    let mut lines: Vec<String> = Vec::new();
    let mut current = " ".repeat(indent);
    for word in &parts(line.trim_start(), is_command) {
        let is_empty = current.trim().is_empty();
        if !is_empty && current.chars().count() + 1 + word.chars().count() > room {
            lines.push(current + end);
            current = " ".repeat(indent + usize::from(is_command) * 4);
        } else if !is_empty {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines.join("\n")
}

/// Splits a line at its blanks. In a command, blanks within quotes do not separate, and a flag stays with its value.
fn parts(line: &str, is_command: bool) -> Vec<String> {
    let mut quote = None;
    let is_blank = |character: char| {
        match (quote, character) {
            (None, '\'' | '"') if is_command => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
        quote.is_none() && character == ' '
    };
    let mut parts: Vec<String> = Vec::new();
    for word in line.split(is_blank) {
        match parts.last_mut() {
            Some(flag)
                if is_command && flag.starts_with("--") && !flag.contains([' ', '=']) && !word.starts_with('-') =>
            {
                *flag += &format!(" {word}");
            }
            _ => parts.push(word.to_owned()),
        }
    }
    parts
}

/// Returns the words with the present names of verbs. `refhook migrate` is in scripts, and in messages of the stores.
pub(crate) fn with_present_names(mut words: Vec<OsString>) -> Vec<OsString> {
    if words.get(1).is_some_and(|word| word == "migrate") {
        words.insert(1, "inbox".into());
    }
    words
}

/// Returns the format that the command line, or else the environment, chooses before any parsing.
pub(crate) fn chosen_output(words: &[OsString]) -> Output {
    let chosen = crate::config::option(words, "--output").or_else(|| std::env::var_os("REFHOOK_OUTPUT"));
    if chosen.is_some_and(|format| format == "json") { Output::Json } else { Output::Text }
}
