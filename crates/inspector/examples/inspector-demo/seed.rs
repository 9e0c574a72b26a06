//! The deliveries of the demonstration.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration as Wait;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use referral_webhooks::platform::{Event as _, Platform, Visit, visit_all};
use referral_webhooks::{Delivery, Endpoint, Message};
use referral_webhooks_conformance::endpoint;
use referral_webhooks_fixtures::{Expected, Fixture, all};
use referral_webhooks_inbox::store::{
    Claim, ClaimRequest, Filter, Finish, NewEntry, RefusedRequest, State, Store as _,
};
use referral_webhooks_inbox::{AnyIntake, Inbox, Intake, Outcome, Worker};
use referral_webhooks_inbox_sqlx::SqliteStore;
use time::{Duration, OffsetDateTime};

use crate::hostile;

type Failure = Box<dyn Error + Send + Sync>;

/// The attempts of an entry.
const ATTEMPTS: u32 = 20;

/// The names of tenants. Some deliveries have one.
const TENANTS: [&str; 3] = ["acme", "globex", "initech"];

/// The reasons of failed attempts.
const REASONS: [&str; 4] = [
    "payout service timed out",
    "violates check \"amount_positive\"",
    "the shop answered 503",
    "connection refused (os error 111)",
];

/// Makes the entry of a fixture: at a time, with a number that makes its id unique.
type Make = Arc<dyn Fn(OffsetDateTime, Option<usize>) -> Option<NewEntry> + Send + Sync>;

/// Makes the entry of a fixture with hostile texts of a kind.
type MakeHostile = Arc<dyn Fn(OffsetDateTime, &str) -> Option<NewEntry> + Send + Sync>;

/// The endpoints and deliveries of all platforms.
pub(crate) struct Seeder {
    store: SqliteStore,
    makes: Vec<Make>,
    /// The deliveries that this version cannot read.
    unreadable: Vec<Make>,
    hostile: Vec<MakeHostile>,
    refused: Vec<RefusedRequest>,
    intakes: Vec<Arc<dyn AnyIntake>>,
    runs: Vec<Run>,
    next: usize,
}

/// Adds an endpoint to a worker.
type Run = Box<dyn FnOnce(Worker<SqliteStore>) -> Worker<SqliteStore> + Send + Sync>;

/// Collects the deliveries of each platform.
struct Collect<'i> {
    inbox: &'i Inbox<SqliteStore>,
    seeder: Seeder,
    failure: Option<Failure>,
}

impl Visit for Collect<'_> {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        if let Err(failure) = self.collect(platform) {
            self.failure = Some(failure);
        }
    }
}

