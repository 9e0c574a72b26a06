//! Styles and characters for a terminal.

use anstyle::{AnsiColor, Style};

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
