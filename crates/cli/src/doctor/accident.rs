//! Accidents that change a request or a secret between its sender and its receiver.

use crate::terminal::printable;

/// The maximum length of the description of an accident, in characters.
const MOST: usize = 240;

/// An accident and the step that undoes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accident {
    /// The kind as one word, for scripts.
    pub(super) name: &'static str,
    /// The event, as precisely as it is known, without control characters.
    pub(super) what: String,
    /// The next step.
    pub(super) help: &'static str,
}

impl Accident {
    /// Returns an accident. Its description may hold names from the request, which are untrusted.
    pub(super) fn new(name: &'static str, what: &str, help: &'static str) -> Self {
        Self { name, what: printable(what).chars().take(MOST).collect(), help }
    }
}

/// A value as it would be without some accidents. Without accidents it is the value as it came.
#[derive(Debug, Clone)]
pub(super) struct Repair<T> {
    pub(super) accidents: Vec<Accident>,
    pub(super) repaired: T,
}

impl<T> Repair<T> {
    /// Returns a value as it came.
    pub(super) const fn none(as_it_came: T) -> Self {
        Self { accidents: Vec::new(), repaired: as_it_came }
    }
}
