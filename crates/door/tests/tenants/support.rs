//! An application with a table of tenants, and senders.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, ErrorKind, Message, Rejection, Tenant};
use referral_webhooks_door::{Arrival, Endpoints, Head, Resolved};
use time::OffsetDateTime;
use tokio::time::sleep;

pub(crate) const FIRST: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const SECOND: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub(crate) const THIRD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// A tenant's row in the application's database.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) secret: &'static str,
    /// The old secret and the end of its grace.
    pub(crate) old: Option<(&'static str, OffsetDateTime)>,
}

/// The state of the application's database.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Database {
    Up,
    Down,
    Panicking,
}

/// The application's database, with counters of its use.
pub(crate) struct Table {
    rows: Mutex<HashMap<String, Row>>,
    pub(crate) state: Mutex<Database>,
    /// The time of a lookup.
    pub(crate) latency: Mutex<Duration>,
    pub(crate) lookups: AtomicUsize,
    running: AtomicUsize,
    pub(crate) most_running: AtomicUsize,
}

impl Table {
    /// Returns a table in which each of these tenants has the first secret.
    pub(crate) fn of(tenants: &[&str]) -> Arc<Self> {
        let row = Row { secret: FIRST, old: None };
        Arc::new(Self {
            rows: Mutex::new(tenants.iter().map(|tenant| ((*tenant).to_owned(), row.clone())).collect()),
            state: Mutex::new(Database::Up),
            latency: Mutex::default(),
            lookups: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            most_running: AtomicUsize::new(0),
        })
    }

    pub(crate) fn endpoints<P: Platform + Default>(self: &Arc<Self>) -> Endpoints<P> {
        let table = Arc::clone(self);
        Endpoints::new(move |tenant| {
            let table = Arc::clone(&table);
            async move { table.look_up(&tenant).await }
        })
    }

    async fn look_up<P: Platform + Default>(&self, tenant: &Tenant) -> Result<Option<Resolved<P>>, io::Error> {
        self.lookups.fetch_add(1, Relaxed);
        let running = Running::begin(self);
        // The row is read at the beginning, and the answer takes its time.
        let (row, state) = (self.rows.lock().unwrap().get(tenant.as_str()).cloned(), *self.state.lock().unwrap());
        let latency = *self.latency.lock().unwrap();
        if !latency.is_zero() {
            sleep(latency).await;
        }
        drop(running);
        match state {
            Database::Up => {}
            Database::Down => return Err(io::Error::other("connection refused")),
            Database::Panicking => panic!("a mistake of the application"),
        }
        let Some(Row { secret, old }) = row else { return Ok(None) };
        let endpoint = Endpoint::new(secret).unwrap();
        Ok(Some(match old {
            Some((old, end)) if OffsetDateTime::now_utc() < end => {
                Resolved::until(endpoint.or_previous(old).unwrap(), end)
            }
            _ => endpoint.into(),
        }))
    }

    pub(crate) fn set(&self, tenant: &str, secret: &'static str, old: Option<(&'static str, OffsetDateTime)>) {
        self.rows.lock().unwrap().insert(tenant.to_owned(), Row { secret, old });
    }

    pub(crate) fn delete(&self, tenant: &str) {
        self.rows.lock().unwrap().remove(tenant);
    }

    pub(crate) fn lookups(&self) -> usize {
        self.lookups.load(Relaxed)
    }
}

/// A lookup that runs. Lookups that are dropped end as well.
struct Running<'t>(&'t Table);

impl<'t> Running<'t> {
    fn begin(table: &'t Table) -> Self {
        let running = table.running.fetch_add(1, Relaxed) + 1;
        table.most_running.fetch_max(running, Relaxed);
        Self(table)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Relaxed);
    }
}

pub(crate) fn tenant(name: &str) -> Tenant {
    name.parse().unwrap()
}

/// Returns the request that Redpin signs now with this secret.
pub(crate) fn signed(secret: &str) -> Request<Bytes> {
    signed_by::<Redpin>(secret)
}

pub(crate) fn signed_by<P: Platform + Default>(secret: &str) -> Request<Bytes> {
    let endpoint = Endpoint::<P>::new(secret).unwrap();
    endpoint.sign(&Message::new("{}", OffsetDateTime::now_utc())).unwrap()
}

/// Receives a request whose body takes this time.
pub(crate) async fn receive_slowly<P: Platform + Default>(
    endpoints: &Endpoints<P>,
    name: &str,
    request: Request<Bytes>,
    time: Duration,
) -> Result<Delivery<P>, Rejection> {
    let arrival = Arrival::new(endpoints, Some(name))?;
    let (head, body) = request.into_parts();
    let pieces = stream::once(async move {
        if !time.is_zero() {
            sleep(time).await;
        }
        Ok(body)
    });
    let body = arrival
        .read(Head { method: &head.method, uri: &head.uri, headers: &head.headers, route: None }, 0, pieces)
        .await?;
    arrival.verify(Request::from_parts(head, body), None).await
}

/// Returns the status and the kind of a refusal, or 200.
pub(crate) async fn outcome<P: Platform + Default>(
    endpoints: &Endpoints<P>,
    name: &str,
    request: Request<Bytes>,
) -> (u16, Option<ErrorKind>) {
    match receive_slowly(endpoints, name, request, Duration::ZERO).await {
        Ok(_) => ACCEPTED,
        Err(rejection) => (rejection.status().as_u16(), Some(rejection.error().kind())),
    }
}

pub(crate) const ACCEPTED: (u16, Option<ErrorKind>) = (200, None);
pub(crate) const FORGED: (u16, Option<ErrorKind>) = (401, Some(ErrorKind::SignatureMismatch));
pub(crate) const UNKNOWN: (u16, Option<ErrorKind>) = (401, Some(ErrorKind::UnknownTenant));
pub(crate) const UNAVAILABLE: (u16, Option<ErrorKind>) = (503, Some(ErrorKind::EndpointUnavailable));
