//! Deliveries about many subjects, and about a hot one, arrive while no worker runs. Then workers start, and are killed
//! repeatedly.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Row as _};
use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work, subject_of};
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

/// Every eighth delivery is about the hot subject; one in a hundred fails at its first attempt.
const ID: fn(usize) -> String = |number| {
    let kind = if number % 100 == 99 { "waits" } else { "m" };
    let subject = if number.is_multiple_of(8) { "hot".to_owned() } else { format!("s{}", number % 97) };
    format!("{kind}-{subject}-{number}")
};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    const NAME: &str = "subjects-after-outage";
    let shop = Shop::open(&setting).await;
    let serving = |name, work| shop.plainly(Serve { subjects: true, ..shop.serving(name, work) });
    let receiver = serving("receiver", Work::None).start().await;
    let plan = Plan {
        pause: Duration::ZERO,
        most: usize::try_from(setting.effort.seconds * 400).unwrap(),
        delivery_id: ID,
        ..Plan::STEADY
    };
    let record = Traffic::start(&[receiver.door().clone()], plan).all().await;
    let waiting = shop.number("SELECT COUNT(*) FROM inbox_entry WHERE state = 'waiting'").await;
    let mut workers = [serving("one", Work::Tx).start().await, serving("two", Work::Tx).start().await];
    let began = Instant::now();
    let mut kills = 0;
    while kills < setting.effort.kills && shop.unfinished().await > 0 {
        sleep(Duration::from_millis(50 + u64::from(kills * 137 % 300))).await;
        let worker = &mut workers[kills as usize % 2];
        worker.kill().await;
        worker.start_again().await;
        kills += 1;
    }
    let mut row = judge(&shop, NAME, &record, Promise::ExactlyOnce).await;
    let ledger = Ledger::read(&shop).await;
    let order = completed(&shop).await;
    let disordered = order.values().filter(|places| !places.is_sorted()).count();
    row.must(waiting > 0, "entries wait for an earlier one of their subject");
    row.must(disordered == 0, &format!("each subject is processed in its order: {disordered} are not"));
    row.must(order.len() > 90, &format!("there are many subjects: {}", order.len()));
    row.note(&format!(
        "{waiting} entries of {} subjects waited, {kills} kills, {} leases expired, all finished after {:.1?}",
        order.len(),
        ledger.lines("abandoned"),
        began.elapsed()
    ));
    vec![row]
}

/// Returns the places of the entries of each subject, in the order of their completion.
async fn completed(shop: &Shop) -> BTreeMap<String, Vec<(i64, i64)>> {
    const COMPLETED: &str = "SELECT delivery_id, CAST(ordered_at AS BIGINT), CAST(entry_id AS BIGINT) FROM inbox_history \
                             JOIN inbox_entry ON inbox_entry.id = entry_id WHERE what = 'completed' \
                             ORDER BY inbox_history.id";
    let mut connection = shop.connect().await;
    let mut order: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for row in sqlx::query(COMPLETED).fetch_all(&mut connection).await.unwrap() {
        let subject = subject_of(&row.get::<String, _>(0)).expect("every delivery id has one");
        order.entry(subject).or_default().push((row.get(1), row.get(2)));
    }
    connection.close().await.unwrap();
    order
}
