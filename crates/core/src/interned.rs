//! Values that live as long as the process.
//!
//! - Guarantees: equal values are leaked once, and the number of leaked values is bounded.
//! - Assumes: the values come from a configuration. Values from the network would exhaust the bound.
//! - Without it: a scheme from an owned text could not be `Copy` in errors and labels, or each new scheme would leak.

use std::sync::{Mutex, PoisonError};

/// The maximum number of different texts.
const MOST_TEXTS: usize = 1_000;

/// The maximum length of a text, in bytes.
const MOST_BYTES: usize = 1_024;

static TEXTS: Interned<str> = Interned::new(MOST_TEXTS);

/// A bounded set of leaked values.
pub(crate) struct Interned<T: ?Sized + 'static> {
    kept: Mutex<Vec<&'static T>>,
    most: usize,
}

impl<T: ?Sized + PartialEq> Interned<T> {
    /// Makes a set of at most this many values.
    pub(crate) const fn new(most: usize) -> Self {
        Self { kept: Mutex::new(Vec::new()), most }
    }

    /// Returns the leaked value that equals this one. `None` if it would be one too many.
    pub(crate) fn keep(&self, value: impl AsRef<T> + Into<Box<T>>) -> Option<&'static T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = kept.iter().find(|same| ***same == *value.as_ref()) {
            return Some(same);
        }
        if kept.len() == self.most {
            return None;
        }
        let value: &'static T = Box::leak(value.into());
        kept.push(value);
        Some(value)
    }
}

/// Returns a text that lives as long as the process. `None` if it is too long or one too many.
pub(crate) fn text(text: &str) -> Option<&'static str> {
    if text.len() > MOST_BYTES { None } else { TEXTS.keep(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_leaked_once() {
        let (first, second) = (
            text("x-shop-signature").expect("the test made it so"),
            text("x-shop-signature").expect("the test made it so"),
        );
        assert!(std::ptr::eq(first, second));
        assert_eq!(first, "x-shop-signature");
        assert_eq!(text(&"x".repeat(MOST_BYTES + 1)), None);
    }

    #[test]
    fn a_full_set_returns_only_the_values_that_it_has() {
        let set: Interned<str> = Interned::new(2);
        let kept = [set.keep("a"), set.keep("b"), set.keep("c"), set.keep("a")];
        assert_eq!(kept, [Some("a"), Some("b"), None, Some("a")]);
    }
}
