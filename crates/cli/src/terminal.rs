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

/// Replaces characters that steer a terminal: controls, and those that change the direction or the lines of a text.
/// A sender chooses them.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if steers(character) { '\u{fffd}' } else { character }).collect()
}

/// Writes a value as one line of JSON, in which characters that steer a terminal are escaped.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    let mut line = String::new();
    for character in serde_json::to_string(value).unwrap_or_default().chars() {
        // Outside of its texts, JSON has none of these characters, and each of them has one UTF-16 unit.
        match steers(character) {
            true => line += &format!("\\u{:04x}", u32::from(character)),
            false => line.push(character),
        }
    }
    line
}

/// Whether a character is a control, or changes the direction or the lines of a text.
fn steers(character: char) -> bool {
    let is_direction =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || is_direction || matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_steers_the_terminal() {
        let rows = [
            ("\u{1b}[2J", "\u{fffd}[2J"),
            ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("a\rb\nc\td\u{8}", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"),
            ("\0\u{7f}", "\u{fffd}\u{fffd}"),
            ("\u{202e}evil\u{2066}", "\u{fffd}evil\u{fffd}"),
            ("\u{200f}\u{61c}\u{2028}", "\u{fffd}\u{fffd}\u{fffd}"),
            ("Zoë 紹介 🎁", "Zoë 紹介 🎁"),
        ];
        for (text, want) in rows {
            assert_eq!(printable(text), want, "{text:?}");
            let line = json_line(&text);
            assert!(!line.chars().any(steers), "{line:?}");
            assert_eq!(serde_json::from_str::<String>(&line).ok().as_deref(), Some(text), "{line}");
        }
    }
}
