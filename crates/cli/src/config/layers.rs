//! The layers of the configuration: flags, environment, and the tables of `refhook.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::endpoint;
use super::file::File;
use super::find::find;
use super::value::from_environment;
use super::words::Words;
use crate::arguments::{self, key, variable};
use crate::failure::Failure;

/// The origin of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag,
    /// An environment variable.
    Variable(String),
    /// A line of `refhook.toml`.
    File(PathBuf, usize),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Variable(name) => f.write_str(name),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A command line with the values of all layers.
#[derive(Debug, Clone)]
pub(crate) struct Layered {
    pub(crate) words: Vec<OsString>,
    pub(crate) verb: Vec<String>,
    /// The origins of the configured arguments, by their ids.
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// A configured value of an argument.
struct Candidate {
    id: String,
    key: String,
    flags: Vec<OsString>,
    origin: Origin,
}

/// The effect of a command line.
enum Effect {
    /// Clap accepts it, apart from these missing arguments.
    Fits(BTreeSet<String>),
    Fails(Box<clap::Error>),
}

/// Adds the values of the environment and of `refhook.toml` to a command line. A command line that is wrong without them stays as it is.
pub(crate) fn apply(command: &mut Command, words: Vec<OsString>) -> Result<Layered, Failure> {
    let mut words = Words::new(command, words);
    let plain =
        |words: &Words| Layered { words: words.all().to_vec(), verb: words.verb.clone(), origins: BTreeMap::new() };
    let first = match effect(command, words.all()) {
        Effect::Fits(_) => None,
        // The first word of a verb may be the name of an endpoint instead of a URL.
        Effect::Fails(error) if error.kind() == ErrorKind::ValueValidation => refused_value(&error),
        Effect::Fails(_) => return Ok(plain(&words)),
    };
    let Some(verb) = arguments::verb(command, &words.verb).cloned() else { return Ok(plain(&words)) };
    let path = find(words.all())?;
    let file = path.map(|path| File::read(&path, command)).transpose()?;
    let named = endpoint::name(
        &mut words,
        &verb,
        |kind, words| match &first {
            Some(refused) => Some(refused.into()),
            None => given(command, words)?.get_raw(kind)?.next().map(OsStr::to_owned),
        },
        file.as_ref(),
    )?;
    let Effect::Fits(missing) = effect(command, words.all()) else { return Ok(plain(&words)) };
    let given = given(command, &words);
    let explicit: BTreeSet<String> = verb
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .filter(|id| given.as_ref().is_some_and(|given| is_explicit(given, id)))
        .collect();
    let candidates = candidates(&verb, &words.verb, file.as_ref(), named.endpoint.as_deref())?;
    let is_open = |candidate: &Candidate| {
        let is_sender = matches!(candidate.id.as_str(), "platform" | "profile" | "scheme");
        !(explicit.contains(&candidate.id) || named.has_platform && is_sender)
    };
    let candidates = candidates.into_iter().filter(is_open).collect();
    let usages = verb.get_arguments().map(|argument| (argument.to_string(), argument.get_id().to_string())).collect();
    let mut choice = Choice { given: explicit, usages, flags: Vec::new(), origins: BTreeMap::new(), missing };
    choice.choose(command, &words, candidates)?;
    Ok(Layered { words: words.with(&choice.flags), verb: words.verb, origins: choice.origins })
}

fn is_explicit(given: &ArgMatches, id: &str) -> bool {
    let is_known = given.try_contains_id(id).is_ok();
    is_known && given.value_source(id) == Some(ValueSource::CommandLine)
}

/// Returns the arguments of the verb that the command line gives, even if others are missing.
fn given(command: &Command, words: &Words) -> Option<ArgMatches> {
    let mut matches = arguments::lenient(command).try_get_matches_from(words.all()).ok()?;
    for name in &words.verb {
        let (found, below) = matches.remove_subcommand()?;
        matches = (found == *name).then_some(below)?;
    }
    Some(matches)
}

/// Returns the configured values, the strongest layer first.
fn candidates(
    verb: &Command,
    path: &[String],
    file: Option<&File>,
    endpoint: Option<&str>,
) -> Result<Vec<Candidate>, Failure> {
    let mut found = Vec::new();
    for argument in verb.get_arguments() {
        let (Some(key), Some(name)) = (key(argument), variable(argument)) else { continue };
        let Some(value) = env::var_os(&name).filter(|value| !value.is_empty()) else { continue };
        let flags = from_environment(argument, value).map_err(|cause| {
            Failure::usage(format!("environment variable `{name}`: {cause}"), "correct or unset it")
        })?;
        found.push(Candidate { id: argument.get_id().to_string(), key, flags, origin: Origin::Variable(name) });
    }
    let Some(file) = file else { return Ok(found) };
    let entries = endpoint.into_iter().flat_map(|name| file.endpoint(name)).chain(file.of_verb(path));
    for entry in entries {
        let has_key = |argument: &&Arg| key(argument).as_deref() == Some(&entry.key);
        let Some(argument) = verb.get_arguments().find(has_key) else { continue };
        let origin = Origin::File(file.path.clone(), entry.line);
        let flags = entry.value.flags(argument, file.folder()).map_err(|cause| {
            let help = format!("`refhook {} --help` describes it", path.join(" "));
            Failure::new(format!("{origin}: `{}`: {cause}", entry.key), help)
        })?;
        found.push(Candidate { id: argument.get_id().to_string(), key: entry.key.clone(), flags, origin });
    }
    Ok(found)
}

/// The configured values that are used.
struct Choice {
    /// The ids of the arguments on the command line.
    given: BTreeSet<String>,
    /// The ids of the verb's arguments, by the usage that clap's errors name.
    usages: BTreeMap<String, String>,
    flags: Vec<OsString>,
    origins: BTreeMap<String, Origin>,
    /// The arguments that clap misses.
    missing: BTreeSet<String>,
}

impl Choice {
    /// Chooses the values that fit to the given arguments and to each other.
    ///
    /// A value is used if its requirements are present, and if clap then misses no other argument and reports no conflict. Values that
    /// require each other are found by further rounds.
    fn choose(&mut self, command: &mut Command, words: &Words, candidates: Vec<Candidate>) -> Result<(), Failure> {
        let mut open = candidates;
        loop {
            let mut rest = Vec::new();
            let before = open.len();
            for candidate in open {
                if self.origins.contains_key(&candidate.id) {
                    continue;
                }
                if !self.has(&requirements(command, words, &candidate.flags)) {
                    rest.push(candidate);
                    continue;
                }
                let longer = [&self.flags[..], &candidate.flags].concat();
                match effect(command, &words.with(&longer)) {
                    Effect::Fits(now) if now.is_subset(&self.missing) => {
                        (self.flags, self.missing) = (longer, now);
                        self.origins.insert(candidate.id, candidate.origin);
                    }
                    Effect::Fits(_) => rest.push(candidate),
                    Effect::Fails(error) if error.kind() == ErrorKind::ArgumentConflict => {}
                    Effect::Fails(error) => return Err(candidate.invalid(&error)),
                }
            }
            if rest.is_empty() || rest.len() == before {
                return Ok(());
            }
            open = rest;
        }
    }

