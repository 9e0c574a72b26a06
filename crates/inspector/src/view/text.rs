//! Text of strangers: names of events, ids, headers, bodies.
//!
//! maud escapes the characters of HTML. Here, characters that change the direction or the look of the text around them
//! become visible, and the length is bounded.

use maud::{Markup, html};

/// Returns a text of a stranger as a part of a page, with at most this many characters.
pub(crate) fn untrusted(text: &str, most: usize) -> Markup {
    html! { bdi { (plain(text, most)) } }
}

/// Returns a text of a stranger for a line or a cell.
pub(crate) fn cell(text: &str) -> Markup {
    untrusted(text, 300)
}

/// Returns a text of a stranger for an attribute or a title, with at most this many characters.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    let mut characters = text.chars();
    for character in characters.by_ref().take(most) {
        if is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Returns whether a character is invisible, or changes the look of others.
fn is_invisible(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_changes_the_page_around_it() {
        let rows = [
            ("REFERRAL_CREATED", "REFERRAL_CREATED"),
            ("Zoë 名前 🎉", "Zoë 名前 🎉"),
            ("a\nb\tc", "a\nb\tc"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\0b\r", "a\\u{0}b\\u{d}"),
            ("a\u{85}b\u{9b}c", "a\\u{85}b\\u{9b}c"),
            ("pay\u{200b}pal", "pay\\u{200b}pal"),
            ("1234567890123", "1234567890…"),
        ];
        for (text, want) in rows {
            assert_eq!(plain(text, if text.len() == 13 { 10 } else { 100 }), want, "{text:?}");
        }
        assert_eq!(plain(&"x".repeat(1 << 20), 100).chars().count(), 101);
        let page = untrusted("<script>alert('1')</script>\"&", 100).into_string();
        assert_eq!(page, "<bdi>&lt;script&gt;alert('1')&lt;/script&gt;&quot;&amp;</bdi>");
    }
}
