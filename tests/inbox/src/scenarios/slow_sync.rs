//! A disk that needs 50 ms for each sync.

use std::time::Duration;

use tokio::time::sleep;

use crate::judge::judge;
use crate::process::Start;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    let start = shop.plainly(shop.serving("receiver", Work::Tx));
    let syncs = "fsync,fdatasync";
    let trace = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null"];
    let slow = [format!("--trace={syncs}"), format!("--inject={syncs}:delay_enter=50000")];
    let through = trace.into_iter().map(Into::into).chain(slow.map(Into::into)).collect();
    let receiver = Start { through, ..start }.start().await;
    let plan = Plan { senders: 64, pause: Duration::from_millis(100), ..Plan::STEADY };
    let traffic = Traffic::start(&[receiver.door().clone()], plan);
    sleep(Duration::from_secs(setting.effort.seconds)).await;
    let record = traffic.end().await;
    let mut row = judge(&shop, "slow-sync", &record, Promise::ExactlyOnce).await;
    let p99 = record.p99();
    row.must(p99 >= Duration::from_millis(50), &format!("syncs are slow: {p99:?}"));
    row.must(p99 < Duration::from_millis(1_500), &format!("99 of 100 are answered within 1.5 s: {p99:?}"));
    vec![row]
}
