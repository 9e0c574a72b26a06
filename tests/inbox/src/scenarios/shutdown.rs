//! Shutdown while handlers run: some finish, some are released, and no attempt is used up.

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

const ROUNDS: u32 = 3;

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let mut serve = shop.serving("receiver", Work::Plain);
    serve.takes = 100;
    serve.grace = 500;
    let mut receiver = shop.plainly(serve.clone()).start().await;
    let plan = Plan {
        pause: Duration::from_millis(150),
        delivery_id: |number| if number % 10 == 3 { format!("lingers-{number}") } else { format!("m-{number}") },
        ..Plan::STEADY
    };
    let traffic = Traffic::start(&[receiver.door().clone()], plan);
    let mut ends = Vec::new();
    for _ in 0..ROUNDS {
        sleep(Duration::from_secs(setting.effort.seconds) / ROUNDS).await;
        receiver.signal(Signal::TERM);
        ends.push(receiver.ends_within(Duration::from_secs(10)).await);
        receiver.start_again().await;
    }
    let record = traffic.end().await;
    let mut row = judge(&shop, "shutdown", &record, Promise::AtLeastOnce).await;
    let ledger = Ledger::read(&shop).await;
    let released = ledger.lines("released");
    let burned = ["abandoned", "retry", "discarded"].map(|what| ledger.lines(what));
    row.must(ends.iter().all(|end| *end == Some(true)), &format!("it exits successfully: {ends:?}"));
    row.must(released > 0, "handlers that exceed the grace period are released");
    let reasons = &ledger.reasons;
    row.must(burned == [0; 3], &format!("no attempt is abandoned, retried or discarded: {burned:?}, {reasons:?}"));
    let attempts = i64::from(serve.attempts);
    let fewer = ledger.entries.values().filter(|entry| entry.last_attempt - entry.attempt != attempts - 1).count();
    row.must(fewer == 0, &format!("every entry keeps its other {} attempts: {fewer} do not", attempts - 1));
    row.note(&format!("{released} released in {ROUNDS} shutdowns"));
    vec![row]
}
