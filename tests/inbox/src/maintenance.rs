//! Maintenance while deliveries arrive: bodies are pruned, and the data of one person is erased.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::Intake;
use referral_webhooks_inbox::store::{Filter, PruneRule, Store};
use tokio::time::sleep;

use crate::person::{is_theirs, leaves};

/// Bodies older than this are pruned. It is short, so that some repeats arrive after the body is gone.
const AGE: Duration = Duration::from_millis(500);

/// Entries older than this are pruned while the clock is wrong by an hour or more. A scenario takes less time.
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);

/// Number of bodies in one batch, and the pause after it, as in a worker.
const MOST: u32 = 500;
const REST: Duration = Duration::from_millis(20);

/// The pause between two scans of all entries, and between two scans of the newest ones.
const BETWEEN_ALL: Duration = Duration::from_secs(3);
const BETWEEN_NEW: Duration = Duration::from_millis(250);

const BY: &str = "the driver";

/// Prunes and erases until the process ends.
pub(crate) fn start<S: Store>(intake: &Intake<Redpin, S>, store: &S) {
    // Bodies are pruned, and ids stay.
    tokio::spawn(prune(PruneRule::new(intake.name(), AGE, AGE, None, MOST), store.clone()));
    tokio::spawn(erase_person(intake.clone()));
    tokio::spawn(erase_entries(intake.name().to_owned(), store.clone()));
}

/// Prunes all entries older than half an hour, ids included, until the process ends.
pub(crate) fn start_pruning<S: Store>(intake: &Intake<Redpin, S>, store: &S) {
    let rule = PruneRule::new(intake.name(), HALF_AN_HOUR, HALF_AN_HOUR, Some(HALF_AN_HOUR), MOST);
    tokio::spawn(prune(rule, store.clone()));
}

async fn prune<S: Store>(rule: PruneRule, store: S) {
    loop {
        store.prune(rule.clone()).await.unwrap();
        sleep(REST).await;
    }
}

/// Erases the data of the person who leaves, repeatedly, because the person is referred repeatedly.
async fn erase_person<S: Store>(intake: Intake<Redpin, S>) {
    loop {
        intake.erase_where(is_theirs, BY).await.unwrap();
        sleep(BETWEEN_ALL).await;
    }
}

/// Erases the newest entries of the same person one by one. Some of them wait, and some are being processed.
async fn erase_entries<S: Store>(endpoint: String, store: S) {
    loop {
        for entry in store.list(Filter::new().endpoint(&endpoint)).await.unwrap() {
            if leaves(&entry.delivery_id) && entry.has_body {
                store.erase(entry.id, BY.into()).await.unwrap();
            }
        }
        sleep(BETWEEN_NEW).await;
    }
}

/// Returns the ids of entries with traces of the person who left, or with history after their erasure.
pub(crate) async fn traces<S: Store>(store: &S) -> Vec<String> {
    let mut traces = Vec::new();
    let mut page = store.list(Filter::new()).await.unwrap();
    while let Some(last) = page.last().map(|entry| entry.id) {
        for entry in page.into_iter().filter(|entry| leaves(&entry.delivery_id)) {
            let history = store.history(entry.id).await.unwrap();
            // No search finds the person in entries that were pruned earlier.
            let is_erased = history.iter().any(|event| event.what == "erased");
            let has_reason = entry.reason.is_some() || history.iter().any(|event| event.reason.is_some());
            let goes_on = history.last().is_some_and(|event| event.what != "erased");
            let has_body = entry.has_body || store.body(entry.id).await.unwrap().is_some();
            if has_body || is_erased && (has_reason || goes_on) {
                traces.push(entry.delivery_id);
            }
        }
        page = store.list(Filter::new().before(last).most(1_000)).await.unwrap();
    }
    traces
}
