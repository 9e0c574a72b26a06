//! The arguments of verbs, as clap's table has them.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

use crate::source::Source;

/// The arguments that control the configuration itself, or that confirm an act.
const NEVER_CONFIGURED: [&str; 6] = ["help", "version", "config", "no_config", "use", "yes"];

/// Returns the name of an argument in `refhook.toml`: its flag, with underscores. `None` if it cannot be configured.
pub(crate) fn key(argument: &Arg) -> Option<String> {
    let flag = argument.get_long()?;
    let is_given_by_hand = NEVER_CONFIGURED.contains(&argument.get_id().as_str());
    (!is_given_by_hand).then(|| flag.replace('-', "_"))
}

/// Returns the environment variable of an argument. `None` if it has none.
pub(crate) fn variable(argument: &Arg) -> Option<String> {
    let flag = match argument.get_id().as_str() {
        "config" | "no_config" | "use" => argument.get_long().map(str::to_owned),
        _ => key(argument),
    };
    Some(format!("REFHOOK_{}", flag?.replace('-', "_").to_uppercase()))
}

/// The value of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Switch,
    Number,
    Text,
    /// A file, a folder, or standard input.
    Path,
    /// A path or a URL.
    PathOrUrl,
    /// A text that clap parses, such as a URL or a time.
    Parsed,
}

impl Shape {
    /// Returns the shape of an argument's value.
    pub(crate) fn of(argument: &Arg) -> Self {
        let id = argument.get_value_parser().type_id();
        let is = |other: TypeId| id == other;
        if matches!(argument.get_action(), ArgAction::SetTrue | ArgAction::SetFalse) {
            Self::Switch
        } else if argument.get_value_names().is_some_and(|names| names.iter().any(|name| *name == "PATH-OR-URL")) {
            Self::PathOrUrl
        } else if is(TypeId::of::<PathBuf>()) || is(TypeId::of::<Source>()) {
            Self::Path
        } else if [TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<i64>()]
            .into_iter()
            .any(is)
        {
            Self::Number
        } else if is(TypeId::of::<String>()) {
            Self::Text
        } else {
            Self::Parsed
        }
    }
}

/// Whether an argument may be given several times.
pub(crate) fn is_list(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Append)
}

/// Returns the command of a verb, such as `["profile", "check"]`.
pub(crate) fn verb<'c>(command: &'c Command, path: &[String]) -> Option<&'c Command> {
    path.iter().try_fold(command, |command, name| command.find_subcommand(name))
}

/// Returns the table for a command line that may be incomplete.
pub(crate) fn lenient(command: &Command) -> Command {
    command.clone().ignore_errors(true).mut_subcommands(|child| lenient(&child))
}

/// Returns the verbs that do something, each with its path: the leaves of clap's tree.
pub(crate) fn verbs(command: &Command) -> Vec<(Vec<String>, &Command)> {
    let mut found = Vec::new();
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        if child.has_subcommands() {
            found.extend(verbs(child).into_iter().map(|(mut path, verb)| {
                path.insert(0, child.get_name().to_owned());
                (path, verb)
            }));
        } else {
            found.push((vec![child.get_name().to_owned()], child));
        }
    }
    found
}
