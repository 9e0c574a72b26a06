//! The stream of rows.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use maud::Markup;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox::store::{Store, StoreError};
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};

use super::link::Seen;
use crate::context::Context;
use crate::list::{Page, Place, Selected, cards, row, version};
use crate::problem::Problem;
use crate::view::{Frame, Moments};
use crate::web::answer::{self, Answer};
use crate::web::{Body, Form};

/// The wait between two reads of the store.
const EVERY: Duration = Duration::from_secs(1);

/// The time after which the cards are read again, and a silent stream sends a comment.
const CARDS_EVERY: Duration = Duration::from_secs(5);

/// The time after which a stream ends. The browser connects again, and is authorised again.
const LASTS: Duration = Duration::from_secs(10 * 60);

/// Returns the stream of a list's newest page: rows that are new or have changed, rows that left it, and the cards.
pub(crate) async fn stream<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let selected = Selected::read(&context.query, context.now)?;
    let place = context.settings.streams.open();
    let place = place.ok_or_else(|| Problem::busy("Too many pages follow the deliveries. Close one of them."))?;
    let last = context.head.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last.or_else(|| context.query.get("seen")).unwrap_or_default().to_owned();
    let rows = Rows {
        inbox: context.inbox().clone(),
        frame: context.frame.clone(),
        query: context.query.clone(),
        selected,
        known: HashMap::new(),
        seen,
        is_first: true,
        cards: (String::new(), None),
        ends_at: Instant::now() + LASTS,
        _place: place,
    };
    let pieces = stream::unfold(rows, |mut rows| async move {
        let piece = rows.next().await?;
        Some((piece, rows))
    });
    Ok(answer::events(Body::stream(pieces)))
}

/// The rows that a browser has.
struct Rows<S> {
    inbox: Inbox<S>,
    frame: Frame,
    query: Form,
    selected: Selected,
    /// The versions of the rows, by their ids.
    known: HashMap<EntryId, String>,
    /// The rows that the browser has, as it states them.
    seen: String,
    is_first: bool,
    /// The cards that were sent, and when.
    cards: (String, Option<Instant>),
    ends_at: Instant,
    _place: OwnedSemaphorePermit,
}

impl<S: Store> Rows<S> {
    /// Returns the next events; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_first {
            // The browser shows that the stream is open, and knows how long it waits after an end.
            let begin = "retry: 2000\n: open\n\n".to_owned();
            let events = self.events().await.unwrap_or_default();
            self.is_first = false;
            return Some(Bytes::from(begin + &events));
        }
        loop {
            if Instant::now() >= self.ends_at {
                return None;
            }
            sleep(EVERY).await;
            match self.events().await {
                Ok(events) if events.is_empty() => {}
                Ok(events) => return Some(Bytes::from(events)),
                // The store logs its trouble. The next read may succeed.
                Err(_) => sleep(EVERY).await,
            }
        }
    }

    /// Reads the newest page, and returns its differences.
    async fn events(&mut self) -> Result<String, StoreError> {
        let now = OffsetDateTime::now_utc();
        // A span of time moves with the clock.
        if let Ok(selected) = Selected::read(&self.query, now) {
            self.selected = selected;
        }
        let store = self.inbox.store();
        let page = Page::read(store, &self.selected.filter, Place::Newest).await?;
        let seen = Seen::of(&page.entries);
        let versions: HashMap<EntryId, String> = page.entries.iter().map(|entry| (entry.id, version(entry))).collect();
        let mut events = String::new();
        if !(self.is_first && seen.is(&self.seen)) {
            // The oldest first, because the browser inserts each at its place from the top.
            for entry in page.entries.iter().rev() {
                if self.known.get(&entry.id) != versions.get(&entry.id) {
                    push(&mut events, "row", seen.text(), &row(entry, &self.frame, Moments::as_of(now)));
                }
            }
            // A row may leave because it does not match any more, or because newer ones push it off.
            if !events.is_empty() || self.is_first || self.known.len() != versions.len() {
                let ids: Vec<String> = page.entries.iter().map(|entry| format!("e{}", entry.id)).collect();
                push_text(&mut events, "page", seen.text(), &ids.join(" "));
            }
        }
        self.known = versions;
        let is_due = self.cards.1.is_none_or(|at| at.elapsed() >= CARDS_EVERY);
        if is_due || !events.is_empty() {
            let cards = cards(&store.counts(self.selected.filter.clone()).await?, &self.selected, &self.frame);
            if self.cards.0 != cards.0 {
                if self.cards.1.is_some() || !events.is_empty() {
                    push(&mut events, "cards", seen.text(), &cards);
                }
                self.cards.0 = cards.into_string();
            } else if is_due && events.is_empty() {
                // A comment finds out whether the browser is still there.
                events.push_str(": still here\n\n");
            }
            self.cards.1 = Some(Instant::now());
        }
        Ok(events)
    }
}

fn push(events: &mut String, name: &str, id: &str, content: &Markup) {
    push_text(events, name, id, &content.0);
}

/// Adds an event. A line end of the content begins a new line of data.
fn push_text(events: &mut String, name: &str, id: &str, content: &str) {
    events.push_str(&format!("event: {name}\nid: {id}\n"));
    for line in content.split(['\r', '\n']) {
        events.push_str(&format!("data: {line}\n"));
    }
    events.push('\n');
}
