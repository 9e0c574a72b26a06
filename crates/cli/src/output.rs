//! The formats of the output.

use clap::ValueEnum;

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// Lines for people, in colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line, for scripts.
    Json,
}
