//! The difference of two JSON bodies, value by value.

use std::collections::BTreeMap;

use crate::json::{Token, Tokens, text_of};

/// The number of values of a body that are compared.
const MOST_VALUES: usize = 20_000;

/// The number of differences that are returned.
const MOST: usize = 200;

/// The longest path of a value, in bytes. Deeper values are compared under the path of that length.
const LONGEST: usize = 400;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// The path of the value, a JSON pointer.
    pub(super) path: String,
    /// The value in the first body as JSON; `None` if it has none.
    pub(super) first: Option<String>,
    /// The value in the second body.
    pub(super) second: Option<String>,
}

/// Returns the differences of two JSON texts, and whether they are all. `None` if a text is not JSON or has too many values.
///
/// The texts of values are compared, so that `1.0` and `1` differ. The order of members does not count.
pub(super) fn differences(first: &str, second: &str) -> Option<(Vec<Difference>, bool)> {
    let (first, second) = (leaves(first)?, leaves(second)?);
    let mut paths: Vec<&String> = first.keys().chain(second.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut found = Vec::new();
    for path in paths {
        let (one, other) = (first.get(path), second.get(path));
        if one != other {
            if found.len() == MOST {
                return Some((found, false));
            }
            found.push(Difference { path: path.clone(), first: one.cloned(), second: other.cloned() });
        }
    }
    Some((found, true))
}

/// A container on the way to a value.
struct Step {
    /// The length of the path of the container.
    path: usize,
    /// The position of the next element; `None` in an object.
    position: Option<usize>,
    is_empty: bool,
}

/// Returns the scalars and the empty containers of a JSON text by their paths.
fn leaves(text: &str) -> Option<BTreeMap<String, String>> {
    let mut leaves = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut path = String::new();
    let mut tokens = Tokens::of(text);
    for token in tokens.by_ref() {
        if leaves.len() > MOST_VALUES {
            return None;
        }
        match token {
            Token::Open(at) => {
                element(&mut steps, &mut path);
                let position = (text.as_bytes()[at] == b'[').then_some(0);
                steps.push(Step { path: path.len(), position, is_empty: true });
            }
            Token::Close(at) => {
                let step = steps.pop()?;
                path.truncate(step.path);
                if step.is_empty {
                    let empty = if &text[at..=at] == "]" { "[]" } else { "{}" };
                    put(&mut leaves, &path, empty);
                }
            }
            Token::Name(place) => {
                let step = steps.last_mut()?;
                path.truncate(step.path);
                step.is_empty = false;
                let name = text_of(&text[place.clone()]);
                push(&mut path, name.as_deref().unwrap_or(&text[place]));
            }
            Token::Text(place) => {
                element(&mut steps, &mut path);
                // Two spellings of one text are the same.
                let value = text_of(&text[place.clone()]).and_then(|text| serde_json::to_string(&text).ok());
                put(&mut leaves, &path, value.as_deref().unwrap_or(&text[place]));
            }
            Token::Number(place) | Token::Word(place) => {
                element(&mut steps, &mut path);
                put(&mut leaves, &path, &text[place]);
            }
            Token::Comma(_) | Token::Colon(_) => {}
        }
    }
    tokens.fault().is_none().then_some(leaves)
}

/// Extends the path by the position of the next element, if the container is a list.
fn element(steps: &mut [Step], path: &mut String) {
    let Some(step) = steps.last_mut() else { return };
    let Some(position) = &mut step.position else { return };
    path.truncate(step.path);
    push(path, &position.to_string());
    *position += 1;
    step.is_empty = false;
}

fn push(path: &mut String, name: &str) {
    if path.len() < LONGEST {
        path.push('/');
        path.push_str(&cut(name, 100).replace('~', "~0").replace('/', "~1"));
    }
}

/// Returns the beginning of a text.
fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

/// Adds a value. A name that occurs twice has both values.
fn put(leaves: &mut BTreeMap<String, String>, path: &str, value: &str) {
    let value = cut(value, 1_000);
    leaves
        .entry(path.to_owned())
        .and_modify(|earlier| {
            if earlier.len() < 2_000 {
                earlier.push_str(", ");
                earlier.push_str(value);
            }
        })
        .or_insert_with(|| value.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_by_their_paths() {
        for (first, second, want) in [
            ("{}", "{}", &[][..]),
            (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, &[]),
            (r#"{"a":"\u00e9"}"#, r#"{"a":"é"}"#, &[]),
            (r#"{"a":1}"#, r#"{"a":1.0}"#, &[("/a", Some("1"), Some("1.0"))]),
            (
                r#"{"a":{"b":[1,2]}}"#,
                r#"{"a":{"b":[1,3,4]}}"#,
                &[("/a/b/1", Some("2"), Some("3")), ("/a/b/2", None, Some("4"))],
            ),
            (r#"{"a":{}}"#, r#"{"a":[]}"#, &[("/a", Some("{}"), Some("[]"))]),
            (r#"{"a":[]}"#, r#"{"a":[1]}"#, &[("/a", Some("[]"), None), ("/a/0", None, Some("1"))]),
            (r#"{"a":null}"#, "{}", &[("", None, Some("{}")), ("/a", Some("null"), None)]),
            (r#"[{"a":1},{"a":2}]"#, r#"[{"a":1},{"a":3}]"#, &[("/1/a", Some("2"), Some("3"))]),
            (r#"{"a/b":1,"c~d":2}"#, r#"{"a/b":1,"c~d":3}"#, &[("/c~0d", Some("2"), Some("3"))]),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, &[("/a", Some("1, 2"), Some("2"))]),
            ("1", "2", &[("", Some("1"), Some("2"))]),
            (r#"{"a":{"b":1},"c":2}"#, r#"{"a":{"b":1},"c":3}"#, &[("/c", Some("2"), Some("3"))]),
            (r#"[[1],[2],3]"#, r#"[[1],[2],4]"#, &[("/2", Some("3"), Some("4"))]),
        ] {
            let owned = |text: &Option<&str>| text.map(str::to_owned);
            let want: Vec<Difference> = want
                .iter()
                .map(|(path, one, other)| Difference {
                    path: (*path).to_owned(),
                    first: owned(one),
                    second: owned(other),
                })
                .collect();
            assert_eq!(differences(first, second), Some((want, true)), "{first} {second}");
        }
        assert_eq!(differences("{", "{}"), None);
    }

    #[test]
    fn large_and_deep_bodies_are_bounded() {
        let deep = |value: &str| format!("{}{value}{}", "[".repeat(10_000), "]".repeat(10_000));
        let (found, is_all) = differences(&deep("1"), &deep("2")).expect("it is JSON");
        assert!(is_all && found.len() == 1 && found[0].path.len() < LONGEST + 200, "{found:?}");
        let many = |value: usize| format!("[{}]", vec![value.to_string(); 1_000].join(","));
        assert!(matches!(differences(&many(1), &many(2)), Some((found, false)) if found.len() == MOST));
        let long = format!("[{}]", vec!["1"; MOST_VALUES + 10].join(","));
        assert_eq!(differences(&long, &long), None);
    }
}
