//! Personal and secret members: `personal` and `secret`.

use std::ops::Range;

use serde::Serialize;

use super::fault::Fault;
use super::pointer::{Pointer, patterns};
use super::proof::Proof;
use super::scan::scan;
use super::table::Value;

/// The maximum number of patterns in one list.
const MOST: usize = 100;

/// The members that are hidden in logs and serialised events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Privacy {
    /// `None` if the whole body is personal.
    pub(super) personal: Option<Vec<Pointer>>,
    pub(super) secret: Vec<Pointer>,
}

impl Privacy {
    pub(super) fn read(personal: Option<Value>, secret: Option<Value>, proof: &Proof) -> Result<Self, Fault> {
        let personal = personal.map(|list| patterns(list, MOST)).transpose()?;
        let mut secret = secret.map(|list| patterns(list, MOST)).transpose()?.unwrap_or_default();
        // The token that proves the sender is a secret, whether the profile says so or not.
        secret.extend(proof.token_member().filter(|token| !secret.contains(token)));
        Ok(Self { personal, secret })
    }

    /// Returns a JSON text without its personal and secret values. `None` if all of it is personal, or if it cannot be
    /// read.
    pub(super) fn redacted(&self, text: &str) -> Option<String> {
        let personal = self.personal.as_ref()?;
        let pointers: Vec<&Pointer> = personal.iter().chain(&self.secret).collect();
        let mut hidden: Vec<(Range<usize>, &str)> = Vec::new();
        for (pointer, place) in scan(text, &pointers).ok()? {
            let word = if pointer < personal.len() { "\"[personal]\"" } else { "\"[secret]\"" };
            hidden.push((place, word));
        }
        // An outer value comes before the values inside it.
        hidden.sort_by_key(|(place, _)| (place.start, usize::MAX - place.end));
        let mut redacted = String::with_capacity(text.len());
        let mut at = 0;
        for (place, word) in hidden {
            if place.start >= at {
                redacted.push_str(text.get(at..place.start)?);
                redacted.push_str(word);
                at = place.end;
            }
        }
        redacted.push_str(text.get(at..)?);
        Some(redacted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_members_are_replaced_wherever_they_are() {
        let pattern = |text: &str| {
            Pointer::read_pattern(&Value {
                place: String::new(),
                node: super::super::node::Node::Text(text.to_owned()),
            })
            .unwrap_or_else(|fault| panic!("{text}: {fault}"))
        };
        let patterns = |texts: &[&str]| texts.iter().map(|text| pattern(text)).collect::<Vec<_>>();
        for (personal, secret, text, want) in [
            (&["/email"][..], &[][..], r#"{"email":"a@b.c","id":1}"#, r#"{"email":"[personal]","id":1}"#),
            (&["/p"], &[], r#"{"p":{"a":[1,2]},"q":{"p":3}}"#, r#"{"p":"[personal]","q":{"p":3}}"#),
            (
                &["/d/*/e"],
                &[],
                r#"{"d":[{"e":1,"f":2},{"e":3}]}"#,
                r#"{"d":[{"e":"[personal]","f":2},{"e":"[personal]"}]}"#,
            ),
            (&["/d/*/e"], &[], r#"{"d":{"x":{"e":1}}}"#, r#"{"d":{"x":{"e":"[personal]"}}}"#),
            (&["/a", "/a/b"], &[], r#"{"a":{"b":1},"c":2}"#, r#"{"a":"[personal]","c":2}"#),
            (&["/a/b", "/a"], &["/k"], r#"{"k":"s","a":{"b":1}}"#, r#"{"k":"[secret]","a":"[personal]"}"#),
            (&[], &["/k"], r#"{"k" : "s" , "a" : 1}"#, r#"{"k" : "[secret]" , "a" : 1}"#),
            (&[], &[], r#"{"a":1}"#, r#"{"a":1}"#),
        ] {
            let privacy = Privacy { personal: Some(patterns(personal)), secret: patterns(secret) };
            assert_eq!(privacy.redacted(text).as_deref(), Some(want), "{text}");
        }
        let unknown = Privacy { personal: None, secret: Vec::new() };
        assert_eq!(unknown.redacted(r#"{"a":1}"#), None);
        let some = Privacy { personal: Some(patterns(&["/a"])), secret: Vec::new() };
        assert_eq!(some.redacted(r#"{"a":1,"a":2}"#), None);
    }
}
