//! The wait of an answer for the handler, for platforms to which a success means that the thing is done.
//!
//! - Guarantees: a wait ends successfully only if the store says that the entry is completed. It ends at its deadline at
//!   the latest, and when the last worker of this process has ended.
//! - Assumes: the handler may run on another machine, so that the store is asked at a bounded rate. A handler of this
//!   process wakes the wait earlier. A repeat waits for the same entry and processes it no second time.
//! - Without it: a payout that later becomes a dead letter is shown to the partner as paid.

use std::collections::HashMap;
use std::fmt;
use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::store::{EntryId, State, Store};

/// The most answers that wait at the same time.
const MOST: usize = 1_024;

/// The pauses between two questions to the store.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The reason for which a stored delivery is not acknowledged.
///
/// ```
/// use referral_webhooks_inbox::{NotStored, Unfulfilled};
///
/// fn needs_a_person(error: &NotStored) -> bool {
///     matches!(error, NotStored::Unfulfilled(Unfulfilled::Ended(_)))
/// }
/// # assert!(!needs_a_person(&NotStored::AdmissionFull));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfulfilled {
    /// The handler has not completed in time. No worker may be running.
    Late(Duration),
    /// The entry waits for a person, or was cancelled. It is in this state.
    Ended(State),
    /// The process is shutting down.
    ShuttingDown,
    /// Too many answers are waiting.
    TooMany,
}

impl fmt::Display for Unfulfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(time) => write!(f, "its handler has not completed within {} ms", time.as_millis()),
            Self::Ended(state) => write!(f, "its entry is {state}, and an operator has to act"),
            Self::ShuttingDown => f.write_str("the process is shutting down"),
            Self::TooMany => f.write_str("too many answers wait for their handlers"),
        }
    }
}

/// The answers of an inbox that wait for handlers. All clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fulfilment(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// The entries that answers wait for, with the number of answers.
    waiting: Mutex<HashMap<EntryId, (usize, Arc<Notify>)>>,
    places: Semaphore,
    /// The number of workers that run in this process.
    workers: watch::Sender<usize>,
    stopped: CancellationToken,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            places: Semaphore::new(MOST),
            workers: watch::Sender::new(0),
            stopped: CancellationToken::new(),
        }
    }
}

/// A worker that runs. Its end is noticed, also if its future is dropped.
#[derive(Debug)]
pub(crate) struct Running(Fulfilment);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.workers.send_modify(|workers| *workers = workers.saturating_sub(1));
    }
}

impl Fulfilment {
    /// Notes that a worker runs.
    pub(crate) fn running(&self) -> Running {
        self.0.workers.send_modify(|workers| *workers += 1);
        Running(self.clone())
    }

    /// Wakes the answers that wait for an entry whose attempt has ended.
    pub(crate) fn ended(&self, id: EntryId) {
        if let Some((_, notify)) = self.waiting().get(&id) {
            notify.notify_waiters();
        }
    }

    /// Ends all waits, now and later.
    pub(crate) fn stop(&self) {
        self.0.stopped.cancel();
    }

    /// Waits until all entries are completed.
    pub(crate) async fn wait<S: Store>(
        &self,
        store: &S,
        entries: &[EntryId],
        within: (Instant, Duration),
    ) -> Result<(), Unfulfilled> {
        let (begun, time) = within;
        let late = sleep_until(begun.checked_add(time).unwrap_or(begun));
        let _place = self.0.places.try_acquire().map_err(|_| Unfulfilled::TooMany)?;
        let mut workers = self.0.workers.subscribe();
        let has_worker = *workers.borrow() > 0;
        let mut gone = pin!(async {
            if has_worker {
                // The sender is not dropped, because this wait has it.
                let _ = workers.wait_for(|workers| *workers == 0).await;
            } else {
                pending().await
            }
        });
        let mut late = pin!(late);
        for id in entries {
            let (mut entry, mut is_first) = (Waiting::for_entry(self, *id), true);
            let mut pause = FIRST_PAUSE;
            // The last question after the end of a worker finds what it has completed.
            let mut last = None;
            loop {
                let notify = Arc::clone(&entry.notify);
                let mut ended = pin!(notify.notified());
                ended.as_mut().enable();
                match progress(store, entry.id, is_first).await {
                    Progress::Completed => break,
                    Progress::Ended(state) => return Err(Unfulfilled::Ended(state)),
                    Progress::Repeats(of) => {
                        (entry, is_first) = (Waiting::for_entry(self, of), false);
                        continue;
                    }
                    Progress::Open => {}
                }
                if let Some(why) = last {
                    return Err(why);
                }
                tokio::select! {
                    biased;
                    () = &mut late => last = Some(Unfulfilled::Late(time)),
                    () = self.0.stopped.cancelled() => last = Some(Unfulfilled::ShuttingDown),
                    () = &mut gone => last = Some(Unfulfilled::ShuttingDown),
                    () = ended => {}
                    () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                }
            }
        }
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<EntryId, (usize, Arc<Notify>)>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that waits for an entry. The entry is forgotten with its last answer.
struct Waiting {
    fulfilment: Fulfilment,
    id: EntryId,
    notify: Arc<Notify>,
}

impl Waiting {
    fn for_entry(fulfilment: &Fulfilment, id: EntryId) -> Self {
        let mut waiting = fulfilment.waiting();
        let (answers, notify) = waiting.entry(id).or_default();
        *answers += 1;
        let notify = Arc::clone(notify);
        drop(waiting);
        Self { fulfilment: fulfilment.clone(), id, notify }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.fulfilment.waiting();
        if let Some((answers, _)) = waiting.get_mut(&self.id) {
            *answers -= 1;
            if *answers == 0 {
                waiting.remove(&self.id);
            }
        }
    }
}

/// The progress of an entry.
enum Progress {
    Completed,
    /// The entry is not completed before it changes.
    Open,
    /// No worker processes the entry.
    Ended(State),
    /// Another entry has the business key.
    Repeats(EntryId),
}

async fn progress<S: Store>(store: &S, id: EntryId, is_first: bool) -> Progress {
    // A failing store is asked again, until the deadline.
    let Ok(Some(entry)) = store.get(id).await else { return Progress::Open };
    if let Some(of) = entry.repeat_of.filter(|_| is_first) {
        return Progress::Repeats(of);
    }
    match entry.state {
        State::Completed => Progress::Completed,
        State::Available | State::Waiting | State::Running | State::Retryable => Progress::Open,
        State::Parked | State::Discarded | State::Cancelled => Progress::Ended(entry.state),
    }
}
