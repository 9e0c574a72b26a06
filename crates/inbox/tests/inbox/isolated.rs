//! An entry abandoned twice may be the one that kills its worker, so it runs isolated: no other handler runs meanwhile.

use std::sync::Mutex;
use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::{Finish, Lease, State, Store};
use referral_webhooks_inbox::{EntryId, Inbox, Intake, MemoryStore, Outcome, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{accepted, claim, endpoint, entry, finished, history, leaked, shop, start};

/// The delivery ids of handlers that ended, with the seconds of their begin and end.
type Times = Mutex<Vec<(String, u64, u64)>>;

struct Scene {
    inbox: Inbox<MemoryStore>,
    times: &'static Times,
    shop: Intake<Redpin, MemoryStore>,
    abandoned: EntryId,
}

impl Scene {
    /// Returns a worker that finds an entry to process, and then one that was abandoned twice.
    async fn new() -> (Self, Worker<MemoryStore>) {
        let inbox = Inbox::new(MemoryStore::new());
        let shop = shop(&inbox);
        let other = inbox.intake("other", endpoint()).unwrap();
        let abandoned = accepted(&shop, "abandoned").await;
        for claimed in [1, 1, 0] {
            assert_eq!(claim(inbox.store(), 2, Duration::ZERO).await.len(), claimed);
        }
        accepted(&other, "running").await;
        let (times, begun) = (leaked::<Times>(), Instant::now());
        let process = move |id: String| async move {
            let from = begun.elapsed().as_secs();
            sleep(Duration::from_secs(if id == "waiting" { 1 } else { 20 })).await;
            times.lock().unwrap().push((id, from, begun.elapsed().as_secs()));
            Outcome::Done
        };
        let worker = inbox
            .worker()
            .lease(Duration::from_secs(30))
            .run(&shop, move |_, attempt| process(attempt.id))
            // The other endpoint has the first turn.
            .run(&other, move |_, attempt| process(attempt.id));
        (Self { inbox, times, shop, abandoned }, worker)
    }

    /// Processes both entries, and a third one that arrives in the meantime.
    async fn process_all(&self, worker: Worker<MemoryStore>) {
        let _running = start(worker);
        sleep(Duration::from_secs(1)).await;
        let waiting = accepted(&self.shop, "waiting").await;
        finished(self.inbox.store(), waiting).await;
        finished(self.inbox.store(), self.abandoned).await;
    }

    fn times(&self, of: &str) -> (u64, u64) {
        let times = self.times.lock().unwrap();
        let (_, from, to) = times.iter().find(|(id, ..)| id == of).unwrap();
        (*from, *to)
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_abandoned_twice_runs_isolated() {
    let (scene, worker) = Scene::new().await;
    scene.process_all(worker).await;
    assert_eq!(scene.times("running"), (0, 20));
    assert_eq!(scene.times("abandoned"), (20, 40));
    assert_eq!(scene.times("waiting"), (40, 41));
}

#[tokio::test(start_paused = true)]
async fn other_entries_wait_for_an_isolated_one_at_most_a_lease() {
    let (scene, worker) = Scene::new().await;
    scene.process_all(worker.lease(Duration::from_secs(9))).await;
    assert_eq!(scene.times("running"), (0, 20));
    assert_eq!(scene.times("abandoned"), (9, 29), "its lease is extended meanwhile");
    assert_eq!(scene.times("waiting"), (18, 19));
}

#[tokio::test(start_paused = true)]
async fn an_isolated_entry_that_waits_is_released_at_a_shutdown() {
    let (scene, worker) = Scene::new().await;
    let running = start(worker);
    sleep(Duration::from_secs(5)).await;
    running.stop().await;
    assert_eq!(scene.times("running"), (0, 20));
    let released = entry(scene.inbox.store(), scene.abandoned).await;
    assert_eq!((released.state, released.last_attempt), (State::Retryable, 21), "no attempt was burned");
    assert_eq!(history(scene.inbox.store(), scene.abandoned).await.last().unwrap(), "released");
}

#[tokio::test(start_paused = true)]
async fn an_isolated_entry_whose_lease_was_taken_does_not_begin() {
    let (scene, worker) = Scene::new().await;
    let _running = start(worker);
    sleep(Duration::from_secs(5)).await;
    let store = scene.inbox.store();
    let lease = Lease::new(scene.abandoned, 3, 20, Duration::from_secs(30));
    assert!(store.finish(&lease, Finish::Complete(None)).await.unwrap(), "another worker has finished it");
    sleep(Duration::from_secs(60)).await;
    let processed: Vec<String> = scene.times.lock().unwrap().iter().map(|(id, ..)| id.clone()).collect();
    assert_eq!(processed, ["running"]);
}
