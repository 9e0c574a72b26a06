//! JSON pointers (RFC 6901), and patterns of them.

use serde::{Serialize, Serializer};

use super::fault::{Fault, quoted};
use super::node::Node;
use super::table::Value;

/// The maximum length of a pointer, in bytes.
const MOST: usize = 256;

/// The maximum number of members on the way to a value.
const MOST_DEPTH: usize = 16;

/// A JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pointer {
    text: String,
    steps: Vec<Step>,
}

/// One step from a value to a value inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// To the member of this name, or to the element of this position.
    To(String),
    /// To every member or element.
    Every,
}

impl Pointer {
    /// Reads a pointer to a value inside a document. `None` if it is invalid.
    pub(super) fn new(text: &str) -> Option<Self> {
        Self::parse(text, false).ok()
    }

    /// Returns the pointer to the whole document.
    pub(super) const fn whole() -> Self {
        Self { text: String::new(), steps: Vec::new() }
    }

    /// Reads a pointer of a profile.
    pub(super) fn read(value: &Value) -> Result<Self, Fault> {
        Self::parse(value.text()?, false).map_err(|reason| value.fault(reason))
    }

    /// Reads a pattern of a profile, in which the step `*` is every member and every element.
    pub(super) fn read_pattern(value: &Value) -> Result<Self, Fault> {
        Self::parse(value.text()?, true).map_err(|reason| value.fault(reason))
    }

    fn parse(text: &str, is_pattern: bool) -> Result<Self, String> {
        let shown = quoted(text);
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("`{shown}` is not a JSON pointer; write the path from the top, as in `/data/id`"));
        };
        if text.len() > MOST {
            return Err(format!("the pointer has more than {MOST} bytes"));
        }
        let step = |token: &str| {
            if is_pattern && token == "*" {
                return Some(Step::Every);
            }
            let is_escaped = token.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
            is_escaped.then(|| Step::To(token.replace("~1", "/").replace("~0", "~")))
        };
        let steps: Option<Vec<Step>> = rest.split('/').map(step).collect();
        let steps = steps.ok_or_else(|| format!("`{shown}`: `~` is followed by `0` or `1` in a JSON pointer"))?;
        if steps.len() > MOST_DEPTH {
            return Err(format!("the pointer has more than {MOST_DEPTH} steps"));
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// Returns the text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the number of steps.
    pub(super) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Returns the names of the members on the way, without those of a pattern.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::To(name) => Some(name.as_str()),
            Step::Every => None,
        })
    }

    /// Returns whether the step at this depth leads to the member of this name.
    pub(super) fn leads_to(&self, depth: usize, name: &str) -> bool {
        match self.steps.get(depth) {
            Some(Step::To(token)) => token == name,
            Some(Step::Every) => true,
            None => false,
        }
    }
}

impl Serialize for Pointer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Reads one pointer or a list of different ones.
pub(super) fn pointers(value: Value, most: usize) -> Result<Vec<Pointer>, Fault> {
    distinct(value, most, Pointer::read)
}

/// Reads one pattern or a list of different ones. An empty list says that there are no such members.
pub(super) fn patterns(value: Value, most: usize) -> Result<Vec<Pointer>, Fault> {
    if matches!(&value.node, Node::List(nodes) if nodes.is_empty()) {
        return Ok(Vec::new());
    }
    distinct(value, most, Pointer::read_pattern)
}

fn distinct(value: Value, most: usize, read: fn(&Value) -> Result<Pointer, Fault>) -> Result<Vec<Pointer>, Fault> {
    let mut pointers: Vec<Pointer> = Vec::new();
    for value in value.one_or_more(most)? {
        let pointer = read(&value)?;
        if pointers.contains(&pointer) {
            return Err(value.fault(format!("the pointer `{}` occurs twice", pointer.as_str())));
        }
        pointers.push(pointer);
    }
    Ok(pointers)
}
