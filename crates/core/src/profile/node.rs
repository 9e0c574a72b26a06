//! The text of a profile as a tree, from any format that serde reads.
//!
//! A tree of its own, because messages name the place of a mistake, which serde's derived readers do not know.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// The maximum number of values.
const MOST_VALUES: usize = 4_000;

/// The maximum length of all texts and keys, in bytes.
const MOST_TEXT: usize = 64 * 1024;

/// The maximum nesting depth.
const MOST_DEPTH: usize = 8;

/// A value in the text of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Boolean(bool),
    Integer(i64),
    Text(String),
    List(Vec<Self>),
    /// Keys in the order of the text. A key can occur twice.
    Table(Vec<(String, Self)>),
    /// A value that no setting has, by its name for people.
    Foreign(&'static str),
}

impl Node {
    /// Reads a tree of bounded size.
    pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut budget = Budget { values: MOST_VALUES, text: MOST_TEXT };
        Reader { budget: &mut budget, depth: MOST_DEPTH }.deserialize(deserializer)
    }

    /// Returns the kind of the value, for people.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Foreign(kind) => kind,
        }
    }
}

/// The values and bytes that are left.
struct Budget {
    values: usize,
    text: usize,
}

impl Budget {
    fn value<E: serde::de::Error>(&mut self) -> Result<(), E> {
        let left = self.values.checked_sub(1);
        self.values = left.ok_or_else(|| E::custom(format!("the profile has more than {MOST_VALUES} values")))?;
        Ok(())
    }

    fn text<E: serde::de::Error>(&mut self, text: &str) -> Result<String, E> {
        let left = self.text.checked_sub(text.len());
        self.text = left.ok_or_else(|| E::custom(format!("the profile has more than {MOST_TEXT} bytes of text")))?;
        Ok(text.to_owned())
    }
}

struct Reader<'b> {
    budget: &'b mut Budget,
    /// The remaining levels of nesting.
    depth: usize,
}

impl Reader<'_> {
    fn inner<E: serde::de::Error>(&mut self) -> Result<Reader<'_>, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| E::custom(format!("the profile is nested more than {MOST_DEPTH} deep")))?;
        Ok(Reader { budget: self.budget, depth })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.budget.value()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a profile's setting")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(i64::try_from(value).map_or(Node::Foreign("a number beyond 64 bits"), Node::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Foreign("a number with a fraction"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        self.budget.text(text).map(Node::Text)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Foreign("null"))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Foreign("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(self.inner()?)? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut table: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = table.next_key_seed(self.inner()?)? {
            let Node::Text(key) = key else { return Err(A::Error::custom("a key that is not a text")) };
            entries.push((key, table.next_value_seed(self.inner()?)?));
        }
        Ok(Node::Table(entries))
    }
}
