//! A worker is frozen for three leases, another takes over, and the first wakes up and goes on.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::{LEASE, Shop};
use crate::store::Kind;
use crate::traffic::{Plan, Traffic};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    // At the same time, for they mostly wait.
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
    // Long enough to be met at it.
    serve.takes = if work == Work::Plain { 50 } else { setting.store.kind().takes() };
    let frozen = shop.plainly(serve.clone()).start().await;
    serve.name = "other".to_owned();
    let _other = shop.plainly(serve).start().await;
    let traffic = Traffic::start(&[receiver.door().clone()], Plan::STEADY);
    let (mut held, mut left) = (0, 0);
    // A server lets a frozen transaction keep its rows for ten seconds: nobody takes those over before.
    let may_be_left = setting.store.kind() == Kind::Postgres;
    for _ in 0..5 {
        sleep(Duration::from_secs(setting.effort.seconds) / 3).await;
        held = shop.stop_at_work(&frozen, RUNNING).await;
        let began = Instant::now();
        sleep(LEASE * 3).await;
        left = shop.number(RUNNING).await;
        // What waited for longer has its turn before.
        while left > 0 && !may_be_left && began.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(50)).await;
            left = shop.number(RUNNING).await;
        }
        frozen.signal(Signal::CONT);
        if held > left {
            break;
        }
    }
    sleep(Duration::from_secs(setting.effort.seconds) / 3).await;
    let record = traffic.end().await;
    let mut row = shop.judge(name, &record, promise).await;
    let ledger = Ledger::read(&shop).await;
    let refused = || frozen.log().matches("the lease expired before the attempt ended").count();
    // On SQLite it waits for its turn to write before it learns of it.
    let woken = Instant::now();
    while refused() == 0 && woken.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(50)).await;
    }
    let refused = refused();
    row.must(left == 0 || may_be_left, &format!("the other worker takes over: {left} of {held} were left"));
    let taken_over = held - left;
    row.must(taken_over > 0, "somebody takes over what was held");
    row.must(
        ledger.lines("abandoned") >= taken_over,
        &format!("it is written down: {} of {held}", ledger.lines("abandoned")),
    );
    row.must(refused > 0, "who lost its lease is told so");
    row.note(&format!("{held} leases were held in the freeze, {refused} refused after it"));
    row
}
