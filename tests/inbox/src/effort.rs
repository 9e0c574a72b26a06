//! How long to try.

/// How long to try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// How often the process is killed.
    pub(crate) kills: u32,
    /// For how many seconds the other scenarios send.
    pub(crate) seconds: u64,
}

impl Effort {
    pub(crate) const FULL: Self = Self { kills: 100, seconds: 10 };
    pub(crate) const QUICK: Self = Self { kills: 30, seconds: 3 };
}
