//! Reading of tables, with the place of every mistake.

use super::fault::{Fault, quoted};
use super::nearest::nearest;
use super::node::Node;

/// A value in the text of a profile, with its place.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) place: String,
    pub(super) node: Node,
}

impl Value {
    /// Returns a mistake at this place.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault::new(&self.place, reason)
    }

    fn expected<T>(&self, what: &str) -> Result<T, Fault> {
        Err(self.fault(format!("expected {what}, found {}", self.node.kind())))
    }

    /// Returns a text, which is not empty.
    pub(super) fn text(&self) -> Result<&str, Fault> {
        match &self.node {
            Node::Text(text) if text.is_empty() => Err(self.fault("the text is empty; leave the key out")),
            Node::Text(text) => Ok(text),
            _ => self.expected("a text"),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        if let Node::Boolean(value) = self.node { Ok(value) } else { self.expected("`true` or `false`") }
    }

    /// Returns a number within a range.
    pub(super) fn number(&self, range: std::ops::RangeInclusive<i64>) -> Result<i64, Fault> {
        let Node::Integer(number) = self.node else { return self.expected("a whole number") };
        let (least, most) = (range.start(), range.end());
        let is_within = range.contains(&number);
        is_within.then_some(number).ok_or_else(|| self.fault(format!("{number} is not within {least} to {most}")))
    }

    /// Returns one of these words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Fault> {
        let text = self.text()?;
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| self.fault(unknown("value", text, &known)))
    }

    /// Returns the values of a list that is not empty, each with its place.
    pub(super) fn list(self, most: usize) -> Result<Vec<Self>, Fault> {
        let Self { place, node } = self;
        match node {
            Node::List(nodes) if nodes.is_empty() => Err(Fault::new(place, "the list is empty; leave the key out")),
            Node::List(nodes) if nodes.len() > most => {
                Err(Fault::new(place, format!("the list has more than {most} values")))
            }
            Node::List(nodes) => {
                let placed = |(position, node)| Self { place: format!("{place}[{position}]"), node };
                Ok(nodes.into_iter().enumerate().map(placed).collect())
            }
            node => Self { place, node }.expected("a list"),
        }
    }

    /// Returns the values of a list, or the single value that is not a list.
    pub(super) fn one_or_more(self, most: usize) -> Result<Vec<Self>, Fault> {
        if matches!(self.node, Node::List(_)) { self.list(most) } else { Ok(vec![self]) }
    }

    /// Returns a table that has no other keys than these.
    pub(super) fn table(self, known: &[&str]) -> Result<Table, Fault> {
        let entries = self.entries(known.len())?;
        for (key, value) in &entries {
            if !known.contains(&key.as_str()) {
                return Err(value.fault(unknown("key", key, known)));
            }
        }
        Ok(Table(entries))
    }

    /// Returns the entries of a table whose keys are the profile's own, such as names of events.
    pub(super) fn map(self, most: usize) -> Result<Vec<(String, Self)>, Fault> {
        let fault = self.fault(format!("the table has more than {most} keys"));
        let entries = self.entries(most)?;
        if entries.len() > most { Err(fault) } else { Ok(entries) }
    }

    /// Returns the entries of a table, each with its place: at most one more than `most`, which is a mistake.
    fn entries(self, most: usize) -> Result<Vec<(String, Self)>, Fault> {
        let Self { place, node } = self;
        let Node::Table(entries) = node else { return Self { place, node }.expected("a table") };
        let mut read: Vec<(String, Self)> = Vec::new();
        for (key, node) in entries {
            let shown = quoted(&key);
            let place = if place.is_empty() { shown } else { format!("{place}.{shown}") };
            if read.iter().any(|(before, _)| *before == key) {
                return Err(Fault::new(place, "the key occurs twice"));
            }
            read.push((key, Self { place, node }));
            if read.len() > most {
                break;
            }
        }
        Ok(read)
    }
}

/// Returns the message about an unknown word: the nearest known one, or all if none is near.
fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let word = quoted(word);
    match nearest(&word, known) {
        Some(nearest) => format!("unknown {what} `{word}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{word}`; known are {}", known.join(", ")),
    }
}

/// The entries of a table whose keys are known.
#[derive(Debug)]
pub(super) struct Table(Vec<(String, Value)>);

impl Table {
    /// Removes and returns an entry.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        let position = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.swap_remove(position).1)
    }

    /// Returns the place of an entry.
    pub(super) fn place_of(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.place.as_str())
    }

    /// Fails at the first entry that no setting has taken, because another setting excludes it.
    pub(super) fn finish(self, reason: &str) -> Result<(), Fault> {
        self.0.first().map_or(Ok(()), |(key, value)| Err(value.fault(format!("`{}` {reason}", quoted(key)))))
    }
}