    /// Whether all of these arguments are given or chosen.
    fn has(&self, usages: &BTreeSet<String>) -> bool {
        let is_present = |id: &String| self.given.contains(id) || self.origins.contains_key(id);
        usages.iter().all(|usage| self.usages.get(usage).is_none_or(is_present))
    }
}

/// Returns the arguments that clap misses for flags alone, and not for the verb alone. In a whole command line, clap does
/// not miss an argument that conflicts with another one.
fn requirements(command: &mut Command, words: &Words, flags: &[OsString]) -> BTreeSet<String> {
    let verb = words.alone();
    let with_flags = [&verb[..], flags].concat();
    match (effect(command, &verb), effect(command, &with_flags)) {
        (Effect::Fits(before), Effect::Fits(after)) => &after - &before,
        _ => BTreeSet::new(),
    }
}

impl Candidate {
    /// Returns the failure of a value that clap refuses.
    fn invalid(&self, error: &clap::Error) -> Failure {
        let text = error.to_string();
        let cause = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let help = match &self.origin {
            Origin::Variable(_) => "correct or unset it".to_owned(),
            _ => possible_values(error).unwrap_or_else(|| "correct the value".to_owned()),
        };
        match &self.origin {
            Origin::Variable(name) => Failure::usage(format!("environment variable `{name}`: {cause}"), help),
            origin => Failure::new(format!("{origin}: `{}`: {cause}", self.key), help),
        }
    }
}

/// Returns the value that clap refuses.
fn refused_value(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => Some(value.clone()),
        _ => None,
    }
}

fn possible_values(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => Some(format!("it can be {}", values.join(", "))),
        _ => None,
    }
}

fn effect(command: &mut Command, words: &[OsString]) -> Effect {
    match command.try_get_matches_from_mut(words) {
        Ok(_) => Effect::Fits(BTreeSet::new()),
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(missing)) => Effect::Fits(missing.iter().cloned().collect()),
            Some(ContextValue::String(missing)) => Effect::Fits([missing.clone()].into()),
            _ => Effect::Fails(Box::new(error)),
        },
        Err(error) => Effect::Fails(Box::new(error)),
    }
}
