//! What was left by its worker again and again may be what kills it, and is processed alone.

use std::sync::Mutex;
use std::time::Duration;

use referral_webhooks::Endpoint;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks_inbox::store::{ClaimRequest, Finish, Lease, State, Store};
use referral_webhooks_inbox::{EntryId, Inbox, Intake, MemoryStore, Outcome, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{SECRET, accepted, finished, leaked, working};

/// When handlers began and ended, in seconds.
type Times = Mutex<Vec<(String, u64, u64)>>;

struct Scene {
    inbox: Inbox<MemoryStore>,
    times: &'static Times,
    shop: Intake<Redpin, MemoryStore>,
    left: EntryId,
}

impl Scene {
    /// A worker that has an entry to process, and then one that was left twice.
    async fn set() -> (Self, Worker<MemoryStore>) {
        let inbox = Inbox::new(MemoryStore::new());
        let shop = inbox.intake("shop", Endpoint::new(SECRET).unwrap()).unwrap();
        let other = inbox.intake("other", Endpoint::new(SECRET).unwrap()).unwrap();
        let left = accepted(&shop, "left").await;
        for claimed in [1, 1, 0] {
            let dying = ClaimRequest::new("dying", &["shop".to_owned()], 2, Duration::ZERO);
            assert_eq!(inbox.store().claim(dying).await.unwrap().len(), claimed);
        }
        accepted(&other, "running").await;
        let (times, begun) = (leaked::<Times>(), Instant::now());
        let process = move |key: String| async move {
            let from = begun.elapsed().as_secs();
            sleep(Duration::from_secs(if key == "waiting" { 1 } else { 20 })).await;
            times.lock().unwrap().push((key, from, begun.elapsed().as_secs()));
            Outcome::Done
        };
        let worker = inbox
            .worker()
            .lease(Duration::from_secs(30))
            .run(&shop, move |_, attempt| process(attempt.id))
            // Whose turn is first.
            .run(&other, move |_, attempt| process(attempt.id));
        (Self { inbox, times, shop, left }, worker)
    }

    /// Processes what there is, and then one more.
    async fn goes_on(&self, worker: Worker<MemoryStore>) {
        let _working = working(worker);
        sleep(Duration::from_secs(1)).await;
        let waiting = accepted(&self.shop, "waiting").await;
        finished(self.inbox.store(), waiting).await;
        finished(self.inbox.store(), self.left).await;
    }

    fn times(&self, of: &str) -> (u64, u64) {
        let times = self.times.lock().unwrap();
        let (_, from, to) = times.iter().find(|(key, ..)| key == of).unwrap();
        (*from, *to)
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_kill_its_worker_runs_alone() {
    let (scene, worker) = Scene::set().await;
    scene.goes_on(worker).await;
    assert_eq!(scene.times("running"), (0, 20));
    assert_eq!(scene.times("left"), (20, 40));
    assert_eq!(scene.times("waiting"), (40, 41));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_suspect_for_longer_than_a_lease() {
    let (scene, worker) = Scene::set().await;
    scene.goes_on(worker.lease(Duration::from_secs(9))).await;
    assert_eq!(scene.times("running"), (0, 20));
    assert_eq!(scene.times("left"), (9, 29), "its lease was kept meanwhile");
    assert_eq!(scene.times("waiting"), (18, 19));
}

#[tokio::test(start_paused = true)]
async fn a_suspect_that_waits_for_others_is_released_at_a_shutdown() {
    let (scene, worker) = Scene::set().await;
    let (shutdown, ended) = working(worker);
    sleep(Duration::from_secs(5)).await;
    shutdown.cancel();
    ended.await.unwrap();
    assert_eq!(scene.times("running"), (0, 20));
    let left = scene.inbox.store().get(scene.left).await.unwrap().unwrap();
    assert_eq!((left.state, left.last_attempt), (State::Retryable, 21), "no attempt was burned");
    let history = scene.inbox.store().history(scene.left).await.unwrap();
    assert_eq!(history.last().unwrap().what, "released");
}

#[tokio::test(start_paused = true)]
async fn a_suspect_that_was_lost_while_it_waited_is_not_begun() {
    let (scene, worker) = Scene::set().await;
    let _working = working(worker);
    sleep(Duration::from_secs(5)).await;
    let store = scene.inbox.store();
    let lease = Lease::new(scene.left, 3, 20, Duration::from_secs(30));
    assert!(store.finish(&lease, Finish::Complete(None)).await.unwrap(), "somebody else has ended it");
    sleep(Duration::from_secs(60)).await;
    let processed: Vec<String> = scene.times.lock().unwrap().iter().map(|(key, ..)| key.clone()).collect();
    assert_eq!(processed, ["running"]);
}
