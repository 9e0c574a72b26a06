//! Tenants come, go and rotate their secrets, while the process that serves all of them is killed.
//!
//! Every tenant sends the same delivery ids. A delivery of a tenant that is gone is refused, and sent again until the
//! tenant is back. Some requests have an old secret, after its grace.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection as _};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::client::Connection;
use crate::judge::judge;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::tenants::{KEPT, TABLE, secret, status_of};
use crate::traffic::{Answer, Door, Record};

const TENANTS: usize = 24;

/// The grace of an old secret. Longer than an entry waits for its process, because the old secret opens it.
const GRACE: Duration = Duration::from_secs(6);

/// The time after which every process knows a change: lookups take a part of it.
const KNOWN_AFTER: Duration = KEPT.saturating_mul(4);

/// A tenant, as its merchant knows it.
#[derive(Debug, Clone)]
struct Merchant {
    name: String,
    secret: String,
    old: Option<(String, Instant)>,
    is_gone: bool,
    changed: Instant,
}

/// What the senders and the registry share.
struct Shared {
    door: Door,
    merchants: Mutex<Vec<Merchant>>,
    record: Mutex<Record>,
    /// Genuine requests that were refused although their tenant had not changed for long enough.
    refused: AtomicUsize,
    /// Requests with an old secret after its grace: sent, and acknowledged.
    old: [AtomicUsize; 2],
    is_ending: AtomicBool,
}

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let mut registry = Registry { connection: shop.connect().await, secrets: 0, changes: BTreeMap::new() };
    let merchants = registry.open().await;
    let mut serve = shop.serving("receiver", Work::Tx);
    serve.tenants = true;
    let mut receiver = shop.plainly(serve).start().await;
    let shared = Arc::new(Shared {
        door: receiver.door().clone(),
        merchants: Mutex::new(merchants),
        record: Mutex::default(),
        refused: AtomicUsize::new(0),
        old: [AtomicUsize::new(0), AtomicUsize::new(0)],
        is_ending: AtomicBool::new(false),
    });
    let mut senders = JoinSet::new();
    for tenant in 0..TENANTS {
        senders.spawn(send(Arc::clone(&shared), tenant));
    }
    for round in 0..setting.effort.kills {
        let until = Instant::now() + Duration::from_millis(30 + u64::from(round * 137 % 500));
        while Instant::now() < until {
            registry.change(&shared).await;
            sleep(Duration::from_millis(25)).await;
        }
        receiver.kill().await;
        receiver.start_again().await;
    }
    registry.bring_all_back(&shared).await;
    shared.is_ending.store(true, Ordering::SeqCst);
    let _ = timeout(Duration::from_secs(20), async { while senders.join_next().await.is_some() {} }).await;
    senders.abort_all();
    let mut record = std::mem::take(&mut *shared.record.lock().unwrap());
    let refusals = record.take(401);
    let mut row = judge(&shop, "tenants", &record, Promise::ExactlyOnce).await;
    row.must_drain();
    let of_old = shop.number("SELECT COUNT(*) FROM inbox_entry WHERE delivery_id LIKE 'old-%'").await;
    let [old, accepted] = [0, 1].map(|which: usize| shared.old[which].load(Ordering::SeqCst));
    row.must(accepted == 0 && of_old == 0, &format!("no old secret is accepted: {accepted} are, {of_old} are stored"));
    let refused = shared.refused.load(Ordering::SeqCst);
    row.must(refused == 0, &format!("no genuine delivery of a known tenant is refused: {refused} are"));
    row.must(old > 0 && refusals > 0, "old secrets and tenants that are gone were tried");
    row.must(record.broken_off > 0, "kills hit deliveries in flight");
    let changes = &registry.changes;
    row.note(&format!(
        "{} kills, {TENANTS} tenants, {changes:?}, {refusals} refusals while gone, {old} old secrets tried",
        setting.effort.kills
    ));
    vec![row]
}

/// The application's table of tenants.
struct Registry {
    connection: AnyConnection,
    secrets: usize,
    changes: BTreeMap<&'static str, usize>,
}

impl Registry {
    async fn open(&mut self) -> Vec<Merchant> {
        sqlx::query(TABLE).execute(&mut self.connection).await.unwrap();
        let mut merchants = Vec::new();
        for number in 0..TENANTS {
            let (name, secret) = (format!("tenant-{number:02}"), self.new_secret());
            let changed = Instant::now();
            let merchant = Merchant { name, secret, old: None, is_gone: false, changed };
            self.save(&merchant).await;
            merchants.push(merchant);
        }
        merchants
    }

    fn new_secret(&mut self) -> String {
        self.secrets += 1;
        secret(self.secrets)
    }

