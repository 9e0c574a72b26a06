//! A worker is frozen for three leases. Another worker rescues its entries before it wakes up and goes on.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::{LEASE, Shop};
use crate::store::Kind;
use crate::traffic::{Plan, Traffic};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    // Concurrently, because both mostly wait.
    let (in_tx, plain) = tokio::join!(
        zombie("zombie", &setting, Work::Tx, Promise::ExactlyOnce),
        zombie("zombie-plain", &setting, Work::Plain, Promise::AtLeastOnce),
    );
    vec![in_tx, plain]
}

async fn zombie(name: &'static str, setting: &Setting, work: Work, promise: Promise) -> Row {
    const RUNNING: &str = "SELECT COUNT(*) FROM inbox_entry WHERE state = 'running' AND worker = 'frozen'";
    let shop = Shop::open(setting).await;
    let receiver = shop.start("receiver", Work::None).await;
    let mut serve = shop.serving("frozen", work);
    // Long enough that the freeze hits a running handler.
    serve.takes = if work == Work::Plain { 50 } else { setting.store.kind().takes() };
    let frozen = shop.plainly(serve.clone()).start().await;
    serve.name = "other".to_owned();
    let _other = shop.plainly(serve).start().await;
    let traffic = Traffic::start(&[receiver.door().clone()], Plan::STEADY);
    let (mut held, mut remaining) = (0, 0);
    // A server lets a frozen transaction keep its rows for ten seconds. Until then they cannot be rescued.
    let may_remain = setting.store.kind() == Kind::Postgres;
    for _ in 0..5 {
        sleep(Duration::from_secs(setting.effort.seconds) / 3).await;
        held = shop.stop_at_work(&frozen, RUNNING).await;
        let began = Instant::now();
        sleep(LEASE * 3).await;
        remaining = shop.number(RUNNING).await;
        // Entries that have waited for longer are claimed first.
        while remaining > 0 && !may_remain && began.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(50)).await;
            remaining = shop.number(RUNNING).await;
        }
        frozen.signal(Signal::CONT);
        if held > remaining {
            break;
        }
    }
    sleep(Duration::from_secs(setting.effort.seconds) / 3).await;
    let record = traffic.end().await;
    let mut row = judge(&shop, name, &record, promise).await;
    let ledger = Ledger::read(&shop).await;
    let refused = || frozen.log().matches(": abandoned ").count();
    // On SQLite the worker waits for its turn to write before it notices.
    let woken = Instant::now();
    while refused() == 0 && woken.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(50)).await;
    }
    let refused = refused();
    row.must(
        remaining == 0 || may_remain,
        &format!("the other worker rescues the entries: {remaining} of {held} remain"),
    );
    let rescued = held - remaining;
    row.must(rescued > 0, "the other worker rescues some entries");
    row.must(
        ledger.lines("abandoned") >= rescued,
        &format!("the history has a line for each: {} of {held}", ledger.lines("abandoned")),
    );
    row.must(refused > 0, "the frozen worker logs that its leases were lost");
    row.note(&format!("{held} leases held during the freeze, {refused} refused afterwards"));
    row
}
