//! How long to try.

use std::time::Duration;

/// How long to try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// How often the process is killed.
    pub(crate) kills: u32,
    /// For how many seconds the other scenarios send.
    pub(crate) seconds: u64,
    /// In what time 99 of 100 are answered while the inbox is tidied up.
    pub(crate) p99: Duration,
}

impl Effort {
    pub(crate) const FULL: Self = Self { kills: 100, seconds: 10, p99: Duration::from_millis(200) };
    /// Beside other tests on one machine: an answer is held to its budget.
    pub(crate) const QUICK: Self = Self { kills: 30, seconds: 3, p99: Duration::from_millis(1_500) };
}
