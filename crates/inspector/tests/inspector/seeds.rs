//! Inboxes with deliveries.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_inbox::store::{ClaimRequest, Finish, NewEntry, State, Store as _};
use referral_webhooks_inbox::{EntryId, Inbox, Intake, MemoryStore};
use referral_webhooks_inspector::{Inspector, Operator, Rights};
use time::OffsetDateTime;

use crate::browser::Browser;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// An inbox with an endpoint of Redpin.
#[derive(Debug)]
pub(crate) struct Seeds {
    pub(crate) inbox: Inbox<MemoryStore>,
    pub(crate) intake: Intake<Redpin, MemoryStore>,
}

impl Seeds {
    pub(crate) fn new() -> Self {
        let inbox = Inbox::new(MemoryStore::new());
        let intake = inbox.intake("redpin-main", Endpoint::new(SECRET).unwrap()).unwrap();
        Self { inbox, intake }
    }

    /// Returns the entry of a delivery that arrives now.
    pub(crate) fn entry(&self, id: &str, body: &str) -> NewEntry {
        self.entry_at(id, body, OffsetDateTime::now_utc())
    }

    pub(crate) fn entry_at(&self, id: &str, body: &str, at: OffsetDateTime) -> NewEntry {
        let endpoint = self.intake.endpoint();
        let request = endpoint.sign(&Message::new(body, at).id(id)).unwrap();
        NewEntry::of("redpin-main", &endpoint.receive(&request, at).unwrap(), 20)
    }

    pub(crate) async fn add(&self, id: &str) -> EntryId {
        let entry = self.entry(id, &created("robin@example.com"));
        self.inbox.store().accept(entry).await.unwrap().id()
    }

    /// Adds an entry in a state.
    pub(crate) async fn add_in(&self, id: &str, state: State) -> EntryId {
        let store = self.inbox.store();
        let entry = match state {
            State::Parked => self.entry(id, r#"{"event_name":"REFERRAL_ARCHIVED","status":"X"}"#),
            _ => self.entry(id, &created("robin@example.com")),
        };
        let entry = store.accept(entry).await.unwrap().id();
        let finish = match state {
            State::Available | State::Parked => return entry,
            State::Cancelled => {
                assert!(store.cancel(entry, "test".into()).await.unwrap());
                return entry;
            }
            State::Completed => Some(Finish::Complete(None)),
            State::Retryable => Some(Finish::Retry(Duration::from_secs(3_600), "the shop is down".into())),
            State::Discarded => Some(Finish::Discard("the amount is negative".into())),
            _ => None,
        };
        let request = ClaimRequest::new("worker-1", &["redpin-main".to_owned()], 1_000, Duration::from_secs(60));
        for claim in store.claim(request).await.unwrap() {
            if claim.lease.id != entry {
                store.finish(&claim.lease, Finish::Release).await.unwrap();
            } else if let Some(finish) = &finish {
                assert!(store.finish(&claim.lease, finish.clone()).await.unwrap());
            }
        }
        entry
    }

    pub(crate) async fn state(&self, entry: EntryId) -> State {
        self.inbox.store().get(entry).await.unwrap().unwrap().state
    }

    /// Returns the actions in the history of an entry, with persons and reasons.
    pub(crate) async fn history(&self, entry: EntryId) -> Vec<(String, String, Option<String>)> {
        let lines = self.inbox.store().history(entry).await.unwrap();
        lines.into_iter().filter(|line| line.by_hand).map(|line| (line.what, line.actor, line.reason)).collect()
    }

    /// Returns the page of the inbox. Its operator has all rights.
    pub(crate) fn page(&self) -> Inspector<MemoryStore> {
        let dana = || async { Some(Operator::new("dana", Rights::ALL)) };
        Inspector::new(self.inbox.clone()).redecodes(&self.intake).authorise(move |_| dana())
    }

    pub(crate) fn browser(&self) -> Browser<MemoryStore> {
        Browser::new(self.page().build().unwrap())
    }
}

/// Returns the body of an event about a person.
pub(crate) fn created(email: &str) -> String {
    format!(
        r#"{{"event_name":"REFERRAL_CREATED","status":"CREATED","referral_id":"r-1","contact":{{"email":"{email}"}}}}"#
    )
}
