//! The data of the page of a delivery.

use referral_webhooks::StoredDelivery;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, HistoryLine, NOT_SEALED, State, Store, StoreError};

use super::tab::Tab;
use crate::context::Context;
use crate::mask::Mask;
use crate::platforms::Decoded;
use crate::problem::Problem;
use crate::web::Form;

/// The number of lines of a history that are shown.
pub(super) const LINES: usize = 400;

/// The data of the page of a delivery.
pub(super) struct Found {
    pub(super) entry: Entry,
    /// The history, the oldest line first. The lines in the middle of a long one are left out.
    pub(super) history: Vec<HistoryLine>,
    /// The number of lines that are left out.
    pub(super) left_out: usize,
    pub(super) body: Stored,
    /// The delivery as its platform reads it.
    pub(super) decoded: Option<Decoded>,
    pub(super) mask: Mask,
    /// Whether the operator has revealed the personal data of this delivery.
    pub(super) is_revealed: bool,
    pub(super) newer: Option<EntryId>,
    pub(super) older: Option<EntryId>,
    /// The entry of the same subject for which this one waits.
    pub(super) waits_for: Option<EntryId>,
    pub(super) tab: Tab,
    /// The fields of URLs that lead to other parts of this delivery.
    pub(super) kept: Form,
}

/// The body of an entry.
pub(super) enum Stored {
    Whole(StoredDelivery),
    /// It was pruned or erased.
    Deleted,
    /// The inbox is sealed, and this program has no key.
    Sealed,
}

impl Stored {
    pub(super) const fn whole(&self) -> Option<&StoredDelivery> {
        match self {
            Self::Whole(stored) => Some(stored),
            Self::Deleted | Self::Sealed => None,
        }
    }
}

/// Returns the name under which personal data of an entry are revealed.
pub(super) fn revealable(id: EntryId) -> String {
    format!("entry/{id}")
}

impl Found {
    /// Reads an entry with its history and its body.
    pub(super) async fn of<S: Store>(context: &Context<S>, id: EntryId) -> Result<Self, Problem> {
        let store = context.store();
        let entry = store.get(id).await?.ok_or_else(|| Problem::missing(format!("There is no entry {id}.")))?;
        let mut history = store.history(id).await?;
        let left_out = history.len().saturating_sub(LINES);
        if left_out > 0 {
            // The first lines say how it began, and the last ones how it is now.
            history.drain(20..20 + left_out);
        }
        let body = stored(context, &entry).await?;
        let whole = body.whole();
        let platforms = &context.settings.platforms;
        let decode =
            |stored: &StoredDelivery| platforms.decode(&entry.platform, &stored.headers, &stored.body, entry.item);
        let decoded = whole.and_then(decode);
        let mask = whole.map(|stored| Mask::known(decoded.as_ref(), &stored.headers)).unwrap_or_default();
        let neighbour = |filter: Filter| async move {
            Ok::<_, StoreError>(store.list(filter.most(1)).await?.first().map(|entry| entry.id))
        };
        let waits_for = match entry.state {
            State::Waiting => waits_for(store, id).await?,
            _ => None,
        };
        let is_revealed = context.frame.can_reveal() && context.is_revealed(&revealable(id));
        let kept = if is_revealed { context.query.only(&["reveal"]) } else { Form::default() };
        let mut newer = Filter::new().oldest_first();
        newer.after = Some(id);
        Ok(Self {
            newer: neighbour(newer).await?,
            older: neighbour(Filter::new().before(id)).await?,
            tab: Tab::of(context.query.get("tab")),
            entry,
            history,
            left_out,
            body,
            decoded,
            mask,
            is_revealed,
            waits_for,
            kept,
        })
    }

    /// Returns the platform's title, or its name if it is not known here.
    pub(super) fn platform(&self) -> &str {
        self.decoded.as_ref().map_or(self.entry.platform.as_str(), |decoded| decoded.facts.title)
    }
}

/// Reads the body of an entry.
pub(super) async fn stored<S: Store>(context: &Context<S>, entry: &Entry) -> Result<Stored, Problem> {
    let Some(stored) = context.store().body(entry.id).await? else { return Ok(Stored::Deleted) };
    // A sealed body has no headers and is not text.
    let may_be_sealed = stored.headers.is_empty() && std::str::from_utf8(&stored.body).is_err();
    if may_be_sealed && context.store().admits(NOT_SEALED).await.is_err() {
        return Ok(Stored::Sealed);
    }
    Ok(Stored::Whole(stored))
}

/// Returns the body of an entry whose personal data are revealed.
pub(super) async fn revealed<S: Store>(context: &Context<S>, id: EntryId) -> Result<(Entry, StoredDelivery), Problem> {
    let entry = context.store().get(id).await?.ok_or_else(|| Problem::missing(format!("There is no entry {id}.")))?;
    if !context.frame.can_reveal() || !context.is_revealed(&revealable(id)) {
        return Err(Problem::forbidden(
            "A file has the personal data of the delivery. Reveal them on its page first, and take the file from there.",
        ));
    }
    match stored(context, &entry).await? {
        Stored::Whole(stored) => Ok((entry, stored)),
        Stored::Deleted => Err(Problem::missing(format!("The body of entry {id} was deleted or erased."))),
        Stored::Sealed => Err(Problem::missing("The inbox is sealed, and this program has no key.")),
    }
}

/// Returns the earliest unfinished entry of the subject of a waiting one.
async fn waits_for<S: Store>(store: &S, id: EntryId) -> Result<Option<EntryId>, StoreError> {
    let active = [State::Available, State::Running, State::Retryable];
    let first = store.list(Filter::new().same_subject_as(id).states(active).most(1)).await?;
    if let Some(first) = first.first() {
        return Ok(Some(first.id));
    }
    let earlier = Filter::new().same_subject_as(id).state(State::Waiting).before(id).oldest_first().most(1);
    Ok(store.list(earlier).await?.first().map(|entry| entry.id))
}
