//! Traffic as a platform sends it: every delivery until it is acknowledged, some of them more than once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Uri};
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::client::Connection;
use crate::person::{body, delivery_id};

/// The secrets of a rotation, the first one first.
pub(crate) const SECRETS: [&str; 4] = [
    SECRET,
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v",
];

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) const PATH: &str = "/hooks/redpin";

/// How long the end of the traffic waits until everything is acknowledged.
const PATIENCE: Duration = Duration::from_secs(20);

/// The current address of a receiver, which changes with a restart.
#[derive(Debug, Clone)]
pub(crate) struct Door(Arc<Mutex<SocketAddr>>);

impl Door {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self(Arc::new(Mutex::new(address)))
    }

    pub(crate) fn set(&self, address: SocketAddr) {
        *self.0.lock().unwrap() = address;
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.0.lock().unwrap()
    }
}

/// The plan of some traffic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Number of connections. Each sends one delivery at a time.
    pub(crate) senders: usize,
    /// The pause of a connection between two deliveries.
    pub(crate) pause: Duration,
    /// Maximum number of deliveries.
    pub(crate) most: usize,
    /// The delivery id of this number. A `/` and a text after it name another body.
    pub(crate) delivery_id: fn(usize) -> String,
    /// How often the delivery of this number is sent, alternating between the receivers.
    pub(crate) copies: fn(usize) -> usize,
}

impl Plan {
    /// Some hundred deliveries a second, until the traffic is ended.
    pub(crate) const STEADY: Self = Self {
        senders: 16,
        pause: Duration::from_millis(40),
        most: usize::MAX,
        delivery_id: |number| format!("m-{number}"),
        copies: |number| 1 + number % 3,
    };
}

/// Traffic in progress.
pub(crate) struct Traffic {
    senders: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    plan: Plan,
    doors: Vec<Door>,
    next: AtomicUsize,
    /// Cancelled when no more deliveries are to begin.
    ending: CancellationToken,
    record: Mutex<Record>,
}

/// The sent deliveries and their answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) sent: BTreeSet<String>,
    /// Deliveries with a 200 that was read to its end.
    pub(crate) acknowledged: BTreeSet<String>,
    pub(crate) answers: Vec<Answer>,
    /// Requests without an answer: refused or broken off.
    pub(crate) broken_off: usize,
    /// Requests without an answer within the platform's deadline.
    pub(crate) late: usize,
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) status: u16,
}

impl Record {
    /// Returns the number of answers of each status.
    pub(crate) fn statuses(&self) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        self.answers.iter().for_each(|answer| *statuses.entry(answer.status).or_default() += 1);
        statuses
    }

    pub(crate) fn count(&self, status: u16) -> usize {
        self.answers.iter().filter(|answer| answer.status == status).count()
    }

    /// Removes the answers of this status, and returns their number.
    pub(crate) fn take(&mut self, status: u16) -> usize {
        let before = self.answers.len();
        self.answers.retain(|answer| answer.status != status);
        before - self.answers.len()
    }

    /// Returns the time from then to the first acknowledgement of a delivery that was sent afterwards.
    pub(crate) fn recovered_after(&self, then: Instant) -> Option<Duration> {
        let is_new = |answer: &&Answer| answer.status == 200 && answer.at - answer.took >= then;
        self.answers.iter().filter(is_new).map(|answer| answer.at - then).min()
    }

    pub(crate) fn slowest(&self) -> Duration {
        self.answers.iter().map(|answer| answer.took).max().unwrap_or_default()
    }

    /// Returns the 99th percentile of the answers.
    pub(crate) fn p99(&self) -> Duration {
        let mut took: Vec<Duration> = self.answers.iter().map(|answer| answer.took).collect();
        took.sort_unstable();
        took.get(took.len() * 99 / 100).copied().unwrap_or_default()
    }

    /// Adds another record.
    pub(crate) fn add(&mut self, other: Self) {
        self.sent.extend(other.sent);
        self.acknowledged.extend(other.acknowledged);
        self.answers.extend(other.answers);
        self.broken_off += other.broken_off;
        self.late += other.late;
    }
}

impl Traffic {
    pub(crate) fn start(doors: &[Door], plan: Plan) -> Self {
        let shared = Arc::new(Shared {
            plan,
            doors: doors.to_vec(),
            next: AtomicUsize::new(0),
            ending: CancellationToken::new(),
            record: Mutex::default(),
        });
        let mut senders = JoinSet::new();
        for number in 0..plan.senders {
            // Staggered by a part of the pause. Otherwise all of them would send at the same moment in every round.
            let begins = plan.pause.mul_f64(number as f64 / plan.senders as f64);
            senders.spawn(send(Arc::clone(&shared), begins));
        }
        Self { senders, shared }
    }

