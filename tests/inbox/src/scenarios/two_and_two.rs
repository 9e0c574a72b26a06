//! Two receivers and two workers start at once on one store. Both receivers get each delivery, and a worker is killed.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

const RUNNING: &str = "SELECT COUNT(*) FROM inbox_entry WHERE state = 'running' AND worker = 'three'";

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let names = [("one", Work::None), ("two", Work::None), ("three", Work::Tx), ("four", Work::Tx)];
    let start = |(name, work)| {
        // Long enough that the kill hits a running handler.
        let takes = setting.store.kind().takes();
        shop.plainly(Serve { takes, ..shop.serving(name, work) }).start()
    };
    let mut processes = join_all(names.map(start)).await;
    let doors = [processes[0].door().clone(), processes[1].door().clone()];
    let traffic = Traffic::start(&doors, Plan::STEADY);
    sleep(Duration::from_secs(setting.effort.seconds) / 2).await;
    shop.stop_at_work(&processes[2], RUNNING).await;
    processes[2].kill().await;
    sleep(Duration::from_secs(setting.effort.seconds) / 2).await;
    let record = traffic.end().await;
    let mut row = judge(&shop, "two-and-two", &record, Promise::ExactlyOnce).await;
    row.must_drain();
    let ledger = Ledger::read(&shop).await;
    row.must(ledger.lines("abandoned") > 0, "the entries of the killed worker are rescued");
    row.note(&format!("{} leases of the killed worker expired", ledger.lines("abandoned")));
    vec![row]
}
