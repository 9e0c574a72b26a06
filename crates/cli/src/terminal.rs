//! Styles and characters for a terminal.

use anstyle::{AnsiColor, Style};
use serde::Serialize;

/// The subject of a line.
pub(crate) const BOLD: Style = Style::new().bold();
/// Details.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Success.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
/// Warnings.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Errors.
pub(crate) const RED: Style = AnsiColor::Red.on_default();

/// Replaces characters that steer a terminal, because an untrusted text could deceive its reader with them: controls, and the characters
/// that reorder, hide or break a line.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if is_steering(character) { '\u{fffd}' } else { character }).collect()
}

/// Returns a text as one line for a terminal. An untrusted text cannot add a line.
pub(crate) fn printable_line(text: &str) -> String {
    printable(&text.trim_end().replace('\n', "; "))
}

/// Returns a value as one line of JSON, in which the same characters are escaped.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    if !text.contains(is_steering) {
        return text;
    }
    // Only texts can hold such a character, and there it may be escaped.
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_steering(character) {
            let units =
                character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            escaped += &units;
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Whether a character is a control (C0, DEL, C1), a line or paragraph separator, a mark or override of direction, or
/// invisible.
const fn is_steering(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
            | '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steering_characters_are_replaced_in_text_and_escaped_in_json() {
        for (text, shown, quoted) in [
            ("a\u{1b}[2Jb", "a\u{fffd}[2Jb", r#""a\u001b[2Jb""#),
            ("\u{9b}31m", "\u{fffd}31m", r#""\u009b31m""#),
            ("a\nb", "a\u{fffd}b", r#""a\nb""#),
            ("\u{7f}", "\u{fffd}", r#""\u007f""#),
            ("\u{202e}gpj.exe", "\u{fffd}gpj.exe", r#""\u202egpj.exe""#),
            ("\u{e0041}", "\u{fffd}", r#""\udb40\udc41""#),
            ("Zoë 名前 €", "Zoë 名前 €", r#""Zoë 名前 €""#),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
            assert_eq!(json_line(&text), quoted, "{text:?}");
            assert_eq!(serde_json::from_str::<String>(&json_line(&text)).ok().as_deref(), Some(text), "{text:?}");
        }
        assert_eq!(printable_line("a\nb\n"), "a; b");
    }
}
