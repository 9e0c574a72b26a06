//! How text looks on a terminal.

use anstyle::{AnsiColor, Style};

/// What a line is about.
pub(crate) const BOLD: Style = Style::new().bold();
/// What may be passed over.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Good.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
/// Worth a look.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Bad.
pub(crate) const RED: Style = AnsiColor::Red.on_default();

/// Text that others have chosen, without what would steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
