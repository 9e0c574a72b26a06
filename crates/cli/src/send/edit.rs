//! Changes of members of a JSON body. All other bytes are kept, because a platform's spelling of numbers and texts is a
//! part of its delivery.

use std::collections::HashMap;
use std::str::FromStr;

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::failure::Failure;

/// The maximum number of members in a path.
const MOST: usize = 64;

/// A member, and its new value.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    path: Vec<String>,
    /// JSON.
    value: String,
}

impl FromStr for Edit {
    type Err = String;

    /// Parses `path=value`. The path is a JSON pointer or has dots. A value that is not JSON is a text.
    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("expected `path=value`, such as `/data/amount=12.50`")?;
        let path: Vec<String> = match path.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~")).collect(),
            None => path.split('.').map(str::to_owned).collect(),
        };
        if path.len() > MOST || path.iter().all(String::is_empty) {
            return Err(format!("expected a path of 1 to {MOST} members before `=`"));
        }
        let is_json = serde_json::from_str::<&RawValue>(value).is_ok();
        let value = if is_json { value.trim().to_owned() } else { Value::from(value).to_string() };
        Ok(Self { path, value })
    }
}

impl Edit {
    /// Returns the body with the new value.
    pub(crate) fn apply(&self, body: &Bytes) -> Result<Bytes, Failure> {
        let help = "`--set` needs a JSON body, and a path that leads through objects and lists";
        let fail = |cause: String| Failure::usage(format!("cannot set `/{}`: {cause}", self.path.join("/")), help);
        let text = std::str::from_utf8(body).map_err(|_| fail("the body is not UTF-8".to_owned()))?;
        serde_json::from_str::<&RawValue>(text).map_err(|_| fail("the body is not JSON".to_owned()))?;
        set(text, &self.path, &self.value).map(Bytes::from).map_err(fail)
    }
}

/// Returns the JSON text with the value at the path.
fn set(text: &str, path: &[String], value: &str) -> Result<String, String> {
    let Some((name, rest)) = path.split_first() else { return Ok(value.to_owned()) };
    let unreadable = |_| "the body has a member that cannot be read".to_owned();
    match text.trim_start().bytes().next() {
        Some(b'{') => {
            let members: HashMap<String, &RawValue> = serde_json::from_str(text).map_err(unreadable)?;
            match members.get(name) {
                Some(member) => replaced(text, member.get(), &set(member.get(), rest, value)?),
                None => appended(text, '}', members.is_empty(), &object(path, value)),
            }
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(unreadable)?;
            let index = if name == "-" { Some(elements.len()) } else { name.parse().ok() };
            match index.map(|index: usize| (index, elements.get(index))) {
                Some((_, Some(element))) => replaced(text, element.get(), &set(element.get(), rest, value)?),
                Some((index, None)) if index == elements.len() => {
                    appended(text, ']', elements.is_empty(), &nested(rest, value))
                }
                _ => Err(format!("a list of {} has no element `{name}`", elements.len())),
            }
        }
        _ => Err(format!("the value above `{name}` is neither an object nor a list")),
    }
}

/// Returns the text with another value in place of one of its slices.
fn replaced(text: &str, slice: &str, value: &str) -> Result<String, String> {
    let start = (slice.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let parts = start.and_then(|start| Some((text.get(..start)?, text.get(start + slice.len()..)?)));
    let (before, after) = parts.ok_or("the value cannot be found in the body")?;
    Ok([before, value, after].concat())
}

/// Returns the object or list with one entry more.
fn appended(text: &str, end: char, is_empty: bool, entry: &str) -> Result<String, String> {
    let (before, after) = text.rsplit_once(end).ok_or("the value has no end")?;
    Ok(format!("{before}{}{entry}{end}{after}", if is_empty { "" } else { "," }))
}

/// Returns the value below objects of these names.
fn nested(path: &[String], value: &str) -> String {
    if path.is_empty() { value.to_owned() } else { format!("{{{}}}", object(path, value)) }
}

/// Returns the first name of the path and its value, as a member of an object.
fn object(path: &[String], value: &str) -> String {
    match path.split_first() {
        Some((name, rest)) => format!("{}:{}", Value::from(name.as_str()), nested(rest, value)),
        None => String::new(),
    }
}
