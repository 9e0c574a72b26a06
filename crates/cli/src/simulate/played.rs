//! The result of a simulation.

use std::time::Duration;

use super::tally::Tally;

/// The result of a simulation.
pub(super) struct Played {
    pub(super) tally: Tally,
    /// The passed virtual time.
    pub(super) passed: Duration,
    pub(super) is_interrupted: bool,
}
