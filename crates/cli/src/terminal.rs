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

/// Writes a value as one line of JSON, in which characters that steer a terminal are escaped.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    let mut line = String::new();
    for character in serde_json::to_string(value).unwrap_or_default().chars() {
        // Outside of its texts, JSON has none of these characters.
        match is_steering(character) {
            true => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line += &format!("\\u{unit:04x}")),
            false => line.push(character),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_json_steers_the_terminal() {
        let rows = [
            "\u{1b}[2J",
            "\u{1b}]0;title\u{7}",
            "\u{1b}P1$r\u{1b}\\",
            "\u{9b}31m",
            "a\rb\nc\td\u{8}",
            "\0\u{7f}\u{85}",
            "\u{202e}evil\u{2066}",
            "\u{200f}\u{61c}\u{2028}",
            "\u{e0041}\u{feff}",
            "Zoë 紹介 🎁",
        ];
        for text in rows {
            let line = json_line(&text);
            assert!(!line.chars().any(is_steering), "{line:?}");
            assert_eq!(serde_json::from_str::<String>(&line).ok().as_deref(), Some(text), "{line}");
        }
    }
}
