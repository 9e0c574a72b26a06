//! Bars on long work.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

/// The progress of long work, as a bar on standard error. It is invisible if standard error is no terminal or if the output is
/// JSON, and it is cleared at the end of the work.
///
/// ```ignore
/// let progress = Progress::new("checked", 100);
/// for number in 1..=100 {
///     progress.at(number);
/// }
/// ```
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Returns the progress of work with this many parts. The label names what is done to a part.
    pub(crate) fn new(label: &'static str, total: u64) -> Self {
        let target = if output::is_json() { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self::onto(target, label, total)
    }

    /// Returns the progress of work that prints its results at once. The bar is invisible if they go to a terminal as well.
    pub(crate) fn beside_output(label: &'static str, total: u64) -> Self {
        if io::stdout().is_terminal() {
            return Self::onto(ProgressDrawTarget::hidden(), label, total);
        }
        Self::new(label, total)
    }

    fn onto(target: ProgressDrawTarget, label: &'static str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(label))
    }

    /// Moves the bar to this number of finished parts.
    pub(crate) fn at(&self, number: u64) {
        self.0.set_position(number);
    }

    /// Runs `print` without the bar, so that a line of output does not mix with it.
    pub(crate) fn hidden<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
