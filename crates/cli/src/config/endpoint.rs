//! Endpoints of `refhook.toml`, named on the command line.

use std::ffi::OsString;

use clap::{Arg, Command};
use referral_webhooks::platform::ALL;

use super::file::File;
use super::value::Value;
use super::words::{Words, option};
use crate::failure::Failure;

/// The first words of the command line that name a sender or an endpoint.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The endpoint whose values are used.
    pub(super) endpoint: Option<String>,
    /// Whether the first word names the platform, so that no configured sender is used.
    pub(super) has_platform: bool,
}

/// Finds the named endpoint, by `--use` or as the first word. In place of such a word, the command line gets the platform or the URL of the
/// endpoint. `word` returns the first word of an argument.
pub(super) fn name(
    words: &mut Words,
    verb: &Command,
    word: impl Fn(&str, &Words) -> Option<OsString>,
    file: Option<&File>,
) -> Result<Named, Failure> {
    let mut named = Named::default();
    let known = file.map_or(&[][..], |file| &file.endpoints[..]);
    let variable = || std::env::var_os("REFHOOK_USE").filter(|name| !name.is_empty());
    if let Some(wanted) = option(words.all(), "--use").or_else(variable) {
        let wanted = wanted.to_string_lossy().into_owned();
        if !known.contains(&wanted) {
            return Err(unknown(&wanted, file));
        }
        named.endpoint = Some(wanted);
    }
    let Some((kind, id)) = first(verb) else { return Ok(named) };
    let Some(word) = word(id, words) else { return Ok(named) };
    if let (None, Some(file), Some(name)) = (&named.endpoint, file, known.iter().find(|name| word == name.as_str())) {
        let text = |key| {
            file.endpoint(name).find(|entry| entry.key == key).and_then(|entry| match &entry.value {
                Value::Text(text) => Some(OsString::from(text)),
                _ => None,
            })
        };
        let substitute = match kind {
            Kind::Platform => text("platform"),
            Kind::Url => Some(text("to").ok_or_else(|| {
                Failure::usage(format!("the endpoint `{name}` has no `url`"), format!("add it to `[endpoints.{name}]`"))
            })?),
        };
        // The word may also be the value of a flag, and only the first positional one is replaced.
        if let [at] = words.positions(&word)[..] {
            words.replace(at, substitute.clone());
        } else {
            let cause = format!("`{name}` is given several times");
            return Err(Failure::usage(cause, format!("name the endpoint by `--use {name}`")));
        }
        named.has_platform = kind == Kind::Platform && substitute.is_some();
        named.endpoint = Some(name.clone());
        return Ok(named);
    }
    named.has_platform |= kind == Kind::Platform && ALL.iter().any(|platform| word == platform.name);
    Ok(named)
}

/// The meaning of the first positional word of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Platform,
    Url,
}

/// Returns the first positional argument, if it names a platform or a URL.
fn first(verb: &Command) -> Option<(Kind, &str)> {
    let first: &Arg = verb.get_positionals().next()?;
    let kind = match first.get_value_names()?.first()?.split(' ').next()? {
        "PLATFORM" => Kind::Platform,
        "URL" => Kind::Url,
        _ => return None,
    };
    Some((kind, first.get_id().as_str()))
}

fn unknown(name: &str, file: Option<&File>) -> Failure {
    let cause = format!("there is no endpoint `{name}`");
    let help = match file {
        None => format!("write `[endpoints.{name}]` into `refhook.toml`"),
        Some(file) if file.endpoints.is_empty() => format!("write `[endpoints.{name}]` into `{}`", file.path.display()),
        Some(file) => format!("`{}` has {}", file.path.display(), file.endpoints.join(", ")),
    };
    Failure::usage(cause, help)
}
