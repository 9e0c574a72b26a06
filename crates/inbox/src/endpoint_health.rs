//! The health of one endpoint.

use serde::Serialize;
use time::OffsetDateTime;

use crate::reception::Reception;
use crate::store::{EndpointStats, Stats};

/// The health of one endpoint: whether its platform still delivers, and how its requests are answered. It serializes with
/// times in the form of RFC 3339.
///
/// The times of failures are those of this process, by this machine's clock. Several processes have a run each, and a
/// restart begins a new one. Forged requests are refused like those of the platform, so a run of failures without genuine
/// deliveries is an upper bound.
///
/// The observer of the endpoint counts refused requests: [`Intake::endpoint`](crate::Intake::endpoint) returns the observed
/// endpoint, and the ready-made routes use it.
///
/// ```
/// use referral_webhooks_inbox::EndpointHealth;
/// use time::{Duration, OffsetDateTime};
///
/// fn is_silent(endpoint: &EndpointHealth, now: OffsetDateTime) -> bool {
///     endpoint.last_genuine_at.is_none_or(|at| now - at > Duration::days(2))
/// }
///
/// fn is_urgent(endpoint: &EndpointHealth) -> bool {
///     endpoint.signatures_fail_since.is_some() || endpoint.disabling_share.is_some_and(|share| share > 0.2)
/// }
/// # let _ = (is_silent, is_urgent);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EndpointHealth {
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The platform's name.
    pub platform: String,
    /// The numbers of its entries; `None` if they could not be read in time.
    pub stats: Option<Stats>,
    /// The time of the last genuine delivery. After a restart it is the time of the last
    /// [stored](crate::store::EndpointStats::last_seen_at) one. `None` if no delivery is known.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_genuine_at: Option<OffsetDateTime>,
    /// The first failure after the last success, if the last answer was a failure: a refusal, or a delivery that was not
    /// stored.
    #[serde(with = "time::serde::rfc3339::option")]
    pub failing_since: Option<OffsetDateTime>,
    /// The number of failures since then, 0 if the last answer was a success.
    pub failures: u32,
    /// The share of the time or of the failures in a row after which the platform
    /// [disables](referral_webhooks::Disabling) a failing endpoint, from 0 to 1. `None` if the platform has or publishes no
    /// limit.
    pub disabling_share: Option<f64>,
    /// The first wrong signature or token after the last genuine delivery.
    #[serde(with = "time::serde::rfc3339::option")]
    pub signatures_fail_since: Option<OffsetDateTime>,
}

impl EndpointHealth {
    /// Creates the health of an endpoint, with the numbers of its entries.
    pub(crate) fn of(reception: &Reception, stored: Option<&[EndpointStats]>, now: OffsetDateTime) -> Self {
        let answers = reception.answers();
        let endpoint = reception.endpoint.to_string();
        let of_endpoint = stored.and_then(|stored| stored.iter().find(|stored| stored.endpoint == endpoint));
        Self {
            endpoint,
            platform: reception.platform.to_owned(),
            stats: of_endpoint.map(|stored| stored.stats),
            last_genuine_at: answers.last_genuine_at,
            failing_since: answers.failing_since,
            failures: answers.failures,
            disabling_share: reception.disabling_share(answers, now),
            signatures_fail_since: answers.signatures_fail_since,
        }
    }
}
