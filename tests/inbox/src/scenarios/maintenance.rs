//! Bodies are pruned and entries erased while deliveries arrive and are repeated. Their ids are still known.

use std::time::{Duration, Instant};

use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::maintenance::traces;
use crate::past::{self, is_old, old};
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::setting::Setting;
use crate::shop::Shop;
use crate::store::{Effects, Store};
use crate::traffic::{Plan, Traffic};

/// Number of entries of the past for each second of traffic, which is more than the repeats of that second.
const OLD: u64 = 2_000;

/// Some hundred deliveries a second, as elsewhere, from more senders.
const PLAN: Plan =
    Plan { senders: 64, pause: Duration::from_millis(160), delivery_id: mixed, copies: |_| 1, ..Plan::STEADY };

/// A repeat comes this many ids later, at a hundred ids a second, when most bodies are gone.
const LATER: usize = 100;

const ENTRIES: &str = "SELECT COUNT(*) FROM inbox_entry";

const BODIES: &str = "SELECT COUNT(*) FROM inbox_payload";

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let row = match setting.store {
        Store::Sqlite => {
            let file = shop.url().strip_prefix("sqlite:").expect("it names a file");
            maintenance(&setting, &shop, SqliteStore::open(file).await.unwrap()).await
        }
        Store::Postgres(_) => maintenance(&setting, &shop, PostgresStore::connect(shop.url()).await.unwrap()).await,
    };
    vec![row]
}

async fn maintenance(setting: &Setting, shop: &Shop, store: impl Effects) -> Row {
    let finished = i64::try_from(OLD * setting.effort.seconds).unwrap();
    past::make(shop, finished).await;
    let serve = Serve { maintenance: true, ..shop.serving("receiver", Work::Tx) };
    let receiver = shop.plainly(serve).start().await;
    let doors = [receiver.door().clone()];
    let traffic = Traffic::start(&doors, PLAN);
    sleep(Duration::from_secs(setting.effort.seconds)).await;
    let mut record = traffic.end().await;

    // Every delivery is repeated when only ids remain.
    let is_bare = is_bare(shop).await;
    let entries = shop.number(ENTRIES).await;
    let new = record.sent.iter().filter(|id| !is_old(id)).count();
    let again = Traffic::start(&doors, Plan { most: new, delivery_id: fresh, ..PLAN }).all().await;
    let recognised = again.acknowledged.len();
    record.add(again);

    let mut row = judge(shop, "maintenance", &record, Promise::ExactlyOnce).await;
    let ledger = Ledger::read(shop).await;
    let (p99, most) = (record.p99(), setting.effort.p99);
    row.must(p99 < most, &format!("99 of 100 are answered within {most:?} meanwhile: {p99:?}"));
    row.must(is_bare, "all bodies are pruned in the end");
    row.must(recognised == new, &format!("all {new} are answered when only ids remain: {recognised}"));
    let more = shop.number(ENTRIES).await - entries;
    row.must(more == 0, &format!("none of them is new: {more}"));
    let bodies = shop.number(BODIES).await;
    row.must(bodies == 0, &format!("none of them brings a body back: {bodies}"));
    let repeats: i64 = ledger.entries.values().map(|entry| entry.repeats).sum();
    let answered = i64::try_from(record.count(200)).unwrap();
    row.must(repeats >= answered - (entries - finished), &format!("every repeat is counted: {repeats} of {answered}"));

    let dead = ["discarded", "revived"].map(|what| ledger.lines(what));
    row.must(dead == [0; 2], &format!("no unfinished entry lacks its body: {dead:?}"));
    let erased = ledger.lines("erased");
    let pruned = entries - erased;
    row.must(erased > 0, "some entries are erased");
    row.must(pruned > finished, &format!("the {finished} bodies of the past are pruned, and others: {pruned}"));
    row.must(!receiver.log().contains("panicked"), "no pruning and no erasing fails");
    let traces = traces(&store).await;
    row.must(traces.is_empty(), &format!("an erased entry has no personal data and no later history: {traces:?}"));
    let cancelled = ledger.entries.iter().filter(|(_, entry)| entry.state == "cancelled");
    let cancelled: Vec<&String> = cancelled.map(|(id, _)| id).collect();
    let has_effect = cancelled.iter().any(|id| ledger.effects.contains_key(*id));
    row.must(!has_effect, "an entry erased before it was processed has no effect");
    row.note(&format!(
        "{pruned} bodies pruned and {erased} entries erased, {} of them before they were processed; {repeats} repeats, \
         {new} of them when only ids remained",
        cancelled.len()
    ));
    row
}

/// Waits until all bodies are pruned.
async fn is_bare(shop: &Shop) -> bool {
    let began = Instant::now();
    while shop.number(BODIES).await > 0 {
        if began.elapsed() > Duration::from_secs(20) {
            return false;
        }
        sleep(Duration::from_millis(50)).await;
    }
    true
}

/// Returns a new id, then an earlier one, then an old one.
fn mixed(number: usize) -> String {
    let count = number / 3;
    match number % 3 {
        0 => fresh(count),
        // The first repeats are of the first id.
        1 => fresh(count.saturating_sub(LATER)),
        _ => old(count),
    }
}

/// One id in ten is about the person who leaves, and one in ten is processed late.
fn fresh(count: usize) -> String {
    match count % 10 {
        3 => format!("leaves-{count}"),
        7 => format!("waits-{count}"),
        _ => format!("m-{count}"),
    }
}
