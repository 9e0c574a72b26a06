//! The handler of `refhook dev`, which stores deliveries and reports its verdicts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use referral_webhooks_axum::platform::{Event as _, Platform};
use referral_webhooks_axum::{Delivery, Endpoint, Reply, Webhook};
use referral_webhooks_inbox::Intake;
use referral_webhooks_inbox::store::Accepted;
use referral_webhooks_inbox_sqlx::SqliteStore;
use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::report::{Report, Verdict};
use super::sample::SAMPLE;
use super::spool::{Raw, Spool};
use crate::note::note;

/// The state of one platform's route.
pub(super) struct Receiver<P: Platform> {
    pub(super) intake: Intake<P, SqliteStore>,
    /// The requests as they came, if they are forwarded.
    pub(super) spool: Option<Arc<Spool>>,
    pub(super) reports: mpsc::Sender<Report>,
}

impl<P: Platform> Clone for Receiver<P> {
    fn clone(&self) -> Self {
        let Self { intake, spool, reports } = self;
        Self { intake: intake.clone(), spool: spool.clone(), reports: reports.clone() }
    }
}

impl<P: Platform> FromRef<Receiver<P>> for Endpoint<P> {
    fn from_ref(receiver: &Receiver<P>) -> Self {
        receiver.intake.endpoint()
    }
}

pub(super) async fn receive<P: Platform>(State(receiver): State<Receiver<P>>, request: Request) -> Response {
    let platform = receiver.intake.endpoint().facts().name;
    let (received_at, started) = (OffsetDateTime::now_utc(), Instant::now());
    let sample = request.headers().get(&SAMPLE).and_then(|value| value.to_str().ok()?.parse().ok());
    let headers = request.headers().clone();
    let (request, body) = recorded(request);
    let (verdict, delivery, response) = match Webhook::<P>::from_request(request, &receiver).await {
        Ok(Webhook(delivery)) => {
            let verdict = receiver.store(&delivery, || Raw { headers, body: taken(&body) }).await;
            let is_stored = !matches!(verdict, Verdict::NotStored(_));
            let reply = if is_stored { Reply::Accepted } else { Reply::retry_later(&delivery) };
            (verdict, Some(delivery), reply.into_response())
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
        unread: event.and_then(|event| event.why_other().map(|why| why.to_string())),
        verdict,
        status: response.status(),
        received_at,
        took: started.elapsed(),
    };
    // The channel closes only at the end of the program.
    let _ = receiver.reports.send(report).await;
    response
}

impl<P: Platform> Receiver<P> {
    /// Stores a delivery, and its request if it is forwarded.
    async fn store(&self, delivery: &Delivery<P>, raw: impl FnOnce() -> Raw) -> Verdict {
        if let Some(spool) = &self.spool
            && let Err(error) = spool.keep(self.intake.name(), delivery, &raw())
        {
            note(format_args!("a request cannot be kept for forwarding: {error}"));
            return Verdict::NotStored("it cannot be kept for forwarding".to_owned());
        }
        match self.intake.accept(delivery).await {
            Ok(Accepted::Stored(_) | Accepted::Revived(_)) => Verdict::Accepted,
            Ok(Accepted::Repeated(_) | Accepted::SameKey(_)) => Verdict::Repeated,
            Ok(_) => Verdict::Conflict,
            Err(error) => Verdict::NotStored(error.to_string()),
        }
    }
}

/// A body that is read at the same time.
type Recorded = Arc<Mutex<Vec<u8>>>;

/// Records the body of a request while it is read, because a delivery masks tokens. The reader limits its length.
fn recorded(request: Request) -> (Request, Recorded) {
    let recorded = Recorded::default();
    let (parts, body) = request.into_parts();
    let copy = Arc::clone(&recorded);
    let body = body.map_frame(move |frame| {
        if let Some(data) = frame.data_ref() {
            copy.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(data);
        }
        frame
    });
    (Request::from_parts(parts, Body::new(body)), recorded)
}

fn taken(recorded: &Recorded) -> Bytes {
    std::mem::take(&mut *recorded.lock().unwrap_or_else(PoisonError::into_inner)).into()
}
