//! Repeated kills of the process that receives and works, at varying moments of its work.

use std::time::Duration;

use tokio::time::sleep;

use crate::judge::judge;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let mut receiver = shop.start("receiver", Work::Tx).await;
    let traffic = Traffic::start(&[receiver.door().clone()], Plan::STEADY);
    for round in 0..setting.effort.kills {
        sleep(Duration::from_millis(30 + u64::from(round * 137 % 500))).await;
        receiver.kill().await;
        receiver.start_again().await;
    }
    let record = traffic.end().await;
    let mut row = judge(&shop, "kill", &record, Promise::ExactlyOnce).await;
    row.must_drain();
    row.must(record.broken_off > 0, "kills hit deliveries in flight");
    row.note(&format!("{} kills", setting.effort.kills));
    vec![row]
}
