//! The handler of `refhook dev`, which reports its verdicts.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{FromRef, FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_axum::{Delivery, DeliveryId, Endpoint, Reply, Webhook};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::report::{Report, Verdict};
use super::sample::SAMPLE;

/// The maximum number of remembered ids. The oldest is forgotten first.
const MEMORY: usize = 10_000;

/// The state of one platform's route.
pub(super) struct Receiver<P> {
    pub(super) endpoint: Endpoint<P>,
    pub(super) seen: Arc<Seen>,
    pub(super) reports: mpsc::Sender<Report>,
}

impl<P: Clone> Clone for Receiver<P> {
    fn clone(&self) -> Self {
        let Self { endpoint, seen, reports } = self;
        Self { endpoint: endpoint.clone(), seen: Arc::clone(seen), reports: reports.clone() }
    }
}

impl<P: Platform> FromRef<Receiver<P>> for Endpoint<P> {
    fn from_ref(receiver: &Receiver<P>) -> Self {
        receiver.endpoint.clone()
    }
}

/// The received ids, in memory: enough to demonstrate repeats, and lost at the end of the run.
#[derive(Default)]
pub(super) struct Seen(Mutex<Ids>);

#[derive(Default)]
struct Ids {
    known: HashSet<(&'static str, DeliveryId)>,
    oldest_first: VecDeque<(&'static str, DeliveryId)>,
}

impl Seen {
    /// Remembers an id. Returns whether it is new.
    fn remember(&self, platform: &'static str, id: &DeliveryId) -> bool {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (platform, id.clone());
        if !ids.known.insert(key.clone()) {
            return false;
        }
        ids.oldest_first.push_back(key);
        if ids.oldest_first.len() > MEMORY
            && let Some(oldest) = ids.oldest_first.pop_front()
        {
            ids.known.remove(&oldest);
        }
        true
    }
}

pub(super) async fn receive<P: Platform>(State(receiver): State<Receiver<P>>, request: Request) -> Response {
    let platform = receiver.endpoint.facts().name;
    let (received_at, started) = (OffsetDateTime::now_utc(), Instant::now());
    let sample = request.headers().get(&SAMPLE).and_then(|value| value.to_str().ok()?.parse().ok());
    let (verdict, delivery, response) = match Webhook::<P>::from_request(request, &receiver).await {
        Ok(Webhook(delivery)) => {
            let is_new = receiver.seen.remember(platform, delivery.id());
            let verdict = if is_new { Verdict::Accepted } else { Verdict::Repeated };
            (verdict, Some(delivery), Reply::Accepted.into_response())
        }
        Err(rejection) => (Verdict::Refused(rejection.error()), None, rejection.into_response()),
    };
    let event = delivery.as_ref().map(Delivery::event);
    let report = Report {
        sample,
        platform,
        event: event.and_then(|event| event.name().map(str::to_owned)),
        id: delivery.as_ref().map(|delivery| delivery.id().to_string()),
        trust: delivery.as_ref().map(|delivery| delivery.trust().as_str()),
        verdict,
        unread: event.and_then(|event| event.why_other().map(ToString::to_string)),
        status: response.status(),
        received_at,
        took: started.elapsed(),
    };
    // The channel closes only at the end of the program.
    let _ = receiver.reports.send(report).await;
    response
}
