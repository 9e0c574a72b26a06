//! The inbox behind the endpoint.

use std::time::Duration;

use referral_webhooks::DeliveryId;
use referral_webhooks_inbox::store::{Entry, Filter, State, Store, StoreError};
use tokio::time::{Instant, sleep};

use super::finding::Finding;
use crate::failure::Failure;
use crate::inbox::database::{DbArgs, Opened};
use crate::note::note;

/// The pause between two looks at an entry.
const PAUSE: Duration = Duration::from_millis(100);

/// The maximum number of entries of one delivery that are read.
const MOST: u32 = 16;

/// The inbox behind the endpoint.
pub(super) struct Inbox(Opened);

impl Inbox {
    /// Opens the inbox that an option names, or else the one in the environment. An unusable one in the environment is
    /// noted alone, because the variable may name another database.
    pub(super) async fn open(arguments: &DbArgs) -> Result<Option<Self>, Failure> {
        if !arguments.is_given() && !DbArgs::is_in_environment() {
            return Ok(None);
        }
        let opened = match arguments.open().await {
            Ok(opened) => opened.need_bodies().map(|()| opened),
            Err(failure) => Err(failure),
        };
        match opened {
            Ok(opened) => Ok(Some(Self(opened))),
            Err(failure) if arguments.is_given() => Err(failure),
            Err(_) => {
                note("DATABASE_URL names no inbox that can be read, so it is not asked");
                Ok(None)
            }
        }
    }

    /// Waits until the entries of a delivery are finished, and judges that each was processed once.
    pub(super) async fn processed_once(&self, ids: &[DeliveryId], wait: Duration) -> Finding {
        let start = Instant::now();
        loop {
            let entries = match self.entries(ids).await {
                Ok(entries) => entries,
                Err(error) => {
                    return Finding::failed("no inbox", error.to_string(), "is the database of `--db` reachable?");
                }
            };
            let is_finished = entries.len() >= ids.len() && entries.iter().all(|entry| entry.state.is_finished());
            if is_finished || start.elapsed() >= wait {
                return judged(&entries, ids.len(), start.elapsed());
            }
            sleep(PAUSE).await;
        }
    }

    /// Judges that the inbox has no entry of these ids.
    pub(super) async fn has_none(&self, ids: &[DeliveryId]) -> Finding {
        match self.entries(ids).await {
            Ok(entries) if entries.is_empty() => Finding::passed("no entry"),
            Ok(entries) => {
                let came = format!("{} entries", entries.len());
                let next = "store what the endpoint has verified, and nothing else";
                Finding::failed(came, "a request that is not the platform's is stored in the inbox", next)
            }
            Err(error) => Finding::failed("no inbox", error.to_string(), "is the database of `--db` reachable?"),
        }
    }

    async fn entries(&self, ids: &[DeliveryId]) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for id in ids {
            let kept = self.0.store().kept_delivery_id(id);
            entries.extend(self.0.store().list(Filter::new().delivery_id(kept).most(MOST)).await?);
        }
        Ok(entries)
    }
}

fn judged(entries: &[Entry], wanted: usize, waited: Duration) -> Finding {
    let seconds = waited.as_secs();
    let Some(first) = entries.first() else {
        let reason = format!("the inbox has no entry of an accepted delivery after {seconds} s");
        let next =
            "is `--db` the inbox of this endpoint? If so, it answers before the delivery is stored, and can lose it";
        return Finding::failed("no entry", reason, next);
    };
    if let Some(conflict) = entries.iter().find(|entry| entry.conflict_of.is_some()) {
        let reason = format!("the inbox holds a repeat as entry {} with another body", conflict.id);
        return Finding::failed("a conflict", reason, "does a proxy in front of the endpoint change bodies?");
    }
    if entries.len() > wanted {
        let reason = format!("the inbox has {} entries of one delivery", entries.len());
        return Finding::failed(format!("{} entries", entries.len()), reason, "are several endpoints on this URL?");
    }
    if entries.len() < wanted {
        let reason = format!("the inbox has {} of {wanted} events of the body", entries.len());
        return Finding::failed(format!("{} entries", entries.len()), reason, "the endpoint's log has the cause");
    }
    let states: Vec<State> = entries.iter().map(|entry| entry.state).collect();
    let attempts: u32 = entries.iter().map(|entry| entry.attempt).max().unwrap_or_default();
    let came = format!("{}, attempts {attempts}, repeats {}", first.state, first.repeats);
    match states.iter().find(|state| **state != State::Completed) {
        None => Finding::passed(came),
        Some(state @ (State::Available | State::Waiting | State::Running)) => {
            let reason = format!("the entry is {state} after {seconds} s: it is stored, and not processed");
            Finding::failed(came, reason, "is a worker running on this inbox? A longer `--wait` gives it more time")
        }
        Some(state) => {
            let cause = entries.iter().find_map(|entry| entry.reason.as_deref()).unwrap_or("no reason was given");
            let reason = format!("the entry is {state}: {cause}");
            Finding::noted(came, reason, "it is stored once; `refhook inbox show` has its history")
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use referral_webhooks::platform::redpin::Redpin;
    use referral_webhooks::{Endpoint, Message};
    use referral_webhooks_inbox::MemoryStore;
    use referral_webhooks_inbox::store::NewEntry;
    use time::OffsetDateTime;

    use super::super::finding::Verdict;
    use super::*;

    #[tokio::test]
    async fn a_delivery_that_no_worker_processes_fails() {
        let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let now = OffsetDateTime::UNIX_EPOCH;
        let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
        let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1")).unwrap(), now).unwrap();
        let store = MemoryStore::new();
        store.accept(NewEntry::of("shop", &delivery, 3)).await.unwrap();
        let entries = store.list(Filter::new()).await.unwrap();
        let finding = judged(&entries, 1, Duration::from_secs(10));
        assert_eq!(finding.verdict, Verdict::Failed);
        assert_eq!(
            finding.reason.as_deref(),
            Some("the entry is available after 10 s: it is stored, and not processed")
        );
    }
}
