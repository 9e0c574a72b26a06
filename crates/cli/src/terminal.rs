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

/// Replaces control characters, because an untrusted text could steer the terminal with them.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
