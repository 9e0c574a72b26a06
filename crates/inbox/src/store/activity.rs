//! Deliveries and attempts over time, for charts.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::stats::seconds;

/// The time and the endpoint of a chart, and its resolution.
///
/// ```
/// use std::time::Duration;
/// use referral_webhooks_inbox::store::{Activity, ActivityOf, Store, StoreError};
/// use time::OffsetDateTime;
///
/// async fn last_hour<S: Store>(store: &S) -> Result<Vec<Activity>, StoreError> {
///     let minute = Duration::from_secs(60);
///     let from = OffsetDateTime::now_utc() - 60 * minute;
///     store.activity(ActivityOf::new(from, minute, 60).endpoint("redpin-main")).await
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivityOf {
    /// The endpoint; all endpoints if `None`.
    pub endpoint: Option<String>,
    /// The beginning of the first bucket.
    pub from: OffsetDateTime,
    /// The length of a bucket, in whole milliseconds and at least one.
    pub step: Duration,
    /// The number of buckets, [`MOST`](Self::MOST) at most.
    pub buckets: u32,
}

impl ActivityOf {
    /// The maximum number of buckets.
    ///
    /// ```
    /// assert_eq!(referral_webhooks_inbox::store::ActivityOf::MOST, 1_000);
    /// ```
    pub const MOST: u32 = 1_000;

    /// Selects all endpoints.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::store::ActivityOf;
    /// # let from = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let day = ActivityOf::new(from, Duration::from_secs(60 * 60), 24);
    /// assert_eq!(day.until() - from, time::Duration::DAY);
    /// ```
    #[must_use]
    pub fn new(from: OffsetDateTime, step: Duration, buckets: u32) -> Self {
        let longest = Duration::from_secs(366 * 24 * 60 * 60);
        let step = Duration::from_millis(u64::try_from(step.min(longest).as_millis()).unwrap_or(u64::MAX).max(1));
        Self { endpoint: None, from, step, buckets: buckets.min(Self::MOST) }
    }

    /// Selects one endpoint.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::store::ActivityOf;
    /// # let from = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let hour = ActivityOf::new(from, Duration::from_secs(60), 60).endpoint("redpin-main");
    /// assert_eq!(hour.endpoint.as_deref(), Some("redpin-main"));
    /// ```
    #[must_use]
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        Self { endpoint: Some(endpoint.into()), ..self }
    }

    /// Returns the end of the last bucket.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::store::ActivityOf;
    /// # let from = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let hour = ActivityOf::new(from, Duration::from_secs(60), 60);
    /// assert_eq!(hour.until(), from + time::Duration::HOUR);
    /// ```
    #[must_use]
    pub fn until(&self) -> OffsetDateTime {
        let length = time::Duration::try_from(self.step * self.buckets).unwrap_or(time::Duration::MAX);
        self.from.saturating_add(length)
    }

    /// Returns empty buckets, for a store to fill in.
    ///
    /// ```
    /// use std::time::Duration;
    /// use referral_webhooks_inbox::store::ActivityOf;
    /// # let from = time::OffsetDateTime::UNIX_EPOCH;
    ///
    /// let buckets = ActivityOf::new(from, Duration::from_secs(60), 60).empty();
    /// assert_eq!((buckets.len(), buckets[1].at - from), (60, time::Duration::MINUTE));
    /// ```
    #[must_use]
    pub fn empty(&self) -> Vec<Activity> {
        let step = time::Duration::try_from(self.step).unwrap_or(time::Duration::MAX);
        let at = |bucket: u32| self.from.saturating_add(step.saturating_mul(i32::try_from(bucket).unwrap_or(i32::MAX)));
        (0..self.buckets).map(|bucket| Activity::at(at(bucket))).collect()
    }
}

/// The deliveries and attempts in a bucket of time.
///
/// ```
/// use referral_webhooks_inbox::store::Activity;
///
/// fn rate_of_failures(activity: &Activity) -> f64 {
///     activity.failed as f64 / (activity.failed + activity.completed).max(1) as f64
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Activity {
    /// The beginning of the bucket.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Deliveries that were received and stored as new entries.
    pub received: u64,
    /// Attempts that completed their entry.
    pub completed: u64,
    /// Attempts that failed or were abandoned, including last ones.
    pub failed: u64,
    /// Entries that became dead letters, after their last attempt, by their handler, as conflicts or by hand.
    pub discarded: u64,
    /// The mean time from the receipt of the completed entries to their completion; zero without one.
    #[serde(rename = "mean_latency_seconds", serialize_with = "seconds")]
    pub mean_latency: Duration,
    /// The longest time from the receipt of a completed entry to its completion.
    #[serde(rename = "max_latency_seconds", serialize_with = "seconds")]
    pub max_latency: Duration,
}

impl Activity {
    /// Creates an empty bucket. All fields are public, so that a store fills them in.
    ///
    /// ```
    /// use referral_webhooks_inbox::store::Activity;
    ///
    /// let mut activity = Activity::at(time::OffsetDateTime::UNIX_EPOCH);
    /// activity.received += 1;
    /// ```
    #[must_use]
    pub const fn at(at: OffsetDateTime) -> Self {
        let (received, completed, failed, discarded) = (0, 0, 0, 0);
        let (mean_latency, max_latency) = (Duration::ZERO, Duration::ZERO);
        Self { at, received, completed, failed, discarded, mean_latency, max_latency }
    }
}
