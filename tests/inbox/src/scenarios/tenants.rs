//! Tenants come, go and rotate their secrets, while the process that serves all of them is killed.
//!
//! Every tenant sends the same delivery ids. Half of the tenants come and go: a delivery of a tenant that is gone is refused,
//! and sent again until the tenant is back. The others rotate their secrets, and send requests with an old secret after its
//! grace. At the end all old secrets are restored, because they open what was stored with them.

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
use crate::tenants::{TABLE, secret, status_of};
use crate::traffic::{Answer, Door, Record};

const TENANTS: usize = 24;

/// The grace of an old secret. Longer than an entry waits for its process, because the old secret opens it.
const GRACE: Duration = Duration::from_secs(6);

/// A tenant, as its merchant knows it.
#[derive(Debug, Clone)]
struct Merchant {
    name: String,
    secret: String,
    old: Option<(String, Instant)>,
    /// All old secrets.
    olds: Vec<String>,
    is_gone: bool,
}

/// What the senders and the registry share.
struct Shared {
    door: Door,
    merchants: Mutex<Vec<Merchant>>,
    record: Mutex<Record>,
    /// Genuine requests of tenants that only rotate their secrets, and were refused.
    refused: Mutex<Vec<String>>,
    /// Requests with an old secret after its grace: sent, and acknowledged.
    old: [AtomicUsize; 2],
    is_ending: AtomicBool,
}

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let mut registry = Registry { connection: shop.connect().await, secrets: 0, changes: BTreeMap::new() };
    let merchants = registry.open().await;
    let mut serve = shop.serving("receiver", Work::Tx);
    // Enough attempts for entries that wait for their old secret.
    (serve.tenants, serve.attempts) = (true, 500);
    let mut receiver = shop.plainly(serve).start().await;
    let shared = Arc::new(Shared {
        door: receiver.door().clone(),
        merchants: Mutex::new(merchants),
        record: Mutex::default(),
        refused: Mutex::default(),
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
            sleep(Duration::from_millis(50)).await;
        }
        receiver.kill().await;
        receiver.start_again().await;
    }
    registry.bring_all_back(&shared, false).await;
    shared.is_ending.store(true, Ordering::SeqCst);
    let _ = timeout(Duration::from_secs(20), async { while senders.join_next().await.is_some() {} }).await;
    senders.abort_all();
    registry.bring_all_back(&shared, true).await;
    let mut record = std::mem::take(&mut *shared.record.lock().unwrap());
    let refusals = record.take(401);
    shop.let_waits_end().await;
    let mut row = judge(&shop, "tenants", &record, Promise::ExactlyOnce).await;
    row.must_drain();
    let of_old = shop.number("SELECT COUNT(*) FROM inbox_entry WHERE delivery_id LIKE 'old-%'").await;
    let [old, accepted] = [0, 1].map(|which: usize| shared.old[which].load(Ordering::SeqCst));
    row.must(accepted == 0 && of_old == 0, &format!("no old secret is accepted: {accepted} are, {of_old} are stored"));
    let refused = shared.refused.lock().unwrap();
    row.must(refused.is_empty(), &format!("no genuine delivery of a tenant that rotates is refused: {refused:?} are"));
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
            let merchant = Merchant { name, secret, old: None, olds: Vec::new(), is_gone: false };
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
        let may_rotate = merchant.old.as_ref().is_none_or(|(_, ends)| Instant::now() > *ends + GRACE);
        let what = match (number % 2, merchant.is_gone) {
            (0, true) => "back",
            (0, false) => "gone",
            _ if may_rotate => "rotated",
            _ => "unchanged",
        };
        merchant.is_gone = what == "gone";
        if what == "rotated" {
            let old = std::mem::replace(&mut merchant.secret, self.new_secret());
            merchant.olds.push(old.clone());
            merchant.old = Some((old, Instant::now() + GRACE));
        }
        *self.changes.entry(what).or_default() += 1;
        if what == "unchanged" {
            return;
        }
        if what != "rotated" {
            shared.merchants.lock().unwrap()[number] = merchant.clone();
        }
        self.save(&merchant).await;
        shared.merchants.lock().unwrap()[number] = merchant;
    }

    /// Brings all tenants back, with all old secrets if they are needed.
    async fn bring_all_back(&mut self, shared: &Shared, with_olds: bool) {
        for number in 0..TENANTS {
            let mut merchant = shared.merchants.lock().unwrap()[number].clone();
            merchant.is_gone = false;
            if with_olds && !merchant.olds.is_empty() {
                merchant.old = Some((merchant.olds.join(" "), Instant::now() + Duration::from_secs(600)));
            }
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
    // A new secret is accepted at once, and the old one within its grace.
    if status == 401 && tenant % 2 == 1 {
        shared.refused.lock().unwrap().push(format!("{key} after {:?}", began.elapsed()));
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
