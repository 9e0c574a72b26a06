//! Secrets rotate under load, the receiver is killed at each step, and a secret is removed too early.
//!
//! A genuine delivery is never refused, an old secret is refused as soon as it only reopens, and entries without their
//! secret wait until it is back.

use std::time::Duration;

use tokio::time::sleep;

use crate::judge::judge;
use crate::process::Process;
use crate::row::{Promise, Row};
use crate::serve::{Serve, Work};
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, SECRETS, Traffic, send_once, set_signer};

/// The number of the last secret.
const LAST: usize = SECRETS.len() - 1;

const WITHOUT: &str = "SELECT COUNT(*) FROM inbox_entry WHERE state = 'retryable' AND attempt = 1 AND reason LIKE \
                       'the endpoint does not have the secret %'";

const USED_UP: &str = "SELECT COUNT(*) FROM inbox_entry WHERE state = 'discarded' OR last_attempt - attempt < 19 AND \
                       state <> 'completed'";

const NEEDED: &str = "SELECT COUNT(DISTINCT secret) FROM inbox_entry";

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let shop = Shop::open(&setting).await;
    set_signer(0);
    let mut receiver = shop.start("receiver", Work::None).await;
    let door = receiver.door().clone();
    let traffic = Traffic::start(std::slice::from_ref(&door), Plan::STEADY);
    let pause = Duration::from_millis(setting.effort.seconds * 1_000) / (2 * SECRETS.len() as u32);
    sleep(pause).await;
    let mut old_accepted = Vec::new();
    for number in 1..=LAST {
        let accepting = shop.serving("receiver", Work::None);
        restart(&mut receiver, Serve { current: number, previous: Some(number - 1), ..accepting.clone() }).await;
        sleep(pause).await;
        set_signer(number);
        // Requests that were signed before are answered by now.
        sleep(pause).await;
        restart(&mut receiver, Serve { current: number, reopening: number, ..accepting }).await;
        for old in 0..number {
            let status = send_once(&door, &format!("old-{number}-{old}"), old).await;
            old_accepted.extend(status.filter(|status| *status != 401));
        }
    }
    let needed = shop.number(NEEDED).await;

    // The old secrets were removed too early. The entries that they proved wait, and the others are processed.
    let working = shop.serving("worker", Work::Tx);
    let mut worker = shop.plainly(Serve { current: LAST, ..working.clone() }).start().await;
    let mut waiting = 0;
    for _ in 0..50 {
        sleep(Duration::from_millis(100)).await;
        let now_waiting = shop.number(WITHOUT).await;
        if now_waiting > 0 && now_waiting == waiting {
            break;
        }
        waiting = now_waiting;
    }
    let used_up = shop.number(USED_UP).await;
    worker.kill().await;
    worker.start_as(Serve { current: LAST, reopening: LAST, ..working }).await;

    let record = traffic.end().await;
    set_signer(0);
    shop.let_waits_end().await;
    let mut row = judge(&shop, "rotation", &record, Promise::ExactlyOnce).await;
    row.must(record.count(401) == 0, &format!("no genuine delivery is refused: {}", record.count(401)));
    row.must(old_accepted.is_empty(), &format!("a reopening secret accepts nothing: {old_accepted:?}"));
    row.must(needed == SECRETS.len() as i64, &format!("entries name {} secrets: {needed}", SECRETS.len()));
    row.must(
        waiting > 0 && used_up == 0,
        &format!("{waiting} entries wait without their secret, {used_up} used attempts"),
    );
    row.note(&format!("{LAST} rotations and {} kills, {waiting} entries waited for a removed secret", 2 * LAST + 1));
    vec![row]
}

async fn restart(process: &mut Process, serve: Serve) {
    process.kill().await;
    process.start_as(serve).await;
}
