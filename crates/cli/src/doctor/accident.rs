//! What may have happened to a request or a secret on the way.

/// Something that may have happened, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accident {
    /// The kind in a word, for scripts.
    pub(super) name: &'static str,
    /// What happened, as precisely as it is known.
    pub(super) what: String,
    /// What to do.
    pub(super) help: &'static str,
}

/// How something would look if an accident had not happened. Without accidents, it is as it came.
#[derive(Debug, Clone)]
pub(super) struct Repair<T> {
    pub(super) accidents: Vec<Accident>,
    pub(super) repaired: T,
}

impl<T> Repair<T> {
    /// Nothing happened.
    pub(super) const fn none(as_it_came: T) -> Self {
        Self { accidents: Vec::new(), repaired: as_it_came }
    }

    /// One thing happened.
    pub(super) fn new(name: &'static str, what: impl Into<String>, help: &'static str, repaired: T) -> Self {
        Self { accidents: vec![Accident { name, what: what.into(), help }], repaired }
    }

    /// The same with what had happened before.
    pub(super) fn after(mut self, accidents: &[Accident]) -> Self {
        self.accidents.splice(0..0, accidents.iter().cloned());
        self
    }
}
