//! A clock that is wrong by an hour, 100 and 200 days for seconds, while everything older than half an hour is pruned.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::clock::{Clock, IDS};
use crate::judge::judge;
use crate::process::Start;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::server::Server;
use crate::setting::Setting;
use crate::shop::{LEASE, Shop};
use crate::store::Store;
use crate::traffic::{Plan, Record, Traffic, set_clock};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The error of the clock in seconds, step by step.
const STEPS: [i64; 12] = [HOUR, 0, -HOUR, 0, 100 * DAY, 0, -100 * DAY, 0, 200 * DAY, 0, -200 * DAY, 0];

const ENTRIES: &str = "SELECT COUNT(*) FROM inbox_entry";

const BODIES: &str = "SELECT COUNT(*) FROM inbox_payload";

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let clock = Clock::new();
    // With a file of SQLite, the clock of the process is the clock of the database.
    let mut rows = vec![stepped("clock-days", &setting, &clock, clock.environment()).await];
    if let Store::Postgres(_) = setting.store {
        let server = Arc::new(Server::start(clock.environment()).await);
        let setting = Setting { store: Store::Postgres(server), ..setting };
        rows.push(stepped("clock-days-server", &setting, &clock, Vec::new()).await);
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
    // The clock of the process judges the age of a delivery.
    let is_of_the_process = !environment.is_empty();
    let serve = Serve { any_age: true, prunes: true, ..shop.serving("receiver", Work::Tx) };
    let mut receiver = Start { environment, ..shop.plainly(serve) }.start().await;
    let doors = [receiver.door().clone()];
    let mut all = Record::default();
    let mut slow = Vec::new();
    for (number, step) in STEPS.into_iter().enumerate() {
        let traffic = Traffic::start(&doors, Plan { delivery_id: IDS[number], ..Plan::STEADY });
        sleep(Duration::from_millis(400)).await;
        clock.set(step);
        set_clock(if is_of_the_process { step } else { 0 });
        sleep(Duration::from_millis(400)).await;
        // A process that starts under a wrong clock has not seen the right time.
        if step > 0 {
            receiver.kill().await;
            receiver.start_again().await;
        }
        sleep(Duration::from_millis(400)).await;
        all.add(traffic.end().await);
        if shop.drained(LEASE * 2 + Duration::from_secs(1)).await.is_none() {
            slow.push(step);
        }
    }
    let (entries, bodies) = (shop.number(ENTRIES).await, shop.number(BODIES).await);
    let sent = i64::try_from(all.sent.len()).unwrap();

    // Every delivery is repeated.
    let mut again = 0;
    for delivery_id in IDS {
        let most = all.sent.iter().filter(|sent| sent.starts_with(&delivery_id(0)[..2])).count();
        let plan = Plan { most, delivery_id, copies: |_| 1, ..Plan::STEADY };
        again += Traffic::start(&doors, plan).all().await.acknowledged.len();
    }
    let refused = all.take(401);
    let mut row = judge(&shop, name, &all, Promise::ExactlyOnce).await;
    // Each sender has one delivery in flight when a clock is set.
    let most = STEPS.len() * Plan::STEADY.senders;
    row.must(
        refused <= most,
        &format!("only deliveries signed by the previous clock are refused: {refused} of {most}"),
    );
    row.must(slow.is_empty(), &format!("a step delays by two leases at most, but not the steps to {slow:?} s"));
    row.must(entries == sent, &format!("no id is deleted: {entries} of {sent} remain"));
    row.must(bodies == sent, &format!("no body is deleted: {bodies} of {sent} remain"));
    row.must(again == all.sent.len(), &format!("every repeat is acknowledged: {again}"));
    let more = shop.number(ENTRIES).await - entries;
    row.must(more == 0, &format!("no repeat is new: {more}"));
    row.note(&format!("set to {STEPS:?} s in turn, and restarted when the clock is ahead"));
    row
}
