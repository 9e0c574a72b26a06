//! What time and people do to a store while deliveries come in: bodies are pruned, and somebody is erased.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::Intake;
use referral_webhooks_inbox::store::{Filter, PruneRule, Store};
use tokio::time::sleep;

use crate::person::{is_theirs, leaves};

/// The age from which bodies are not needed: so young that they go while their repeats still come.
const AGE: Duration = Duration::from_millis(500);

/// The age from which nothing is needed, where the clock is wrong by an hour or more: more than a scenario takes.
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);

/// How many bodies are pruned at once, and the rest after it: as a worker does.
const MOST: u32 = 500;
const REST: Duration = Duration::from_millis(20);

/// The rest between two looks at all entries, and at those that have just come.
const BETWEEN_ALL: Duration = Duration::from_secs(3);
const BETWEEN_NEW: Duration = Duration::from_millis(250);

const BY: &str = "the driver";

/// Prunes and erases, again and again.
pub(crate) fn start<S: Store>(intake: &Intake<Redpin, S>, store: &S) {
    // Bodies go, and keys stay.
    tokio::spawn(prune(PruneRule::new(intake.name(), AGE, AGE, None, MOST), store.clone()));
    tokio::spawn(erase_person(intake.clone()));
    tokio::spawn(erase_entries(intake.name().to_owned(), store.clone()));
}

/// Prunes all that is half an hour old, ids too, again and again.
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

/// Erases whoever wants to be forgotten, wherever they stand: again and again, for so they are referred.
async fn erase_person<S: Store>(intake: Intake<Redpin, S>) {
    loop {
        intake.erase_where(is_theirs, BY).await.unwrap();
        sleep(BETWEEN_ALL).await;
    }
}

/// The same entry by entry, among those that have just come: some wait, and some are being processed.
async fn erase_entries<S: Store>(endpoint: String, store: S) {
    loop {
        for entry in store.list(Filter::new().endpoint(&endpoint)).await.unwrap() {
            if leaves(&entry.delivery_id) && entry.has_body {
                store.erase(entry.id, BY).await.unwrap();
            }
        }
        sleep(BETWEEN_NEW).await;
    }
}

/// The keys under which something is left of whoever wanted to be forgotten, or has happened since.
pub(crate) async fn traces<S: Store>(store: &S) -> Vec<String> {
    let mut traces = Vec::new();
    let mut page = store.list(Filter::new()).await.unwrap();
    while let Some(last) = page.last().map(|entry| entry.id) {
        for entry in page.into_iter().filter(|entry| leaves(&entry.delivery_id)) {
            let history = store.history(entry.id).await.unwrap();
            // What was pruned before is found by nobody.
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
