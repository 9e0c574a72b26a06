//! Handlers in the store's transaction that together take longer than a lease: they are admitted one by one.

use std::time::Duration;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

const ENTRIES: usize = 50;

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    // Sixteen handlers in sequence take 1.6 s.
    let serve = Serve { takes: 100, lease: 1_000, ..shop.serving("receiver", Work::Tx) };
    let receiver = shop.plainly(serve).start().await;
    let plan = Plan { most: ENTRIES, pause: Duration::ZERO, ..Plan::STEADY };
    let record = Traffic::start(&[receiver.door().clone()], plan).all().await;
    let mut row = judge(&shop, "admission", &record, Promise::ExactlyOnce).await;
    let ledger = Ledger::read(&shop).await;
    let most = ledger.entries.values().map(|entry| entry.attempt).max().unwrap_or_default();
    let abandoned = ledger.lines("abandoned");
    row.must(
        abandoned == 0,
        &format!("no lease expires while its worker runs: {abandoned} did, and one entry had {most} attempts"),
    );
    row.note(&format!("{abandoned} leases abandoned, at most {most} attempts"));
    vec![row]
}
