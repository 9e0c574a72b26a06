//! Copies of entries, for another inbox.
//!
//! - **Guarantees**: a copy is finished, so that no worker claims it, and an operator's act makes it due. A delivery id
//!   that the inbox has is not restored again, and neither is a business key.
//! - **Assumes** that the other inbox may still process the entry, or has paid for it.
//! - **Without it**, an import would pay a second time.

use referral_webhooks_inbox::store::{ByHand, Entry, NOT_SEALED, SEAL_MARK, State, Store as _, StoreError, headers};
use referral_webhooks_inbox::{EntryId, Reason};
use sqlx::{Error, Row as _};
use time::OffsetDateTime;

use super::columns::{from_micros, micros, name};
use super::dialect::{Connection, text};
use super::history::{self, Person};
use super::statements::SQL;
use super::store::EngineStore;
use super::{marks, read};
use crate::engine::Engine as _;
use crate::{EntryCopy, Restored, seal};

/// The word of the history.
const IMPORTED: &str = "imported";

impl EngineStore {
    /// Returns a copy of an entry with its request and its history; `None` if the entry is unknown.
    ///
    /// ```no_run
    /// # #[cfg(feature = "sqlite")]
    /// # async fn run(store: referral_webhooks_inbox_sqlx::SqliteStore) -> Result<(), Box<dyn std::error::Error>> {
    /// use referral_webhooks_inbox::EntryId;
    ///
    /// let copy = store.copy(EntryId(1_204)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn copy(&self, id: EntryId) -> Result<Option<EntryCopy>, StoreError> {
        self.read(move |connection| Box::pin(copy(connection, id))).await
    }

    /// Stores a copy of an entry of another inbox, unless this one has its delivery id.
    ///
    /// - A completed, cancelled or discarded entry keeps its state.
    /// - Any other entry is held: it is parked, and waits until a person redelivers it, because the other inbox may
    ///   process it.
    /// - If another entry has the business key, the copy is cancelled, as a delivery with a known key is.
    /// - [`Entry::conflict_of`] must be a number of this inbox. Cancel a conflict whose original is missing, because a
    ///   repeat would revive it as an ordinary dead letter.
    /// - Its age for deletion begins now, so that its id outlives repeats whatever the clock of the other inbox was.
    ///
    /// ```no_run
    /// # #[cfg(feature = "sqlite")]
    /// # async fn run(
    /// #     store: referral_webhooks_inbox_sqlx::SqliteStore,
    /// #     copy: referral_webhooks_inbox_sqlx::EntryCopy,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let restored = store.restore(copy, "dana@example.com").await?;
    /// println!("it is entry {}", restored.id());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the copy is sealed otherwise than the entries of this inbox, if a value is too long for its column, or if the
    /// database fails.
    pub async fn restore<'a>(&self, copy: EntryCopy, by: impl Into<ByHand<'a>>) -> Result<Restored, StoreError> {
        let mark = self.mark(SEAL_MARK, &copy.seal_mark).await?;
        seal::compare(&mark, &copy.seal_mark)?;
        let by = Person::from(by.into());
        self.change(move |connection| Box::pin(async move { restore(connection, &copy, &by).await })).await
    }
}

async fn copy(connection: &mut Connection, id: EntryId) -> Result<Option<EntryCopy>, Error> {
    let Some(entry) = read::get(connection, id).await? else { return Ok(None) };
    let Some(row) = sqlx::query(SQL.copy_read).bind(id.0).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let digest: Vec<u8> = row.try_get("body_digest")?;
    let digest = digest.try_into().map_err(|_| Error::ColumnNotFound("body_digest of 32 bytes".to_owned()))?;
    let mut copy = EntryCopy::new(entry, digest);
    copy.subject = row.try_get("subject")?;
    copy.business_key = row.try_get("business_key")?;
    copy.ordered_at = from_micros("ordered_at", row.try_get("ordered_at")?)?;
    copy.keeps_id = row.try_get("keeps_id")?;
    copy.seal_mark = marks::find(connection, SEAL_MARK).await?.unwrap_or_else(|| NOT_SEALED.to_owned());
    copy.delivery = read::body(connection, id).await?;
    copy.history = read::history(connection, id).await?;
    Ok(Some(copy))
}

