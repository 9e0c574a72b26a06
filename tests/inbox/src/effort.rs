//! The size of a run.

use std::time::Duration;

/// The size of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Number of kills.
    pub(crate) kills: u32,
    /// Duration of the traffic in the other scenarios, in seconds.
    pub(crate) seconds: u64,
    /// Bound of the 99th percentile of answers while bodies are pruned and entries erased.
    pub(crate) p99: Duration,
}

impl Effort {
    pub(crate) const FULL: Self = Self { kills: 100, seconds: 10, p99: Duration::from_millis(200) };
    /// The size for a machine that runs other tests too. The bound is the budget of an answer.
    pub(crate) const QUICK: Self = Self { kills: 30, seconds: 3, p99: Duration::from_millis(1_500) };
}