    /// Returns the record until now.
    pub(crate) fn so_far(&self) -> Record {
        self.shared.record.lock().unwrap().clone()
    }

    /// Waits until all deliveries of the plan are acknowledged.
    pub(crate) async fn all(mut self) -> Record {
        self.finish().await
    }

    /// Begins no more deliveries, and waits until those in progress are acknowledged, within the patience of a test.
    pub(crate) async fn end(mut self) -> Record {
        self.shared.ending.cancel();
        self.finish().await
    }

    async fn finish(&mut self) -> Record {
        let ended = async { while self.senders.join_next().await.is_some() {} };
        let _ = timeout(PATIENCE, ended).await;
        self.senders.abort_all();
        std::mem::take(&mut self.shared.record.lock().unwrap())
    }
}

async fn send(shared: Arc<Shared>, begins: Duration) {
    sleep(begins).await;
    let Plan { pause, most, delivery_id: named, copies, .. } = shared.plan;
    let mut sender = Sender::new(shared.doors.len());
    while !shared.ending.is_cancelled() {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        if number >= most {
            return;
        }
        let sent = named(number);
        shared.record.lock().unwrap().sent.insert(sent.clone());
        for copy in 0..copies(number) {
            let door = (number + copy) % shared.doors.len();
            while !sender.is_acknowledged(&shared, door, &sent).await {
                // A platform waits for longer than a test can.
                sleep(Duration::from_millis(50 + (number as u64 * 37) % 100)).await;
            }
        }
        sleep(pause).await;
    }
}

struct Sender {
    /// One for each secret.
    endpoints: Vec<Endpoint<Redpin>>,
    connections: Vec<Option<Connection>>,
}

/// The number of the secret with which all senders sign.
static SIGNER: AtomicUsize = AtomicUsize::new(0);

/// Replaces the secret at the platform.
pub(crate) fn set_signer(number: usize) {
    SIGNER.store(number, Ordering::SeqCst);
}

/// Sends a delivery once with the secret of this number, and returns the status.
pub(crate) async fn send_once(door: &Door, sent: &str, signer: usize) -> Option<u16> {
    let mut sender = Sender::new(1);
    sender.status_at(door, 0, sent, signer).await
}

/// How many seconds the clock of the senders is ahead.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// Sets the clock of all senders, so that a receiver with the same clock accepts the age of deliveries.
pub(crate) fn set_clock(ahead: i64) {
    AHEAD.store(ahead, Ordering::SeqCst);
}

impl Sender {
    fn new(doors: usize) -> Self {
        let endpoints = SECRETS.iter().map(|secret| Endpoint::new(secret).unwrap()).collect();
        let mut connections = Vec::new();
        connections.resize_with(doors, || None);
        Self { endpoints, connections }
    }

    /// Sends a delivery once.
    async fn is_acknowledged(&mut self, shared: &Shared, door: usize, sent: &str) -> bool {
        let deadline = Redpin.facts().contract.deadline.expect("Redpin names one");
        let began = Instant::now();
        let tried = timeout(deadline, self.status_of(shared, door, sent)).await;
        let mut record = shared.record.lock().unwrap();
        match tried {
            Ok(Some(status)) => {
                let at = Instant::now();
                record.answers.push(Answer { at, took: at - began, status });
                if status == 200 {
                    record.acknowledged.insert(sent.to_owned());
                }
                return status == 200;
            }
            Ok(None) => record.broken_off += 1,
            Err(_) => record.late += 1,
        }
        self.connections[door] = None;
        false
    }

    async fn status_of(&mut self, shared: &Shared, door: usize, sent: &str) -> Option<u16> {
        self.status_at(&shared.doors[door], door, sent, SIGNER.load(Ordering::SeqCst)).await
    }

    async fn status_at(&mut self, door: &Door, number: usize, sent: &str, signer: usize) -> Option<u16> {
        let connection = match &mut self.connections[number] {
            Some(connection) => connection,
            none => none.insert(Connection::open(door.address()).await.ok()?),
        };
        // A new signature for each attempt, as Svix does.
        let signed_at = OffsetDateTime::now_utc() + time::Duration::seconds(AHEAD.load(Ordering::SeqCst));
        let message = Message::new(body(sent).as_bytes(), signed_at).id(delivery_id(sent)).uri(Uri::from_static(PATH));
        let mut request: Request<Bytes> = self.endpoints[signer].sign(&message).unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static("hooks.example.com"));
        Some(connection.status_of(request).await.ok()?.as_u16())
    }
}
