//! The formats of the output.

use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether notes and errors are JSON as well. It is set before the verb runs.
static IS_JSON: AtomicBool = AtomicBool::new(false);

impl Output {
    /// Makes this the format of notes and errors.
    pub(crate) fn choose(self) {
        IS_JSON.store(self == Self::Json, Ordering::Relaxed);
    }

    /// Returns the chosen format.
    pub(crate) fn chosen() -> Self {
        if IS_JSON.load(Ordering::Relaxed) { Self::Json } else { Self::Text }
    }
}

/// Whether the output is JSON.
pub(crate) fn is_json() -> bool {
    Output::chosen() == Output::Json
}