    async fn save(&mut self, merchant: &Merchant) {
        let delete = sqlx::query("DELETE FROM tenant WHERE name = $1").bind(merchant.name.clone());
        let mut transaction = self.connection.begin().await.unwrap();
        delete.execute(&mut *transaction).await.unwrap();
        if !merchant.is_gone {
            let (old, ends) = match &merchant.old {
                Some((old, ends)) => (Some(old.clone()), ends.saturating_duration_since(Instant::now())),
                None => (None, Duration::ZERO),
            };
            let ends = (OffsetDateTime::now_utc() + ends).unix_timestamp_nanos() / 1_000_000;
            let insert = sqlx::query("INSERT INTO tenant (name, secret, old, grace_ends) VALUES ($1, $2, $3, $4)");
            let insert = insert.bind(merchant.name.clone()).bind(merchant.secret.clone()).bind(old);
            insert.bind(i64::try_from(ends).unwrap()).execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    /// Changes one tenant: it goes, comes back or rotates its secret.
    async fn change(&mut self, shared: &Shared) {
        let turn = self.changes.values().sum::<usize>();
        let number = turn * 7 % TENANTS;
        let mut merchant = shared.merchants.lock().unwrap()[number].clone();
        let what = if merchant.is_gone {
            merchant.is_gone = false;
            "back"
        } else if turn % 3 == 0 {
            merchant.is_gone = true;
            "gone"
        } else if merchant.old.as_ref().is_none_or(|(_, ends)| Instant::now() > *ends + GRACE) {
            let old = std::mem::replace(&mut merchant.secret, self.new_secret());
            merchant.old = Some((old, Instant::now() + GRACE));
            "rotated"
        } else {
            "unchanged"
        };
        *self.changes.entry(what).or_default() += 1;
        if what == "unchanged" {
            return;
        }
        // Between the two, the change may be known or not.
        merchant.changed = Instant::now() + Duration::from_secs(60);
        if what != "rotated" {
            shared.merchants.lock().unwrap()[number] = merchant.clone();
        } else {
            shared.merchants.lock().unwrap()[number].changed = merchant.changed;
        }
        self.save(&merchant).await;
        merchant.changed = Instant::now();
        shared.merchants.lock().unwrap()[number] = merchant;
    }

    async fn bring_all_back(&mut self, shared: &Shared) {
        for number in 0..TENANTS {
            let mut merchant = shared.merchants.lock().unwrap()[number].clone();
            merchant.is_gone = false;
            self.save(&merchant).await;
            shared.merchants.lock().unwrap()[number] = merchant;
        }
    }
}

/// Sends the deliveries of a tenant one after the other, each until it is acknowledged.
async fn send(shared: Arc<Shared>, tenant: usize) {
    let mut connection = None;
    for number in 0_usize.. {
        if shared.is_ending.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("m-{number}");
        for copy in 0..1 + number % 2 {
            let key = format!("{}/{id}", shared.merchants.lock().unwrap()[tenant].name);
            shared.record.lock().unwrap().sent.insert(key.clone());
            while !is_acknowledged(&shared, tenant, &id, &key, &mut connection).await {
                sleep(Duration::from_millis(40 + (tenant + copy) as u64 * 7 % 60)).await;
            }
        }
        if number % 4 == 0 {
            try_old(&shared, tenant, &format!("old-{number}"), &mut connection).await;
        }
        sleep(Duration::from_millis(60)).await;
    }
}

async fn is_acknowledged(
    shared: &Shared,
    tenant: usize,
    id: &str,
    key: &str,
    connection: &mut Option<Connection>,
) -> bool {
    let (merchant, began) = (shared.merchants.lock().unwrap()[tenant].clone(), Instant::now());
    let status = status_of(&shared.door, &merchant.name, &merchant.secret, id, connection).await;
    let after = shared.merchants.lock().unwrap()[tenant].clone();
    let mut record = shared.record.lock().unwrap();
    let Some(status) = status else {
        record.broken_off += 1;
        return false;
    };
    let at = Instant::now();
    record.answers.push(Answer { at, took: at - began, status });
    if status == 200 {
        record.acknowledged.insert(key.to_owned());
    }
    let is_stable = after.changed == merchant.changed && !merchant.is_gone && began > merchant.changed + KNOWN_AFTER;
    if status == 401 && is_stable {
        shared.refused.fetch_add(1, Ordering::SeqCst);
    }
    status == 200
}

/// Sends a request with the tenant's old secret, if its grace has ended.
async fn try_old(shared: &Shared, tenant: usize, id: &str, connection: &mut Option<Connection>) {
    let merchant = shared.merchants.lock().unwrap()[tenant].clone();
    let Some((old, ends)) = merchant.old else { return };
    if Instant::now() < ends + Duration::from_millis(5) {
        return;
    }
    if let Some(status) = status_of(&shared.door, &merchant.name, &old, id, connection).await {
        shared.old[0].fetch_add(1, Ordering::SeqCst);
        shared.old[1].fetch_add(usize::from(status == 200), Ordering::SeqCst);
    }
}
