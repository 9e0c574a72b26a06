//! A database server that is down for eight seconds after a power failure.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::locked::ANSWERED;
use crate::judge::judge;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::store::Store;
use crate::traffic::{Plan, Traffic};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let Store::Postgres(server) = &setting.store else { unreachable!("it is only for stores with a server") };
    let shop = Shop::open(&setting).await;
    let receiver = shop.start("receiver", Work::Tx).await;
    let traffic = Traffic::start(&[receiver.door().clone()], Plan::STEADY);
    sleep(Duration::from_secs(1)).await;
    server.stop().await;
    sleep(Duration::from_secs(8)).await;
    server.start_again().await;
    let back = Instant::now();
    sleep(Duration::from_secs(1)).await;
    let record = traffic.end().await;
    let mut row = judge(&shop, "restart", &record, Promise::ExactlyOnce).await;
    row.must(record.count(503) > 0, "deliveries that cannot be stored are answered 503");
    row.must_answer_within(ANSWERED);
    row.must_drain();
    let recovered = record.recovered_after(back).unwrap_or(Duration::MAX);
    row.must(recovered <= Duration::from_secs(5), &format!("it accepts again within 5 s: {recovered:?}"));
    row.note(&format!("accepting {recovered:.0?} after the server was back"));
    vec![row]
}
