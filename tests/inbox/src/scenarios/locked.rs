//! A lock in another process that prevents every write for longer than a platform waits.

use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tokio::time::sleep;

use crate::judge::judge;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

/// The budget of an answer, and the delay of a busy machine.
pub(super) const ANSWERED: Duration = Duration::from_millis(1_500 + 500);

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let receiver = shop.start("receiver", Work::Tx).await;
    let traffic = Traffic::start(&[receiver.door().clone()], Plan::STEADY);
    sleep(Duration::from_secs(1)).await;
    let mut other = shop.connect().await;
    sqlx::raw_sql(shop.lock()).execute(&mut other).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let free = Instant::now();
    other.close().await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let record = traffic.end().await;
    let mut row = judge(&shop, "locked", &record, Promise::ExactlyOnce).await;
    row.must(record.count(503) > 0, "deliveries that cannot be stored are answered 503");
    row.must_answer_within(ANSWERED);
    let recovered = record.recovered_after(free).unwrap_or(Duration::MAX);
    row.must(recovered <= Duration::from_secs(5), &format!("it accepts again within 5 s: {recovered:?}"));
    row.note(&format!("accepting {recovered:.0?} after the lock was free"));
    vec![row]
}
