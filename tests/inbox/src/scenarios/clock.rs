//! The clock is wrong, and is stepped while deliveries come in.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::process::Start;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::{LEASE, Shop};
use crate::traffic::{Plan, Record, Traffic};

/// Where Debian puts it: in a folder that is named after the architecture.
fn library() -> PathBuf {
    let of = |folder: DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
    let mut places = std::fs::read_dir("/usr/lib").unwrap().map(|folder| of(folder.unwrap()));
    places.find(|place| place.exists()).expect("libfaketime is installed")
}

/// By how many seconds the clock is wrong, one after the other.
const STEPS: [i64; 8] = [600, 0, -600, 0, 3_600, 0, -3_600, 0];

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let mut serve = shop.serving("receiver", Work::Tx);
    serve.any_age = true;
    let clock = shop.folder().join("clock");
    set(&clock, 0);
    let receiver = wrong_at(&clock, shop.plainly(serve)).start().await;
    let mut all = Record::default();
    let mut waited = Vec::new();
    for (number, step) in STEPS.into_iter().enumerate() {
        let plan = Plan { key: KEYS[number], ..Plan::STEADY };
        let traffic = Traffic::start(&[receiver.door().clone()], plan);
        sleep(Duration::from_millis(500)).await;
        set(&clock, step);
        sleep(Duration::from_millis(500)).await;
        all.add(traffic.end().await);
        waited.push((step, shop.drained(LEASE + Duration::from_secs(1)).await, shop.unfinished().await));
    }
    let mut row = shop.judge("clock", &all, Promise::ExactlyOnce).await;
    let slowest = waited.iter().filter_map(|(_, drained, _)| *drained).max().unwrap_or_default();
    for (step, drained, left) in waited {
        row.must(drained.is_some(), &format!("a step to {step} s delays by a lease at most: {left} still waited"));
    }
    let ledger = Ledger::read(&shop).await;
    row.note(&format!(
        "set to {STEPS:?} s one after the other; at most {slowest:.0?} until all was processed, {} leases ran out",
        ledger.lines("lost")
    ));
    vec![row]
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

/// The same process by a clock that this file sets.
fn wrong_at(clock: &Path, start: Start) -> Start {
    let environment = vec![
        ("LD_PRELOAD", library().into()),
        ("FAKETIME_TIMESTAMP_FILE", clock.into()),
        ("FAKETIME_NO_CACHE", "1".into()),
        // Time-outs and sleeps go on as they do when an administrator sets the clock.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
    ];
    Start { environment, ..start }
}

/// Sets the clock: at once, never half.
fn set(clock: &Path, offset: i64) {
    let new = clock.with_extension("new");
    std::fs::write(&new, format!("{offset:+}\n")).unwrap();
    std::fs::rename(new, clock).unwrap();
}