async fn restore(connection: &mut Connection, copy: &EntryCopy, by: &Person) -> Result<Restored, Error> {
    if let Some(known) = find(connection, &copy.entry).await? {
        return Ok(Restored::Known(known));
    }
    let mut held = Held::of(copy);
    if let Some(holder) = find_key(connection, copy).await? {
        held.yield_to(holder);
    }
    let Some(id) = insert(connection, copy, &held).await? else {
        // Another process has stored the id or the key meanwhile.
        return match find(connection, &copy.entry).await? {
            Some(known) => Ok(Restored::Known(known)),
            None => Err(Error::RowNotFound),
        };
    };
    if let Some(delivery) = &copy.delivery {
        let payload = sqlx::query(SQL.payload_insert).bind(id.0).bind(micros(delivery.received_at));
        let payload = payload.bind(headers::to_lines(&delivery.headers)).bind(delivery.body.as_ref());
        let seal = delivery.seal.as_ref().map(<[u8; 32]>::as_slice);
        payload.bind(seal).bind(None::<i64>).execute(&mut *connection).await?;
    }
    for line in &copy.history {
        let took = line.took.map(|took| i64::try_from(took.as_millis()).unwrap_or(i64::MAX));
        let add = sqlx::query(SQL.copy_history).bind(id.0).bind(millis(line.at)).bind(text(&line.what));
        let add = add.bind(i64::from(line.attempt)).bind(text(name(&line.actor))).bind(line.by_hand);
        add.bind(line.reason.as_deref().map(text)).bind(took).execute(&mut *connection).await?;
    }
    history::add_by_hand(connection, id, IMPORTED, by, false).await?;
    Ok(Restored::New(id))
}

/// The columns of a copy that differ from those of the original.
struct Held<'c> {
    state: State,
    unreadable: Option<&'c str>,
    reason: Option<String>,
    business_key: Option<&'c str>,
    repeat_of: Option<EntryId>,
}

impl<'c> Held<'c> {
    fn of(copy: &'c EntryCopy) -> Self {
        let entry = &copy.entry;
        let (state, unreadable, reason) = match entry.state {
            State::Completed | State::Cancelled | State::Discarded => {
                (entry.state, entry.unreadable.as_deref(), entry.reason.clone())
            }
            // A handler of unknown events would claim an unreadable entry, and none claims a held one.
            state => {
                let cause = entry.unreadable.as_deref().or(entry.reason.as_deref());
                let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                (
                    State::Parked,
                    None,
                    Some(format!(
                        "imported when it was {state}; redeliver it if the other inbox does not process it{cause}"
                    )),
                )
            }
        };
        let business_key = copy.business_key.as_deref();
        let reason = reason.map(|reason| Reason::from(reason).as_str().to_owned());
        Self { state, unreadable, reason, business_key, repeat_of: entry.repeat_of }
    }

    /// Leaves the business key to another entry.
    fn yield_to(&mut self, holder: EntryId) {
        self.business_key = None;
        self.repeat_of = Some(holder);
        if self.state != State::Completed {
            self.state = State::Cancelled;
        }
    }
}

async fn find(connection: &mut Connection, entry: &Entry) -> Result<Option<EntryId>, Error> {
    let tenant = entry.tenant.as_deref().unwrap_or_default();
    let find = sqlx::query_scalar(SQL.copy_find).bind(&entry.endpoint).bind(tenant).bind(&entry.delivery_id);
    Ok(find.fetch_optional(connection).await?.map(EntryId))
}

async fn find_key(connection: &mut Connection, copy: &EntryCopy) -> Result<Option<EntryId>, Error> {
    let Some(key) = &copy.business_key else { return Ok(None) };
    let tenant = copy.entry.tenant.as_deref().unwrap_or_default();
    let find = sqlx::query_scalar(SQL.copy_find_key).bind(&copy.entry.endpoint).bind(tenant).bind(key);
    Ok(find.fetch_optional(connection).await?.map(EntryId))
}

async fn insert(connection: &mut Connection, copy: &EntryCopy, held: &Held<'_>) -> Result<Option<EntryId>, Error> {
    let EntryCopy { entry, delivery, .. } = copy;
    let insert = sqlx::query_scalar(SQL.copy_insert)
        .bind(text(&entry.endpoint))
        .bind(text(entry.tenant.as_deref().unwrap_or_default()))
        .bind(text(&entry.platform))
        .bind(text(&entry.delivery_id))
        .bind(entry.is_derived)
        .bind(entry.event.as_deref().map(text))
        .bind(held.unreadable.map(text))
        .bind(copy.body_digest.as_slice())
        .bind(held.state.as_str())
        .bind(i64::from(entry.attempt))
        .bind(i64::from(entry.last_attempt))
        .bind(i64::from(entry.repeats))
        .bind(i64::from(entry.conflicts))
        .bind(micros(entry.received_at))
        .bind(held.reason.as_deref().map(text))
        .bind(delivery.is_some())
        .bind(copy.subject.as_deref().map(text))
        .bind(micros(copy.ordered_at))
        .bind(i64::from(entry.run))
        .bind(entry.conflict_of.map(|id| id.0))
        .bind(held.repeat_of.map(|id| id.0))
        .bind(held.business_key.map(text))
        .bind(entry.secret.filter(|_| delivery.is_some()).map(|secret| secret.to_string()))
        .bind(copy.keeps_id)
        .bind(entry.item.map(i64::from))
        .bind(entry.profile.as_deref().map(text));
    Ok(insert.fetch_optional(connection).await?.map(EntryId))
}

/// Returns a time in milliseconds.
fn millis(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}
