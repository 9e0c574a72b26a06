//! Values of `refhook.toml` and of the environment, as the flags of an argument.

use std::ffi::OsString;
use std::path::Path;

use clap::Arg;
use toml::de::{DeArray, DeValue};

use crate::arguments::{Shape, is_list};

/// A value of the file. Numbers and times keep their spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Switch(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Table,
}

impl Value {
    /// Returns the value.
    pub(super) fn new(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::Boolean(is_on) => Self::Switch(*is_on),
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Datetime(time) => Self::Text(time.to_string()),
            DeValue::Integer(number) if number.radix() != 10 => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                Self::Number(parsed.map_or_else(|_| number.to_string(), |number| number.to_string()))
            }
            DeValue::Integer(number) => Self::Number(number.as_str().to_owned()),
            DeValue::Float(number) => Self::Number(number.as_str().to_owned()),
            DeValue::Array(list) => Self::list(list),
            DeValue::Table(_) => Self::Table,
        }
    }

    fn list(list: &DeArray<'_>) -> Self {
        Self::List(list.iter().map(|value| Self::new(value.get_ref())).collect())
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Switch(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table => "a table",
        }
    }

    /// Returns every text in the value.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(list) => list.iter().flat_map(Self::texts).collect(),
            Self::Switch(_) | Self::Number(_) | Self::Table => Vec::new(),
        }
    }

    /// Returns the flags of the argument. A relative path begins at the folder.
    ///
    /// # Errors
    ///
    /// If the value has another type than the argument.
    pub(super) fn flags(&self, argument: &Arg, folder: &Path) -> Result<Vec<OsString>, String> {
        match self {
            Self::List(list) if is_list(argument) => {
                let flags: Result<Vec<_>, _> = list.iter().map(|value| value.flag(argument, folder)).collect();
                Ok(flags?.into_iter().flatten().collect())
            }
            value => Ok(value.flag(argument, folder)?.into_iter().collect()),
        }
    }

    fn flag(&self, argument: &Arg, folder: &Path) -> Result<Option<OsString>, String> {
        let shape = Shape::of(argument);
        let name = argument.get_long().unwrap_or_default();
        let with = |value: OsString| {
            let mut flag = OsString::from(format!("--{name}="));
            flag.push(value);
            Ok(Some(flag))
        };
        match (shape, self) {
            (Shape::Switch, Self::Switch(is_on)) => Ok(is_on.then(|| format!("--{name}").into())),
            (Shape::Number | Shape::Parsed, Self::Number(number)) => with(number.into()),
            (Shape::Text | Shape::Parsed, Self::Text(text)) => with(text.into()),
            (Shape::Path, Self::Text(path)) => with(if path == "-" { path.into() } else { folder.join(path).into() }),
            (Shape::PathOrUrl, Self::Text(place)) if place.contains(':') => with(place.into()),
            (Shape::PathOrUrl, Self::Text(path)) => with(folder.join(path).into()),
            _ => {
                let wanted = match shape {
                    Shape::Switch => "true or false",
                    Shape::Number => "a number",
                    Shape::Text | Shape::Path | Shape::PathOrUrl | Shape::Parsed => "a text",
                };
                Err(format!("expected {wanted}, not {}", self.kind()))
            }
        }
    }
}

/// Returns the flags of an argument for the value of its environment variable. An empty value is no value.
///
/// # Errors
///
/// If a switch is neither on nor off.
pub(super) fn from_environment(argument: &Arg, value: OsString) -> Result<Vec<OsString>, String> {
    let name = argument.get_long().unwrap_or_default();
    if value.is_empty() {
        return Ok(Vec::new());
    }
    if Shape::of(argument) == Shape::Switch {
        return match value.to_str().map(str::to_ascii_lowercase).as_deref() {
            Some("1" | "true" | "yes" | "on") => Ok(vec![format!("--{name}").into()]),
            Some("0" | "false" | "no" | "off") => Ok(Vec::new()),
            _ => Err("expected `true` or `false`".to_owned()),
        };
    }
    let mut flag = OsString::from(format!("--{name}="));
    flag.push(value);
    Ok(vec![flag])
}
