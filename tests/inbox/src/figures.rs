//! The figures of many tenants: `scripts/load tenants`.
//!
//! 10,000 tenants receive 50 deliveries a second, while the secrets of 100 of them are rotated. The statements of the
//! idle process are counted, and fresh deliveries are timed behind the backlog of another tenant. The program fails if a
//! goal is missed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{NewEntry, Store};
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use sqlx::{AnyConnection, Connection as _, Row as _};
use time::OffsetDateTime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::person::body;
use crate::process::Process;
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::store::Kind;
use crate::tenants::{TABLE, secret, status_of};
use crate::traffic::Door;

/// The size of the measurement.
struct Size {
    tenants: usize,
    rotations: usize,
    seconds: usize,
    idle: u64,
    backlog: usize,
    fresh: usize,
}

const FULL: Size = Size { tenants: 10_000, rotations: 100, seconds: 60, idle: 30, backlog: 100_000, fresh: 100 };
const QUICK: Size = Size { tenants: 1_000, rotations: 20, seconds: 8, idle: 5, backlog: 5_000, fresh: 15 };

/// Deliveries per second.
const RATE: usize = 50;

/// The grace of an old secret.
const GRACE: Duration = Duration::from_secs(2);

/// Measures all figures of a store, and returns whether every goal was reached.
pub(crate) async fn measure(setting: &Setting, is_quick: bool) -> bool {
    let size = if is_quick { QUICK } else { FULL };
    let mut goals = Goals(true);
    rotations(setting, &size, &mut goals).await;
    backlog(setting, &size, &mut goals).await;
    goals.0
}

/// Whether all goals were reached.
struct Goals(bool);

impl Goals {
    fn must(&mut self, holds: bool, line: &str) {
        self.0 &= holds;
        println!("  {line:<92} {}", if holds { "reached" } else { "MISSED" });
    }
}

/// The secret of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Signed {
    /// The secret of its tenant.
    Current,
    /// A secret that its tenant has since this moment.
    New,
    /// The old secret, within its grace.
    Old,
    /// The old secret, after its grace.
    AfterGrace,
}

struct Job {
    signed: Signed,
    tenant: usize,
    secret: usize,
    id: String,
}

/// The durations of the answers, by the secret and the status.
type Answers = BTreeMap<(Signed, Option<u16>), Vec<Duration>>;

async fn rotations(setting: &Setting, size: &Size, goals: &mut Goals) {
    let Size { tenants, rotations, seconds, .. } = *size;
    let shop = Shop::open(setting).await;
    let mut connection = shop.connect().await;
    fill(&mut connection, tenants).await;
    let mut process = start(&shop, "receiver", false).await;
    println!("{}: {tenants} tenants, {RATE} deliveries/s for {seconds} s, {rotations} rotations", shop.kind().name());
    let (jobs, queue) = unbounded_channel();
    let answers = Arc::new(Mutex::new(Answers::new()));
    let senders = start_senders(process.door(), queue, &answers);
    send(size, &mut connection, jobs).await;
    senders.join_all().await;
    let is_drained = shop.drained(Duration::from_secs(60)).await.is_some();

    let answers = std::mem::take(&mut *answers.lock().unwrap());
    let count = |signed, status| answers.get(&(signed, Some(status))).map_or(0, Vec::len);
    let all = |signed| answers.iter().filter(|((of, _), _)| *of == signed).map(|(_, took)| took.len()).sum::<usize>();
    for (signed, what) in [
        (Signed::Current, "genuine deliveries are answered 200"),
        (Signed::New, "deliveries with a secret that is new at that moment are answered 200"),
        (Signed::Old, "deliveries with the old secret within its grace are answered 200"),
    ] {
        let accepted = count(signed, 200);
        goals.must(accepted == all(signed), &format!("{accepted} of {} {what}", all(signed)));
    }
    let (refused, tried) = (count(Signed::AfterGrace, 401), all(Signed::AfterGrace));
    let is_complete = refused == tried && tried == rotations;
    goals.must(is_complete, &format!("{refused} of {tried} deliveries with an old secret are refused after its grace"));
    let stored = shop.number("SELECT COUNT(*) FROM inbox_entry").await;
    let effects = shop.number("SELECT COUNT(DISTINCT key) FROM effect").await;
    let doubled = shop.number("SELECT COUNT(*) - COUNT(DISTINCT key) FROM effect").await;
    let is_200 = |((_, status), took): (&(_, Option<u16>), &Vec<_>)| (*status == Some(200)).then_some(took.len());
    let acknowledged: usize = answers.iter().filter_map(is_200).sum();
    let is_exact = [stored, effects].iter().all(|count| *count == acknowledged as i64) && doubled == 0 && is_drained;
    goals
        .must(is_exact, &format!("{acknowledged} acknowledged, {stored} stored, {effects} paid, {doubled} paid twice"));
    let mut took: Vec<Duration> = answers.into_values().flatten().collect();
    println!("  answers: {}", spread(&mut took));
    println!("  from receipt to completion: {}", spread(&mut delays(&shop, "%").await));

    process.kill().await;
    let idle = idle(&shop, Duration::from_secs(size.idle)).await;
    goals.must(idle < 5.0, &format!("idle: {idle:.2} transactions/s (< 5)"));
}

