//! A thousand concurrent copies of one delivery at two receivers.

use std::time::Duration;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

const COPIES: usize = 1_000;

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let one = shop.start("one", Work::Tx).await;
    let two = shop.start("two", Work::Tx).await;
    let plan = Plan {
        senders: 64,
        pause: Duration::ZERO,
        most: COPIES,
        delivery_id: |_| "the-same".to_owned(),
        copies: |_| 1,
    };
    let record = Traffic::start(&[one.door().clone(), two.door().clone()], plan).all().await;
    let mut row = judge(&shop, "storm", &record, Promise::ExactlyOnce).await;
    let ledger = Ledger::read(&shop).await;
    let answered = record.count(200);
    row.must(answered == COPIES, &format!("all {COPIES} are answered 200: {answered} are"));
    row.must(ledger.entries.len() == 1, &format!("it is stored once: {} times", ledger.entries.len()));
    let repeats = ledger.entries.values().map(|entry| entry.repeats).sum::<i64>();
    // A delivery that was answered 503 may have been stored nevertheless. Its retry then counts as a repeat.
    let most = COPIES + record.count(503);
    let holds = usize::try_from(repeats).is_ok_and(|repeats| (COPIES - 1..most).contains(&repeats));
    row.must(holds, &format!("every repeat is counted: {repeats}"));
    row.note(&format!("{repeats} repeats counted"));
    vec![row]
}
