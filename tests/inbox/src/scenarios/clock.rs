//! The clock is wrong, and is stepped while deliveries come in.

use std::ffi::OsString;
use std::fs::{DirEntry, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::process::Start;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::server::Server;
use crate::setting::Setting;
use crate::shop::{LEASE, Shop};
use crate::store::Store;
use crate::traffic::{Plan, Record, Traffic};

/// By how many seconds the clock is wrong, one after the other.
const STEPS: [i64; 8] = [600, 0, -600, 0, 3_600, 0, -3_600, 0];

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let clock = Clock::new();
    // In a file of SQLite, the clock of the process is that of the database.
    let mut rows = vec![stepped("clock", &setting, &clock, clock.environment()).await];
    if let Store::Postgres(_) = setting.store {
        let server = Arc::new(Server::start(clock.environment()).await);
        let setting = Setting { store: Store::Postgres(server), ..setting };
        rows.push(stepped("clock-server", &setting, &clock, Vec::new()).await);
    }
    rows
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
        let plan = Plan { key: KEYS[number], ..Plan::STEADY };
        let traffic = Traffic::start(&[receiver.door().clone()], plan);
        sleep(Duration::from_millis(500)).await;
        clock.set(step);
        sleep(Duration::from_millis(500)).await;
        all.add(traffic.end().await);
        waited.push((step, shop.drained(LEASE + Duration::from_secs(1)).await, shop.unfinished().await));
    }
    let mut row = shop.judge(name, &all, Promise::ExactlyOnce).await;
    let slowest = waited.iter().filter_map(|(_, drained, _)| *drained).max().unwrap_or_default();
    for (step, drained, left) in waited {
        row.must(drained.is_some(), &format!("a step to {step} s delays by a lease at most: {left} still waited"));
    }
    let ledger = Ledger::read(&shop).await;
    row.note(&format!(
        "set to {STEPS:?} s one after the other; at most {slowest:.0?} until all was processed, {} leases ran out",
        ledger.lines("lost")
    ));
    row
}

/// A key is never sent in two steps.
const KEYS: [fn(usize) -> String; STEPS.len()] = [
    |number| format!("a-{number}"),
    |number| format!("b-{number}"),
    |number| format!("c-{number}"),
    |number| format!("d-{number}"),
    |number| format!("e-{number}"),
    |number| format!("f-{number}"),
    |number| format!("g-{number}"),
    |number| format!("h-{number}"),
];

/// A clock that is set by a file.
pub(super) struct Clock {
    folder: tempfile::TempDir,
}

impl Clock {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Servers may be another user's.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let clock = Self { folder };
        clock.set(0);
        clock
    }

    /// Sets it: at once, never half.
    pub(super) fn set(&self, offset: i64) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{offset:+}\n")).unwrap();
        std::fs::rename(new, self.folder.path().join("clock")).unwrap();
    }

    /// Under which a process goes by it.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("LD_PRELOAD", library().into()),
            ("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock").into()),
            ("FAKETIME_NO_CACHE", "1".into()),
            // Time-outs and sleeps go on as they do when an administrator sets the clock.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }
}

/// Where Debian puts it: in a folder that is named after the architecture.
fn library() -> PathBuf {
    let of = |folder: DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
    let mut places = std::fs::read_dir("/usr/lib").unwrap().map(|folder| of(folder.unwrap()));
    places.find(|place| place.exists()).expect("libfaketime is installed")
}
