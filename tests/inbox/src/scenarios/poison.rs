//! Deliveries whose handler fails, panics, kills its process, hangs, or allocates without end, among harmless ones.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::judge::judge;
use crate::ledger::Ledger;
use crate::process::Start;
use crate::row::{Promise, Row, is_poison};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

const ATTEMPTS: u32 = 5;

/// Address space of a worker in bytes: many times its need.
const ADDRESSES: u64 = 4 << 30;

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    // Concurrently, because both mostly wait.
    let (in_tx, plain) = tokio::join!(
        poison("poison", &setting, Work::Tx, Promise::ExactlyOnce),
        poison("poison-plain", &setting, Work::Plain, Promise::AtLeastOnce),
    );
    vec![in_tx, plain]
}

async fn poison(name: &'static str, setting: &Setting, work: Work, promise: Promise) -> Row {
    let shop = Shop::open(setting).await;
    let mut serve = shop.serving("receiver", Work::None);
    serve.attempts = ATTEMPTS;
    serve.lease = 1_000;
    let receiver = shop.plainly(serve.clone()).start().await;
    serve.name = "worker".to_owned();
    serve.work = work;
    serve.takes = if work == Work::Plain { 20 } else { 0 };
    let start = shop.plainly(serve);
    let through = vec!["prlimit".into(), format!("--as={ADDRESSES}").into()];
    let mut worker = Start { through, ..start }.start().await;
    let plan = Plan {
        most: 200 * usize::try_from(setting.effort.seconds).unwrap(),
        delivery_id: |number| match number % 600 {
            50 | 350 => format!("errors-{number}"),
            100 | 400 => format!("panics-{number}"),
            // Few deliveries kill their process, because each kill costs the concurrent ones an attempt.
            150 => format!("aborts-{number}"),
            450 => format!("allocates-{number}"),
            200 | 500 => format!("hangs-{number}"),
            _ => format!("m-{number}"),
        },
        // Only once, because a repeat revives a dead letter.
        copies: |_| 1,
        ..Plan::STEADY
    };
    let traffic = Traffic::start(&[receiver.door().clone()], plan);
    let began = Instant::now();
    let mut deaths = 0;
    let mut all = Box::pin(traffic.all());
    let mut record = None;
    while record.is_none() || (shop.unfinished().await > 0 && began.elapsed() < Duration::from_secs(90)) {
        tokio::select! {
            sent = &mut all, if record.is_none() => record = Some(sent),
            () = sleep(Duration::from_millis(20)) => {}
        }
        // As a supervisor does.
        if worker.has_ended() {
            deaths += 1;
            worker.start_again().await;
        }
    }
    let record = record.expect("the loop has waited for it");
    let mut row = judge(&shop, name, &record, promise).await;
    let ledger = Ledger::read(&shop).await;
    let poisons: Vec<&String> = record.sent.iter().filter(|id| is_poison(id)).collect();
    for id in &poisons {
        let entry = &ledger.entries[*id];
        let is_right = entry.state == "discarded" && entry.attempt == i64::from(ATTEMPTS);
        row.must(is_right, &format!("`{id}` is a dead letter after {ATTEMPTS} attempts: {entry:?}"));
        let effects = ledger.effects.contains_key(*id) || ledger.plain.contains_key(*id);
        row.must(!effects, &format!("`{id}` has no effect"));
    }
    let out_of_memory = worker.log().matches("memory allocation of").count();
    row.must(out_of_memory > 0, "some handlers allocate until memory is exhausted");
    let burned = ledger.entries.iter().filter(|(id, entry)| !is_poison(id) && entry.attempt > 1).count();
    row.note(&format!(
        "{} poisons are dead letters, {deaths} processes died, {out_of_memory} of them out of memory, {burned} \
         other entries needed a second attempt, all finished after {:.1?}",
        poisons.len(),
        began.elapsed()
    ));
    row
}