/// Sends deliveries at the rate, and rotates the secrets of tenants meanwhile.
async fn send(size: &Size, connection: &mut AnyConnection, jobs: UnboundedSender<Job>) {
    let Size { tenants, rotations, seconds, .. } = *size;
    let send = |signed, tenant, secret, id| assert!(jobs.send(Job { signed, tenant, secret, id }).is_ok());
    let mut ticks = interval(Duration::from_millis(1_000 / RATE as u64));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut secrets, mut ending) = ((0..tenants).collect::<Vec<_>>(), VecDeque::new());
    let (total, mut rotated) = (seconds * RATE, 0);
    for number in 0..total {
        ticks.tick().await;
        let tenant = number * 7_919 % tenants;
        send(Signed::Current, tenant, secrets[tenant], format!("m-{number}"));
        while let Some((_, tenant, old)) = ending.pop_front_if(|(ends, ..): &mut (Instant, _, _)| has_passed(*ends)) {
            send(Signed::AfterGrace, tenant, old, format!("after-{number}"));
        }
        if number * rotations >= rotated * total && rotated < rotations {
            // The endpoint of this tenant is kept, because a delivery of it was sent just now.
            let new = tenants + rotated;
            let old = std::mem::replace(&mut secrets[tenant], new);
            ending.push_back((rotate(connection, tenant, old, new).await, tenant, old));
            send(Signed::New, tenant, new, format!("new-{number}"));
            send(Signed::Old, tenant, old, format!("old-{number}"));
            rotated += 1;
        }
    }
    for (ends, tenant, old) in ending {
        while !has_passed(ends) {
            sleep(Duration::from_millis(1)).await;
        }
        send(Signed::AfterGrace, tenant, old, format!("last-{tenant}"));
    }
}

/// Returns whether a grace has ended. The end is rounded down to milliseconds in the table.
fn has_passed(ends: Instant) -> bool {
    Instant::now() >= ends
}

/// Measures fresh deliveries of other tenants, while a worker processes the backlog of one tenant.
async fn backlog(setting: &Setting, size: &Size, goals: &mut Goals) {
    let shop = Shop::open(setting).await;
    fill(&mut shop.connect().await, 11).await;
    println!("{}: fresh deliveries behind a backlog of {} of another tenant", shop.kind().name(), size.backlog);
    let began = Instant::now();
    match shop.kind() {
        Kind::Sqlite => {
            let store = SqliteStore::open(shop.url().trim_start_matches("sqlite:")).await.unwrap();
            store_backlog(&store, size.backlog).await;
            store.close().await;
        }
        Kind::Postgres => store_backlog(&PostgresStore::connect(shop.url()).await.unwrap(), size.backlog).await,
    }
    println!("  stored in {:.0} s", began.elapsed().as_secs_f64());
    let process = start(&shop, "worker", false).await;
    let (began, mut connection) = (Instant::now(), None);
    for number in 0..size.fresh {
        let (tenant, id) = (1 + number % 10, format!("fresh-{number}"));
        let status = status_of(process.door(), &name(tenant), &secret(tenant), &id, &mut connection).await;
        assert_eq!(status, Some(200), "a fresh delivery");
        sleep(Duration::from_millis(100)).await;
    }
    let left = shop.number("SELECT COUNT(*) FROM inbox_entry WHERE finished_at IS NULL").await;
    let processed = size.backlog as i64 + size.fresh as i64 - left;
    println!("  {processed} processed in {:.0} s, {left} left", began.elapsed().as_secs_f64());
    sleep(Duration::from_secs(2)).await;
    let mut delays = delays(&shop, "fresh-%").await;
    let (is_complete, spread) = (delays.len() == size.fresh, spread(&mut delays));
    let is_soon = delays.last().is_some_and(|delay| *delay < Duration::from_secs(1));
    let holds = is_complete && is_soon && left > 0;
    goals.must(holds, &format!("fresh deliveries, from receipt to completion: {spread} (< 1 s)"));
}

