//! Several bodies arrive under one id, each more than once, while the process is killed, and once more long afterwards.
//!
//! One body of an id is processed. Every other one is a dead letter, until an operator redelivers it.

use std::collections::BTreeMap;
use std::time::Duration;

use referral_webhooks_inbox::store::{Filter, PruneRule, State};

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use sqlx::{Connection as _, Row as _};
use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::person::{body, delivery_id};
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::store::{Effects, Store};
use crate::traffic::{Plan, Record, Traffic};

const PLAN: Plan = Plan { delivery_id: mixed, copies: |number| 1 + number % 2, ..Plan::STEADY };

/// Moves everything into the past: further than any platform's last retry.
const LONG_AGO: [&str; 2] = [
    "UPDATE inbox_entry SET last_seen_at = last_seen_at - 34560000000",
    "UPDATE inbox_entry SET finished_at = finished_at - 34560000000 WHERE finished_at IS NOT NULL",
];

const ENTRIES: &str = "SELECT COUNT(*) FROM inbox_entry";

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let row = match setting.store {
        Store::Sqlite => {
            let file = shop.url().strip_prefix("sqlite:").expect("it names a file");
            conflicts(&setting, &shop, SqliteStore::open(file).await.unwrap()).await
        }
        Store::Postgres(_) => conflicts(&setting, &shop, PostgresStore::connect(shop.url()).await.unwrap()).await,
    };
    vec![row]
}

async fn conflicts(setting: &Setting, shop: &Shop, store: impl Effects) -> Row {
    let mut receiver = shop.start("receiver", Work::Tx).await;
    let doors = [receiver.door().clone()];
    let traffic = Traffic::start(&doors, PLAN);
    for round in 0..setting.effort.kills.div_ceil(3) {
        sleep(Duration::from_millis(200 + u64::from(round * 137 % 500))).await;
        receiver.kill().await;
        receiver.start_again().await;
    }
    let mut record = traffic.end().await;
    let kept = bodies(shop).await;
    let before = Ledger::read(shop).await;

    // Long afterwards, when the bodies of completed entries are pruned, every delivery is repeated.
    let mut connection = shop.connect().await;
    for text in LONG_AGO {
        sqlx::query(text).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    while store.prune(PruneRule::new("shop", Duration::ZERO, None, None, 500)).await.unwrap().is_more {}
    let entries = shop.number(ENTRIES).await;
    let most = record.sent.len() * 4 / 3;
    record.add(Traffic::start(&doors, Plan { most, copies: |_| 1, ..PLAN }).all().await);
    let more = shop.number(ENTRIES).await - entries;

    // An operator redelivers every other body.
    shop.drained(Duration::from_secs(20)).await;
    let dead = dead_letters(&store).await;
    let stats = store.stats().await.unwrap();
    for id in &dead {
        assert!(store.redeliver(*id, 20, "the driver".into()).await.unwrap());
    }
    let record = named_as_stored(record, &kept);
    let mut row = judge(shop, "conflicts", &record, Promise::ExactlyOnce).await;
    let ids = before.entries.keys().filter(|id| !id.contains('~')).count();
    let others = before.entries.len() - ids;
    row.must(more == 0, &format!("a late repeat of a known body is a repeat: {more} are new"));
    row.must(
        others > 0 && others == dead.len(),
        &format!("{others} other bodies wait for an operator: {}", dead.len()),
    );
    let counted = (stats.conflicts, stats.discarded);
    row.must(counted == (dead.len() as u64, dead.len() as u64), &format!("all are counted: {counted:?}"));
    let early = before.effects.keys().filter(|id| id.contains('~')).count();
    row.must(early == 0, &format!("no other body is processed before an operator acts: {early}"));
    row.note(&format!("{ids} ids, {others} other bodies under them, {} kills", setting.effort.kills.div_ceil(3)));
    row
}

/// Names four deliveries under one id. Two of them have the same body.
fn mixed(number: usize) -> String {
    let count = number / 4;
    match number % 4 {
        2 => format!("c-{count}/1"),
        3 => format!("c-{count}/2"),
        _ => format!("c-{count}"),
    }
}

/// Returns the stored id of each body of each delivery id.
async fn bodies(shop: &Shop) -> BTreeMap<(String, Vec<u8>), String> {
    const BODIES: &str = "SELECT delivery_id, body FROM inbox_entry, inbox_payload WHERE entry_id = id";
    let mut connection = shop.connect().await;
    let rows = sqlx::query(BODIES).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let named = rows.iter().map(|row| {
        let (stored_id, body): (String, Vec<u8>) = (row.get(0), row.get(1));
        let id = stored_id.split('~').next().unwrap_or_default().to_owned();
        ((id, body), stored_id)
    });
    named.collect()
}

/// Replaces the names in a record by stored ids. A delivery that is not stored keeps its name, which matches no entry.
fn named_as_stored(mut record: Record, kept: &BTreeMap<(String, Vec<u8>), String>) -> Record {
    let named = |sent: &String| {
        let place = (delivery_id(sent).to_owned(), body(sent).as_bytes().to_vec());
        kept.get(&place).unwrap_or(sent).clone()
    };
    record.sent = record.sent.iter().map(named).collect();
    record.acknowledged = record.acknowledged.iter().map(named).collect();
    record
}

async fn dead_letters(store: &impl Effects) -> Vec<EntryId> {
    let mut found = Vec::new();
    let filter = || Filter::new().state(State::Discarded).most(1_000);
    let mut page = store.list(filter()).await.unwrap();
    while let Some(last) = page.last().map(|entry| entry.id) {
        found.extend(page.iter().map(|entry| entry.id));
        page = store.list(filter().before(last)).await.unwrap();
    }
    found
}
