//! The figures of one endpoint.

use std::time::Duration as StdDuration;

use referral_webhooks::Fingerprint;
use referral_webhooks_inbox::store::{Activity, ActivityOf, RefusedRequest, Stats, Store, StoredEndpoint};
use referral_webhooks_inbox::{EndpointHealth, SecretNeeded};
use time::{Duration, OffsetDateTime};

use super::silence::Silence;
use crate::context::Context;
use crate::problem::Problem;

/// The length of a bucket of the last hour, and of the last day.
const MINUTE: StdDuration = StdDuration::from_secs(60);
const HALF_HOUR: StdDuration = StdDuration::from_secs(30 * 60);

/// The figures of one endpoint.
pub(super) struct View {
    pub(super) endpoint: String,
    pub(super) platform: String,
    /// The figures of this process; `None` for an endpoint without an intake here.
    pub(super) health: Option<EndpointHealth>,
    pub(super) stats: Option<Stats>,
    pub(super) last_at: Option<OffsetDateTime>,
    pub(super) kept: u64,
    /// The activity of the last hour by minutes, and of the last day by half hours. Empty if it was not read.
    pub(super) hour: Vec<Activity>,
    pub(super) day: Vec<Activity>,
    pub(super) refused: Refused,
    pub(super) silence: Option<Silence>,
    /// Secrets that stored entries need, other than the current one.
    pub(super) secrets: Vec<SecretNeeded>,
    /// The secrets that proved stored bodies, if no process here knows the endpoint.
    pub(super) used: Vec<(Fingerprint, u64)>,
}

/// Kept refused requests of the last hour and day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Refused {
    pub(super) hour: u64,
    pub(super) day: u64,
    pub(super) newest: Option<OffsetDateTime>,
    /// The reason of the newest one.
    pub(super) reason: Option<String>,
    /// The refusals by minute of the last hour.
    pub(super) minutes: Vec<f64>,
    /// The refusals by half hour of the last day.
    pub(super) half_hours: Vec<f64>,
}

impl Refused {
    /// Counts the kept requests of an endpoint, newest first.
    pub(super) fn of(kept: &[RefusedRequest], now: OffsetDateTime) -> Self {
        let from = now - Duration::HOUR;
        let since = |from: OffsetDateTime| kept.iter().filter(|each| each.at > from && each.at <= now).count() as u64;
        let by = |from: OffsetDateTime, step: Duration, buckets: usize| {
            let mut counts = vec![0.0; buckets];
            for each in kept.iter().filter(|each| each.at > from && each.at <= now) {
                let bucket = ((each.at - from) / step) as usize;
                counts[bucket.min(buckets - 1)] += 1.0;
            }
            counts
        };
        let newest = kept.iter().max_by_key(|each| each.at);
        Self {
            hour: since(from),
            day: since(now - Duration::DAY),
            newest: newest.map(|each| each.at),
            reason: newest.map(|each| each.reason.clone()),
            minutes: by(from, Duration::MINUTE, 60),
            half_hours: by(now - Duration::DAY, Duration::minutes(30), 48),
        }
    }
}

impl View {
    /// Reads the figures of an endpoint, with its charts if they are wanted.
    pub(super) async fn of<S: Store>(
        context: &Context<S>,
        stored: &StoredEndpoint,
        health: Option<EndpointHealth>,
        secrets: Vec<SecretNeeded>,
        has_charts: bool,
    ) -> Result<Self, Problem> {
        let (store, now) = (context.store(), context.now);
        let name = &stored.endpoint;
        let kept = if stored.refused > 0 && has_charts { store.refused(name).await? } else { Vec::new() };
        let (mut hour, mut day) = (Vec::new(), Vec::new());
        if has_charts {
            let of = |from, step, buckets| ActivityOf::new(from, step, buckets).endpoint(name);
            hour = store.activity(of(now - Duration::HOUR, MINUTE, 60)).await?;
            day = store.activity(of(now - Duration::DAY, HALF_HOUR, 48)).await?;
        }
        let stats = match health.as_ref().and_then(|health| health.stats) {
            Some(stats) => Some(stats),
            None => {
                let all = store.endpoint_stats(std::slice::from_ref(name)).await?;
                all.into_iter().find(|each| each.endpoint == *name).map(|each| each.stats)
            }
        };
        let used = match &health {
            Some(_) => Vec::new(),
            None => store.secrets(name).await?.into_iter().map(|used| (used.secret, used.entries)).collect(),
        };
        let last_at = health.as_ref().and_then(|health| health.last_genuine_at).max(stored.last_seen_at);
        let received = day.iter().map(|bucket| bucket.received).sum();
        let silence = last_at.filter(|_| has_charts).map(|last| Silence::of(last, now, now - Duration::DAY, received));
        Ok(Self {
            endpoint: name.clone(),
            platform: stored.platform.clone(),
            refused: Refused::of(&kept, now),
            kept: stored.refused,
            health,
            stats,
            last_at,
            hour,
            day,
            silence,
            secrets,
            used,
        })
    }

    /// Returns the troubles of the endpoint in words, the gravest first.
    pub(super) fn troubles(&self, now: OffsetDateTime) -> Vec<String> {
        let mut troubles = Vec::new();
        let ago = |at: OffsetDateTime| crate::view::ago(at, now);
        if let Some(health) = &self.health {
            if let Some(since) = health.signatures_fail_since {
                troubles
                    .push(format!("has refused every signature since its last genuine delivery, first {}", ago(since)));
            } else if let Some(since) = health.failing_since {
                troubles.push(format!("answers with failures, first {}: {} in a row", ago(since), health.failures));
            }
        }
        let is_refused_since = self.refused.newest > self.last_at;
        if troubles.is_empty()
            && self.refused.hour >= 3
            && is_refused_since
            && self.hour.iter().all(|it| it.received == 0)
        {
            troubles.push(format!("has refused every request of the last hour that was kept: {}", self.refused.hour));
        }
        if self.silence.is_some_and(|silence| silence.is_unusual()) {
            troubles.push("is silent for longer than usual".to_owned());
        }
        if self.secrets.iter().any(|needed| needed.role.is_none()) {
            troubles.push("lacks a secret that stored entries need".to_owned());
        }
        if let Some(stats) = self.stats {
            let late = StdDuration::from_secs(5 * 60);
            if stats.oldest_due > late {
                troubles
                    .push(format!("has an entry that has been due for {}", super::contract::words(stats.oldest_due)));
            }
        }
        troubles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_time() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(100);
        let kept: Vec<RefusedRequest> = [0, 30, 59, 61, 60 * 23, 60 * 25]
            .into_iter()
            .map(|minutes| {
                let mut request = RefusedRequest::new("r", "redpin", "too-old", now - Duration::minutes(minutes));
                request.reason = format!("{minutes} minutes ago");
                request
            })
            .collect();
        let refused = Refused::of(&kept, now);
        assert_eq!((refused.hour, refused.day, refused.newest), (3, 5, Some(now)));
        assert_eq!(refused.reason.as_deref(), Some("0 minutes ago"));
        assert_eq!((refused.minutes.iter().sum::<f64>(), refused.minutes[59]), (3.0, 1.0));
        assert_eq!(
            (refused.half_hours.iter().sum::<f64>(), refused.half_hours[47], refused.half_hours[46]),
            (5.0, 2.0, 1.0)
        );
        assert_eq!(Refused::of(&[], now).minutes, vec![0.0; 60]);
    }
}
