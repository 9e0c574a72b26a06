//! The comparison of the traffic with the tables.

use std::time::Duration;

use sqlx::{Connection as _, Row as _};

use crate::ledger::Ledger;
use crate::row::{Promise, Row};
use crate::shop::Shop;
use crate::traffic::Record;

/// How long a scenario waits until all work is done.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until all work is done, and compares the traffic with the content of the tables.
pub(crate) async fn judge(shop: &Shop, scenario: &'static str, record: &Record, promise: Promise) -> Row {
    let drained = shop.drained(PATIENCE).await;
    let ledger = Ledger::read(shop).await;
    let mut row = Row::new(scenario, record, &ledger, drained, promise);
    if let Some(check) = shop.kind().integrity() {
        let mut connection = shop.connect().await;
        let answer: String = sqlx::query(check).fetch_one(&mut connection).await.unwrap().get(0);
        connection.close().await.unwrap();
        row.must(answer == "ok", &format!("the file is whole: {answer}"));
    }
    row
}
