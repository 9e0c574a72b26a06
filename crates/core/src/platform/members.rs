//! The members of a named event, and those that it needs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::why::Why;
use crate::summary::{Happening, Summary};

/// The members of an event.
pub(super) trait Members {
    /// The members on the wire without which the event is meaningless.
    const NEEDED: &'static [&'static str];

    /// Returns the platform-neutral view of an event with these members.
    fn summary(&self, happening: Happening) -> Summary<'_>;
}

/// Reads an object as the members of an event. An error names the first needed member that is missing.
pub(super) fn members<'t, T: Members + Deserialize<'t>>(object: &'t str) -> Result<T, Why> {
    serde_json::from_str(object)
        .map_err(|error| missing(object, T::NEEDED).map_or(Why::from(error), Why::MissingMember))
}

/// Returns the first of these members that an object lacks, or has as `null`.
fn missing(object: &str, needed: &[&'static str]) -> Option<&'static str> {
    let members = present(object)?;
    needed.iter().copied().find(|name| !members.contains(*name))
}

/// Returns whether an object has a member that is not `null`.
pub(super) fn has(object: &str, name: &str) -> bool {
    present(object).is_some_and(|members| members.contains(name))
}

/// Returns the names of an object's members that are not `null`.
fn present(object: &str) -> Option<BTreeSet<Cow<'_, str>>> {
    let members: BTreeMap<Cow<'_, str>, Option<&RawValue>> = serde_json::from_str(object).ok()?;
    Some(members.into_iter().filter_map(|(name, value)| value.map(|_| name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the reading is tested")]
    struct Payment {
        id: String,
        amount: u64,
        note: Option<String>,
    }

    impl Members for Payment {
        const NEEDED: &'static [&'static str] = &["id", "amount"];

        fn summary(&self, happening: Happening) -> Summary<'_> {
            Summary::of(happening)
        }
    }

    #[test]
    fn a_missing_member_is_named_and_another_fault_located() {
        for (object, want) in [
            (r#"{"amount":1}"#, Why::MissingMember("id")),
            (r#"{"id":null,"amount":1}"#, Why::MissingMember("id")),
            (r#"{"id":"a","amount":null}"#, Why::MissingMember("amount")),
            (r#"{"i\u0064":"a"}"#, Why::MissingMember("amount")),
            (r#"{"id":"a","amount":"x"}"#, Why::UnexpectedMember { line: 1, column: 22 }),
            (r#"{"id":"a","amount":1,"note":2}"#, Why::UnexpectedMember { line: 1, column: 29 }),
            (r#"{"id":"a","amount":1,"amount":1}"#, Why::UnexpectedMember { line: 1, column: 29 }),
        ] {
            assert_eq!(members::<Payment>(object).unwrap_err(), want, "{object}");
        }
        assert_eq!(members::<Payment>(r#"{"id":"a","amount":7}"#).unwrap().amount, 7);
    }
}
