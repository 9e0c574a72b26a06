//! The text of an error, without personal data.
//!
//! - Guarantees: quoted text, assigned values, addresses and long numbers are replaced by `…`, and so is every value of
//!   the delivery. Names of a database's schema stay, because they say what failed. The text is one line, and bounded.
//! - Assumes: an error quotes a value that it contains (`Duplicate entry 'ada@example.org' for key 'email'`), assigns it
//!   (`Key (email)=(ada@example.org)`), or got it from the delivery. A name of another source without quotes is not
//!   recognized.
//! - Without it: the message of a database about a customer is stored as a reason and read by everyone on call.

use std::error::Error;
use std::fmt::{self, Write as _};

use super::redacted::redacted;
use super::truncated::truncated;
use super::values::values;

/// The most levels of a chain, and the most bytes of a text. A chain can be circular, and `Display` can be endless.
const LEVELS: usize = 16;
const BYTES: usize = 4_000;

/// Returns the texts of an error and its causes, without personal data.
///
/// `body` is the delivery's, whose values are personal too.
pub(super) fn error_text(error: &(dyn Error + 'static), body: &[u8]) -> String {
    let mut text = chain(error);
    for value in values(body) {
        text = without(&text, &value);
    }
    redacted(&text)
}

/// Returns the texts of an error and its causes. A cause that the text quotes already is not repeated.
fn chain(error: &(dyn Error + 'static)) -> String {
    let (mut chain, mut next) = (Bounded(String::new()), Some(error));
    for _ in 0..LEVELS {
        let Some(level) = next else { break };
        next = level.source();
        let mut text = Bounded(String::new());
        // An error of `write!` means that the text is full.
        let _ = write!(text, "{level}");
        if !chain.0.contains(&text.0) {
            let separator = if chain.0.is_empty() { "" } else { ": " };
            let _ = write!(chain, "{separator}{}", text.0);
        }
    }
    chain.0
}

/// A text of at most [`BYTES`] bytes.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = BYTES.saturating_sub(self.0.len());
        let fitting = truncated(more, room);
        self.0.push_str(&fitting);
        if fitting.len() == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Returns a text in which `…` replaces a value, where the value is a whole word or several.
fn without(text: &str, value: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(value) {
        let (before, after) = (&rest[..at], &rest[at + value.len()..]);
        let is_within = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let previous = before.chars().next_back().or_else(|| kept.chars().next_back());
        let is_part = is_within(previous) || is_within(after.chars().next());
        kept.push_str(before);
        kept.push_str(if is_part { value } else { "…" });
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Level(&'static str, Option<Box<Self>>);

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|level| level as _)
        }
    }

    fn levels(texts: &[&'static str]) -> Level {
        let (first, causes) = texts.split_first().unwrap();
        Level(first, (!causes.is_empty()).then(|| Box::new(levels(causes))))
    }

    #[test]
    fn a_chain_names_each_cause_once() {
        let rows: [(&[&str], &str); 5] = [
            (&["not paid"], "not paid"),
            (&["not paid", "the shop is down"], "not paid: the shop is down"),
            (&["not paid: the shop is down", "the shop is down"], "not paid: the shop is down"),
            (&["one", "two", "three"], "one: two: three"),
            (&["", "the cause"], "the cause"),
        ];
        for (texts, want) in rows {
            assert_eq!(error_text(&levels(texts), b""), want, "{texts:?}");
        }
    }

    #[test]
    fn an_endless_text_is_bounded() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("again and ä ")?;
                }
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&Self)
            }
        }
        assert!(error_text(&Endless, b"").len() <= BYTES);
    }

    #[test]
    fn values_of_the_delivery_are_replaced() {
        const BODY: &str = r#"{"event_name":"REFERRAL_CREATED","data":{"name":"Ada Lovelace","city":"Oslo","n":4711,
            "notes":["met at the fair in Oslo by chance"],"nick":"al","\u00fcber":"J\u00f8rgen"}}"#;
        let rows = [
            ("no account for Ada Lovelace", "no account for …"),
            ("no account for Lovelace, Ada", "no account for …, …"),
            ("Jørgen is unknown", "… is unknown"),
            ("customer 4711 is closed", "customer … is closed"),
            ("not in Oslo", "not in …"),
            // A part of a word, a name of a member, a word of a long text, a short value.
            ("Oslofjord at the fair, by name: al", "Oslofjord at the fair, by name: al"),
        ];
        for (text, want) in rows {
            assert_eq!(error_text(&Level(text, None), BODY.as_bytes()), want, "{text}");
        }
        let form = format!("a=b&payload={}&who=Grace%20Hopper+X", BODY.replace(['\n', ' '], "+"));
        assert_eq!(error_text(&Level("Lovelace and Hopper", None), form.as_bytes()), "… and …");
    }
}
