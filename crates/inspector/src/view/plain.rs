//! Texts from strangers: nothing that they contain steers the page, and every character that cannot be seen is named.
//!
//! - Guarantees: control characters, characters that reorder text and characters without a width are shown as their numbers.
//!   The direction of a text ends with the text. Its length is bounded.
//! - Assumes: maud escapes what HTML gives a meaning.
//! - Without it: a delivery shows another amount, another address or another file name than it has.

use std::borrow::Cow;

use maud::{Markup, html};

/// The longest text in a line or a cell, in characters.
const LONGEST: usize = 300;

/// Returns a text with a bounded length, isolated from its surroundings.
pub(crate) fn plain(text: &str) -> Markup {
    let (shown, is_whole) = cut(text, LONGEST);
    let shown = visible(shown, false);
    html! { bdi { (shown) @if !is_whole { "… (" (text.len()) " bytes)" } } }
}

/// Returns the beginning of a text with this many characters at most, and whether it is the whole text.
pub(crate) fn cut(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((at, _)) => (&text[..at], false),
        None => (text, true),
    }
}

/// Returns a text in which characters that cannot be seen are replaced by their numbers. Line feeds and tabs are kept in a
/// text of several lines.
pub(crate) fn visible(text: &str, has_lines: bool) -> Cow<'_, str> {
    let is_hidden = |one: char| is_hidden(one) && !(has_lines && matches!(one, '\n' | '\t'));
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 64);
    for one in text.chars() {
        match is_hidden(one) {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(one))),
            false => shown.push(one),
        }
    }
    Cow::Owned(shown)
}

/// Returns whether a character is invisible or changes the order of others.
const fn is_hidden(one: char) -> bool {
    one.is_control()
        || matches!(one,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_cannot_be_seen_have_numbers() {
        for (text, want) in [
            ("REFERRAL_CREATED", "REFERRAL_CREATED"),
            ("Jürgen 李 😀", "Jürgen 李 😀"),
            ("\u{202e}gpj.exe", "⟨U+202E⟩gpj.exe"),
            ("a\u{2066}b\u{2069}c", "a⟨U+2066⟩b⟨U+2069⟩c"),
            ("\u{1b}[31mred\u{1b}[0m", "⟨U+001B⟩[31mred⟨U+001B⟩[0m"),
            ("nul\0", "nul⟨U+0000⟩"),
            ("a\nb\tc\r", "a⟨U+000A⟩b⟨U+0009⟩c⟨U+000D⟩"),
            ("zero\u{200b}width\u{feff}", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
            ("\u{e0041}", "⟨U+E0041⟩"),
            ("\u{9b}31m", "⟨U+009B⟩31m"),
        ] {
            assert_eq!(visible(text, false), want, "{text:?}");
        }
        assert_eq!(visible("a\nb\tc\r", true), "a\nb\tc⟨U+000D⟩");
    }

    #[test]
    fn markup_is_escaped_and_a_megabyte_is_cut() {
        let shown = plain("<script>alert(1)</script>\"'&").into_string();
        assert_eq!(shown, "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;</bdi>");
        let shown = plain(&"é".repeat(1_000_000)).into_string();
        assert!(shown.len() < 1_000 && shown.contains("2000000 bytes"), "{}", shown.len());
        let shown = plain(&"\u{202e}".repeat(1_000_000)).into_string();
        assert!(shown.len() < 5_000, "{}", shown.len());
    }
}