/// Stores genuine deliveries of the first tenant.
async fn store_backlog<S: Store>(store: &S, count: usize) {
    let (endpoint, now) = (Endpoint::<Redpin>::new(secret(0)).unwrap(), OffsetDateTime::now_utc());
    for first in (0..count).step_by(1_000) {
        let accepting = (first..count.min(first + 1_000)).map(|number| {
            let message = Message::new(body("m").into_owned(), now).id(format!("backlog-{number}"));
            let delivery = endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap();
            store.accept(NewEntry::of("tenants", &delivery, 20).of_tenant(&name(0)))
        });
        assert!(join_all(accepting).await.iter().all(Result::is_ok));
    }
}

fn name(tenant: usize) -> String {
    format!("tenant-{tenant:05}")
}

async fn start(shop: &Shop, name: &str, statements: bool) -> Process {
    let mut serve = shop.serving(name, Work::Tx);
    (serve.tenants, serve.statements, serve.lease) = (true, statements, 30_000);
    shop.plainly(serve).start().await
}

/// Creates the table of tenants.
async fn fill(connection: &mut AnyConnection, tenants: usize) {
    sqlx::query(TABLE).execute(&mut *connection).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    for tenant in 0..tenants {
        let insert = sqlx::query("INSERT INTO tenant (name, secret, grace_ends) VALUES ($1, $2, 0)");
        insert.bind(name(tenant)).bind(secret(tenant)).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

/// Replaces the secret of a tenant, and returns the end of the old one's grace.
async fn rotate(connection: &mut AnyConnection, tenant: usize, old: usize, new: usize) -> Instant {
    let (ends, stamp) = (Instant::now() + GRACE, OffsetDateTime::now_utc() + GRACE);
    let update = sqlx::query("UPDATE tenant SET secret = $1, old = $2, grace_ends = $3 WHERE name = $4");
    let stamp = i64::try_from(stamp.unix_timestamp_nanos() / 1_000_000).unwrap();
    let update = update.bind(secret(new)).bind(secret(old)).bind(stamp).bind(name(tenant));
    update.execute(connection).await.unwrap();
    ends
}

/// Starts eight senders, each with one connection.
fn start_senders(door: &Door, queue: UnboundedReceiver<Job>, answers: &Arc<Mutex<Answers>>) -> JoinSet<()> {
    let queue = Arc::new(tokio::sync::Mutex::new(queue));
    let mut senders = JoinSet::new();
    for _ in 0..8 {
        let (door, queue, answers) = (door.clone(), Arc::clone(&queue), Arc::clone(answers));
        senders.spawn(async move {
            let mut connection = None;
            loop {
                let job = queue.lock().await.recv().await;
                let Some(Job { signed, tenant, secret: number, id }) = job else { return };
                let began = Instant::now();
                let status = status_of(&door, &name(tenant), &secret(number), &id, &mut connection).await;
                answers.lock().unwrap().entry((signed, status)).or_default().push(began.elapsed());
            }
        });
    }
    senders
}

/// Returns the times from the receipt to the completion of deliveries.
async fn delays(shop: &Shop, ids: &'static str) -> Vec<Duration> {
    const DELAYS: &str = "SELECT CAST(finished_at - received_at / 1000 AS BIGINT) FROM inbox_entry \
                          WHERE state = 'completed' AND delivery_id LIKE $1";
    let rows = sqlx::query(DELAYS).bind(ids).fetch_all(&mut shop.connect().await).await.unwrap();
    rows.iter().map(|row| Duration::from_millis(row.get::<i64, _>(0).max(0).unsigned_abs())).collect()
}

/// Sorts durations, and describes them.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).or(times.last()).map_or(0, Duration::as_millis);
    format!("p50 {} ms, p99 {} ms, slowest {} ms", at(50), at(99), at(100))
}

/// Returns the number of transactions per second of an idle process: from the server's counters, or for SQLite the number
/// of statements, because a transaction has one at least.
async fn idle(shop: &Shop, time: Duration) -> f64 {
    const COUNT: &str = "SELECT CAST(xact_commit + xact_rollback AS BIGINT) FROM pg_stat_database \
                         WHERE datname = current_database()";
    let process = start(shop, "idle", true).await;
    // The start has statements that an idle process does not repeat.
    sleep(Duration::from_secs(3)).await;
    let count = async || match shop.kind() {
        Kind::Sqlite => process.log().lines().filter(|line| line.contains("sqlx::query")).count() as i64,
        Kind::Postgres => shop.number(COUNT).await,
    };
    let before = count().await;
    sleep(time).await;
    (count().await - before) as f64 / time.as_secs_f64()
}
