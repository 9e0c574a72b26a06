//! The duration of a measurement.

use std::fmt;
use std::time::Duration;

/// The duration of a measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// How long one server is loaded before the turn of the next one.
    pub(crate) turn: Duration,
    /// Number of requests before the measurement of each server.
    pub(crate) warm_up: usize,
}

impl Effort {
    pub(crate) const FULL: Self = Self { rounds: 25, turn: Duration::from_millis(500), warm_up: 5000 };
    pub(crate) const QUICK: Self = Self { rounds: 5, turn: Duration::from_millis(150), warm_up: 1000 };
    /// For a test that only checks that the program works, optimised or not.
    pub(crate) const SMOKE: Self = Self { rounds: 2, turn: Duration::from_millis(20), warm_up: 50 };
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, turn, .. } = self;
        let connections = crate::client::CONNECTIONS;
        write!(f, "{rounds} rounds, turns of about {} ms; {connections} connections, kept alive", turn.as_millis())
    }
}
