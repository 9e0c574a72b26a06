//! The bounds of kept requests.

use std::time::Duration;

use crate::store::PruneRule;

/// The bounds of the refused requests that an endpoint keeps: 100 requests with 64 KiB of their bodies, for 7 days.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::KeepRefused;
///
/// let rule = KeepRefused::new().most(20).body_bytes(16 * 1024).age(Duration::from_secs(86_400));
/// # let _ = rule;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepRefused {
    pub(crate) most: u32,
    pub(crate) body_bytes: usize,
    pub(crate) age: Duration,
}

impl Default for KeepRefused {
    fn default() -> Self {
        Self { most: 100, body_bytes: 64 * 1024, age: PruneRule::REFUSED }
    }
}

impl KeepRefused {
    /// Returns the default bounds.
    ///
    /// ```
    /// use referral_webhooks_inbox::KeepRefused;
    ///
    /// assert_eq!(KeepRefused::new(), KeepRefused::default());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum number of requests, between 1 and 1,000.
    ///
    /// ```
    /// # use referral_webhooks_inbox::KeepRefused;
    /// let rule = KeepRefused::new().most(20);
    /// # let _ = rule;
    /// ```
    #[must_use]
    pub fn most(self, requests: u32) -> Self {
        Self { most: requests.clamp(1, 1_000), ..self }
    }

    /// Sets the maximum number of bytes of a body, 1 MiB at most.
    ///
    /// ```
    /// # use referral_webhooks_inbox::KeepRefused;
    /// let rule = KeepRefused::new().body_bytes(16 * 1024);
    /// # let _ = rule;
    /// ```
    #[must_use]
    pub fn body_bytes(self, bytes: usize) -> Self {
        Self { body_bytes: bytes.min(1024 * 1024), ..self }
    }

    /// Sets the age at which a request is pruned by the endpoint's worker.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use referral_webhooks_inbox::KeepRefused;
    /// let rule = KeepRefused::new().age(Duration::from_secs(86_400));
    /// # let _ = rule;
    /// ```
    #[must_use]
    pub const fn age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }
}
