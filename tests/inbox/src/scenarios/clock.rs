//! A wrong clock that is stepped while deliveries arrive.

use std::ffi::OsString;
use std::fs::{DirEntry, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::process::Start;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::server::Server;
use crate::setting::Setting;
use crate::shop::{LEASE, Shop};
use crate::store::Store;
use crate::traffic::{Plan, Record, Traffic, set_clock};

/// The error of the clock in seconds, step by step.
const STEPS: [i64; 8] = [600, 0, -600, 0, 3_600, 0, -3_600, 0];

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let clock = Clock::new();
    // With a file of SQLite, the clock of the process is the clock of the database.
    let mut rows = vec![stepped("clock", &setting, &clock, clock.environment()).await];
    if let Store::Postgres(_) = setting.store {
        let server = Arc::new(Server::start(clock.environment()).await);
        let setting = Setting { store: Store::Postgres(server), ..setting };
        rows.push(stepped("clock-server", &setting, &clock, Vec::new()).await);
        rows.push(stepped_at_work(&setting, &clock, Vec::new()).await);
    } else {
        rows.push(stepped_at_work(&setting, &clock, clock.environment()).await);
    }
    rows
}

/// Steps the clock forward under running handlers. Their entries stay theirs, because their workers live.
async fn stepped_at_work(setting: &Setting, clock: &Clock, environment: Vec<(&'static str, OsString)>) -> Row {
    const STEPS: [i64; 6] = [60, 0, 3_600, 0, 100 * 24 * 3_600, 0];
    let is_of_the_process = !environment.is_empty();
    let shop = Shop::open(setting).await;
    let serve = Serve { any_age: true, takes: 300, ..shop.serving("one", Work::Plain) };
    let one = Start { environment: environment.clone(), ..shop.plainly(serve.clone()) }.start().await;
    let other = Serve { name: "other".to_owned(), ..serve };
    let _other = Start { environment, ..shop.plainly(other) }.start().await;
    let mut all = Record::default();
    clock.set(0);
    for (number, step) in STEPS.into_iter().enumerate() {
        let plan = Plan { senders: 4, pause: Duration::from_millis(80), delivery_id: IDS[number], ..Plan::STEADY };
        let traffic = Traffic::start(&[one.door().clone()], plan);
        sleep(Duration::from_millis(1_500)).await;
        clock.set(step);
        set_clock(if is_of_the_process { step } else { 0 });
        sleep(Duration::from_millis(500)).await;
        all.add(traffic.end().await);
        shop.drained(LEASE * 2 + Duration::from_secs(1)).await;
    }
    set_clock(0);
    let refused = all.take(401);
    let mut row = judge(&shop, "clock-plain", &all, Promise::AtLeastOnce).await;
    let ledger = Ledger::read(&shop).await;
    let doubled = ledger.plain.values().filter(|count| **count > 1).count();
    let abandoned = ledger.lines("abandoned");
    row.must(
        refused <= STEPS.len() * 4,
        &format!("only deliveries signed by the previous clock are refused: {refused}"),
    );
    row.must(
        abandoned == 0 && doubled == 0,
        &format!("no worker loses a lease by it: {abandoned} abandoned, {doubled} doubled"),
    );
    row.note(&format!("set to {STEPS:?} s in turn, with handlers at work that take 300 ms"));
    row
}

async fn stepped(
    name: &'static str,
    setting: &Setting,
    clock: &Clock,
    environment: Vec<(&'static str, OsString)>,
) -> Row {
    let shop = Shop::open(setting).await;
    let serve = Serve { any_age: true, ..shop.serving("receiver", Work::Tx) };
    let receiver = Start { environment, ..shop.plainly(serve) }.start().await;
    let mut all = Record::default();
    let mut waited = Vec::new();
    for (number, step) in STEPS.into_iter().enumerate() {
        let plan = Plan { delivery_id: IDS[number], ..Plan::STEADY };
        let traffic = Traffic::start(&[receiver.door().clone()], plan);
        sleep(Duration::from_millis(500)).await;
        clock.set(step);
        sleep(Duration::from_millis(500)).await;
        all.add(traffic.end().await);
        waited.push((step, shop.drained(LEASE + Duration::from_secs(1)).await, shop.unfinished().await));
    }
    let mut row = judge(&shop, name, &all, Promise::ExactlyOnce).await;
    let slowest = waited.iter().filter_map(|(_, drained, _)| *drained).max().unwrap_or_default();
    for (step, drained, unfinished) in waited {
        row.must(
            drained.is_some(),
            &format!("a step to {step} s delays by a lease at most: {unfinished} still waited"),
        );
    }
    let ledger = Ledger::read(&shop).await;
    row.note(&format!(
        "set to {STEPS:?} s in turn; at most {slowest:.0?} until all were processed, {} leases expired",
        ledger.lines("abandoned")
    ));
    row
}

/// The delivery ids of each step, so that no id is sent in two steps.
pub(super) const IDS: [fn(usize) -> String; 12] = [
    id::<'a'>, id::<'b'>, id::<'c'>, id::<'d'>, id::<'e'>, id::<'f'>, id::<'g'>, id::<'h'>, id::<'i'>, id::<'j'>,
    id::<'k'>, id::<'l'>,
];

fn id<const STEP: char>(number: usize) -> String {
    format!("{STEP}-{number}")
}

/// A clock that a file sets.
pub(super) struct Clock {
    folder: tempfile::TempDir,
}

impl Clock {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server may run as another user.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let clock = Self { folder };
        clock.set(0);
        clock
    }

    /// Sets it atomically.
    pub(super) fn set(&self, offset: i64) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{offset:+}\n")).unwrap();
        std::fs::rename(new, self.folder.path().join("clock")).unwrap();
    }

    /// Returns the environment of a process that uses this clock.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        remove_leftovers();
        vec![
            ("LD_PRELOAD", library().into()),
            ("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock").into()),
            ("FAKETIME_NO_CACHE", "1".into()),
            // Time-outs and sleeps are unaffected, as when an administrator sets the clock.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }
}

/// Removes the shared memory that killed processes have left. The library ends a new process that has the id of one of
/// them.
fn remove_leftovers() {
    for file in std::fs::read_dir("/dev/shm").unwrap() {
        let file = file.unwrap();
        let name = file.file_name();
        let id = name
            .to_str()
            .and_then(|name| name.strip_prefix("faketime_shm_").or_else(|| name.strip_prefix("sem.faketime_sem_")));
        if id.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            // Another test may remove it at the same time.
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// Returns the path in Debian, which contains the architecture.
fn library() -> PathBuf {
    let of = |folder: DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
    let mut places = std::fs::read_dir("/usr/lib").unwrap().map(|folder| of(folder.unwrap()));
    places.find(|place| place.exists()).expect("libfaketime is installed")
}