impl Collect<'_> {
    fn collect<P: Platform + Default>(&mut self, platform: P) -> Result<(), Failure> {
        let name = platform.facts().name;
        let fixtures: Vec<Fixture> = all().filter(|fixture| fixture.platform == name).collect();
        let sample = fixtures.iter().find(|fixture| fixture.is_sample).ok_or("a platform without a sample")?;
        let own = endpoint(P::default(), sample, true)?;
        let endpoint_name = format!("{name}-main");
        let intake = self.inbox.intake(&endpoint_name, own.clone())?;
        self.seeder.intakes.push(Arc::new(intake.clone()));
        self.seeder.runs.push(run(intake));
        for fixture in fixtures {
            let now = OffsetDateTime::from_unix_timestamp(fixture.now)?;
            // Keys of asymmetric signatures need a feature of the core.
            let Ok(of_fixture) = endpoint(P::default(), &fixture, true) else { continue };
            match of_fixture.receive(&fixture.request, now) {
                Ok(delivery) if matches!(fixture.expected, Expected::Event(_)) => {
                    self.deliveries(&endpoint_name, &own, &delivery);
                }
                Ok(_) => {}
                Err(error) => {
                    let at = OffsetDateTime::now_utc() - Duration::minutes(7 * self.seeder.refused.len() as i64 + 3);
                    let mut row = RefusedRequest::new(&endpoint_name, name, error.kind().as_str(), at);
                    (row.reason, row.status) = (error.to_string(), 401);
                    (row.method, row.path) = ("POST".to_owned(), format!("/hooks/{name}"));
                    row.headers = fixture.request.headers().clone();
                    row.body = fixture.request.body().clone();
                    row.body_length = Some(row.body.len() as u64);
                    self.seeder.refused.push(row);
                }
            }
        }
        Ok(())
    }

    fn deliveries<P: Platform + Default>(&mut self, name: &str, own: &Endpoint<P>, delivery: &Delivery<P>) {
        let signed = {
            let (own, name) = (own.clone(), name.to_owned());
            move |at: OffsetDateTime, body: &[u8], number: Option<usize>| {
                let id = format!("msg_{:020}", number.unwrap_or(0));
                let request = own.sign(&Message::new(body, at).id(id)).ok()?;
                let delivery = own.receive(&request, at).ok()?;
                let mut entry = NewEntry::of(&name, &delivery, ATTEMPTS);
                if let Some(number) = number {
                    entry.delivery_id = format!("{}~{number}", entry.delivery_id);
                }
                Some(entry)
            }
        };
        let (of_number, of_kind) = (signed.clone(), signed);
        let payload = delivery.payload().to_vec();
        let own_payload = payload.clone();
        let is_readable = delivery.event().why_other().is_none();
        let makes = if is_readable { &mut self.seeder.makes } else { &mut self.seeder.unreadable };
        makes.push(Arc::new(move |at, number| of_number(at, &own_payload, number)));
        let kinds = move |at: OffsetDateTime, kind: &str| of_kind(at, &hostile::document(&payload, kind)?, None);
        self.seeder.hostile.push(Arc::new(kinds));
    }
}

/// Returns the function that adds an endpoint to a worker. Its handler takes a moment.
fn run<P: Platform>(intake: Intake<P, SqliteStore>) -> Run {
    Box::new(move |worker| {
        worker.run(&intake, async |_: Delivery<P>, _| {
            tokio::time::sleep(Wait::from_millis(300)).await;
            Outcome::Done
        })
    })
}

impl Seeder {
    pub(crate) fn new(inbox: &Inbox<SqliteStore>) -> Result<Self, Failure> {
        let seeder = Self {
            store: inbox.store().clone(),
            makes: Vec::new(),
            unreadable: Vec::new(),
            hostile: Vec::new(),
            refused: Vec::new(),
            intakes: Vec::new(),
            runs: Vec::new(),
            next: 0,
        };
        let mut collect = Collect { inbox, seeder, failure: None };
        visit_all(&mut collect);
        collect.failure.map_or(Ok(collect.seeder), Err)
    }

    pub(crate) fn intakes(&self) -> Vec<Arc<dyn AnyIntake>> {
        self.intakes.clone()
    }

    /// Returns a worker that completes everything.
    pub(crate) fn worker(&mut self, inbox: &Inbox<SqliteStore>) -> Worker<SqliteStore> {
        std::mem::take(&mut self.runs).into_iter().fold(inbox.worker(), |worker, run| run(worker))
    }

    /// Adds deliveries that arrive now.
    pub(crate) async fn add(&mut self, number: usize) -> Result<(), Failure> {
        let newest = self.store.list(Filter::new().most(1)).await?.first().map_or(0, |entry| entry.id.0);
        for added in 0..number {
            self.next = usize::try_from(newest)? + added + 1;
            let entry = self.entry(self.next, OffsetDateTime::now_utc());
            self.store.accept(entry.ok_or("a delivery cannot be signed")?).await?;
        }
        Ok(())
    }

    /// Fills the store with deliveries of three days in all states.
    pub(crate) async fn fill(&mut self, number: usize) -> Result<(), Failure> {
        self.store.keep_refused(self.refused.clone(), 100).await?;
        let begin = OffsetDateTime::now_utc() - Duration::days(3);
        let step = Duration::days(3) / u32::try_from(number.max(1))?;
        let newest = number.min(6);
        for (from, to) in [(0, number - newest), (number - newest, number)] {
            let entries = (from..to).filter_map(|number| self.entry(number, begin + step * number as u32));
            let store = &self.store;
            stream::iter(entries).map(|entry| store.accept(entry)).buffered(64).try_collect::<Vec<_>>().await?;
            if to < number {
                self.finish().await?;
            }
        }
        self.special().await
    }

