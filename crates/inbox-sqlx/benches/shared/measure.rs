//! Senders, and what they measure.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::NewEntry;
use time::OffsetDateTime;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A fresh key each time, a body of about 1 KB.
pub(crate) struct Source {
    pub(crate) endpoint: Endpoint<Redpin>,
    body: String,
    next: AtomicUsize,
}

impl Source {
    pub(crate) fn new() -> Result<Self, Failure> {
        let endpoint = Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
        let body = format!(r#"{{"event_name":"NEW","filler":"{}"}}"#, "x".repeat(1_000));
        Ok(Self { endpoint, body, next: AtomicUsize::new(0) })
    }

    pub(crate) fn entry(&self) -> Result<NewEntry, Failure> {
        self.entry_at("shop")
    }

    pub(crate) fn entry_at(&self, endpoint: &str) -> Result<NewEntry, Failure> {
        let (now, number) = (OffsetDateTime::now_utc(), self.next.fetch_add(1, Ordering::Relaxed));
        let request = self.endpoint.sign(&Message::new(&self.body, now).id(format!("msg_{number:027}")))?;
        Ok(NewEntry::of(endpoint, &self.endpoint.receive(&request, now)?, 20))
    }
}

/// What was measured: how many a second, and the waits of each.
pub(crate) struct Measured {
    pub(crate) rate: f64,
    pub(crate) p99: Duration,
    pub(crate) slowest: Duration,
}

impl Measured {
    fn of(mut waits: Vec<Duration>, took: Duration) -> Self {
        waits.sort_unstable();
        let p99 = waits.get(waits.len() * 99 / 100).copied().unwrap_or_default();
        let slowest = waits.last().copied().unwrap_or_default();
        Self { rate: waits.len() as f64 / took.as_secs_f64(), p99, slowest }
    }
}

/// Lets so many senders send one after the other, each for so long.
pub(crate) async fn measure<F>(senders: usize, time: Duration, send: impl Fn() -> F) -> Result<Measured, Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let begun = Instant::now();
    let send = &send;
    let all = (0..senders).map(|_| async move {
        let mut waits = Vec::new();
        while begun.elapsed() < time {
            let asked = Instant::now();
            tokio::spawn(send()).await??;
            waits.push(asked.elapsed());
        }
        Ok::<_, Failure>(waits)
    });
    let waits = join_all(all).await.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    Ok(Measured::of(waits, begun.elapsed()))
}
