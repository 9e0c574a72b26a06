//! Accidents that change a request or a secret between its sender and its receiver.

/// An accident and the step that undoes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accident {
    /// The kind as one word, for scripts.
    pub(super) name: &'static str,
    /// The event, as precisely as it is known.
    pub(super) what: String,
    /// The next step.
    pub(super) help: &'static str,
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

    /// Returns a value without one accident.
    pub(super) fn new(name: &'static str, what: impl Into<String>, help: &'static str, repaired: T) -> Self {
        Self { accidents: vec![Accident { name, what: what.into(), help }], repaired }
    }

    /// Returns the same repair after earlier accidents.
    pub(super) fn after(mut self, accidents: &[Accident]) -> Self {
        self.accidents.splice(0..0, accidents.iter().cloned());
        self
    }
}