    /// Returns the entry with this number.
    fn entry(&self, number: usize, at: OffsetDateTime) -> Option<NewEntry> {
        let makes = if number % 40 == 17 { &self.unreadable } else { &self.makes };
        let entry = makes[number * 7 % makes.len()](at, Some(number))?;
        Some(match number % 5 {
            0 => entry.of_tenant(TENANTS[number / 5 % TENANTS.len()]),
            _ => entry,
        })
    }

    /// Ends the attempts of all due entries: most succeed.
    async fn finish(&self) -> Result<(), Failure> {
        let endpoints: Vec<String> = self.intakes.iter().map(|intake| intake.endpoint_name().to_owned()).collect();
        let mut number = 0;
        loop {
            let request = ClaimRequest::new("worker-1", &endpoints, 500, Wait::from_secs(60));
            let claims = self.store.claim(request).await?;
            if claims.is_empty() {
                return Ok(());
            }
            let ends = claims.iter().map(|claim: &Claim| {
                number += 1;
                let reason = REASONS[number % REASONS.len()].into();
                let finish = match number % 40 {
                    1 => Finish::Retry(Wait::from_secs(240 + number as u64 % 9_000), reason),
                    2 => Finish::Discard(reason),
                    3 => Finish::Complete(Some("no reward for it".into())),
                    _ => Finish::Complete(None),
                };
                let store = self.store.clone();
                let lease = claim.lease.clone();
                let end: BoxFuture<'_, _> = Box::pin(async move { store.finish(&lease, finish).await });
                end
            });
            stream::iter(ends).buffered(64).try_collect::<Vec<_>>().await?;
        }
    }

    /// Adds repeats, conflicts, waiting, running and cancelled entries.
    async fn special(&self) -> Result<(), Failure> {
        let now = OffsetDateTime::now_utc();
        for number in 0..12 {
            let Some(entry) = self.makes[number * 11 % self.makes.len()](now, Some(1_000_000 + number)) else {
                continue;
            };
            let entry = entry.with_business_key(format!("key {number}"));
            let accepted = self.store.accept(entry.clone()).await?;
            match number % 6 {
                0 => {
                    self.store.accept(entry.clone()).await?;
                    self.store.accept(entry).await?;
                }
                1 => {
                    let mut other = entry;
                    other.body_digest = [number as u8; 32];
                    self.store.accept(other).await?;
                }
                2 => {
                    let mut same_key = entry;
                    same_key.delivery_id += "-again";
                    self.store.accept(same_key).await?;
                }
                3 => {
                    self.store.cancel(accepted.id(), "robin@example.com".into()).await?;
                }
                _ => {}
            }
        }
        for number in 0..5 {
            let entry = self.makes[0](now, Some(2_000_000 + number)).map(|entry| entry.about("referral-17"));
            self.store.accept(entry.ok_or("a delivery cannot be signed")?).await?;
        }
        let endpoints = [self.intakes[0].endpoint_name().to_owned()];
        self.store.claim(ClaimRequest::new("worker-2", &endpoints, 3, Wait::from_secs(3_600))).await?;
        let dead = self.store.list(Filter::new().state(State::Discarded).most(1)).await?;
        if let Some(entry) = dead.first() {
            self.store.redeliver(entry.id, ATTEMPTS, "dana@example.com".into()).await?;
        }
        Ok(())
    }

    /// Adds each fixture with hostile texts of each kind.
    pub(crate) async fn hostile(&self) -> Result<(), Failure> {
        for kind in hostile::KINDS {
            for make in &self.hostile {
                if let Some(entry) = make(OffsetDateTime::now_utc(), kind) {
                    self.store.accept(entry).await?;
                }
            }
        }
        Ok(())
    }
}
