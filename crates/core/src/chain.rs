//! An error with its sources, as one line of text.

use std::error::Error;
use std::fmt::{self, Write as _};

/// The most sources that are written.
const MOST_SOURCES: usize = 16;

/// The longest text, in bytes.
const MOST_BYTES: usize = 2_000;

/// The text of an error and of all its sources, made by [`chain`].
#[derive(Clone, Copy)]
pub struct Chain<'e>(&'e (dyn Error + 'static));

/// Returns an error with its sources for a log or a report, separated by colons: `could not be stored: the disk is full`.
///
/// - A source whose text the line has already is left out, because some errors quote their source.
/// - Control characters become spaces, so that the text is one line.
/// - The text has at most 16 sources and 2,000 bytes.
///
/// The errors of these crates write the same text for `{error:#}`.
///
/// ```
/// use std::io;
/// use referral_webhooks::chain;
///
/// #[derive(Debug)]
/// struct NotStored(io::Error);
///
/// impl std::fmt::Display for NotStored {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str("could not be stored")
///     }
/// }
///
/// impl std::error::Error for NotStored {
///     fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
///         Some(&self.0)
///     }
/// }
///
/// let error = NotStored(io::Error::other("the disk is full"));
/// assert_eq!(chain(&error).to_string(), "could not be stored: the disk is full");
/// ```
#[must_use]
pub fn chain<'e>(error: &'e (dyn Error + 'static)) -> Chain<'e> {
    Chain(error)
}

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Line::default();
        let mut error = Some(self.0);
        for _ in 0..=MOST_SOURCES {
            let Some(current) = error else { break };
            let begun = line.text.len();
            // A text that is too long ends the line.
            let is_whole = write!(line, "{}{current}", if begun == 0 { "" } else { ": " }).is_ok();
            let (before, added) = line.text.split_at(begun);
            if begun > 0 && before.contains(added.trim_start_matches(": ")) {
                line.text.truncate(begun);
            }
            if !is_whole {
                line.text.push('…');
                break;
            }
            error = current.source();
        }
        f.write_str(&line.text)
    }
}

impl fmt::Debug for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text of limited length without control characters.
#[derive(Default)]
struct Line {
    text: String,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if self.text.len() + char.len_utf8() > MOST_BYTES {
                return Err(fmt::Error);
            }
            self.text.push(if char.is_control() { ' ' } else { char });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fault(String, Option<Box<Self>>);

    impl fmt::Display for Fault {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl Error for Fault {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_ref().map(|source| &**source as _)
        }
    }

    /// Returns an error with these texts, the outermost first.
    fn fault(texts: &[&str]) -> Fault {
        let (first, rest) = texts.split_first().expect("an error has a text");
        Fault((*first).to_owned(), (!rest.is_empty()).then(|| Box::new(fault(rest))))
    }

    #[test]
    fn an_error_is_written_with_its_sources_once() {
        for (texts, want) in [
            (&["a"][..], "a"),
            (&["a", "b", "c"], "a: b: c"),
            (&["not stored", "database: disk full", "disk full"], "not stored: database: disk full"),
            (&["not stored: disk full", "disk full", "code 13"], "not stored: disk full: code 13"),
            (&["not stored", "not stored"], "not stored"),
            (&["not stored", "", "disk full"], "not stored: disk full"),
            (&["line\none", "\u{1b}[31mtwo\r\n"], "line one:  [31mtwo  "),
        ] {
            assert_eq!(chain(&fault(texts)).to_string(), want, "{texts:?}");
        }
    }

    #[test]
    fn a_chain_is_bounded_in_sources_and_bytes() {
        let numbers: Vec<String> = (100..200).map(|number| number.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        assert!(chain(&fault(&numbers)).to_string().ends_with(": 116"));
        for char in ["x", "é", "€", "🦀"] {
            let text = chain(&fault(&["a", &char.repeat(5_000), "c"])).to_string();
            assert!(text.len() <= MOST_BYTES + '…'.len_utf8() && text.ends_with('…'), "{char}");
        }
    }
}
