//! Deliveries whose business keys are known.
//!
//! - **Guarantees**: of all entries of a tenant's endpoint, at most one has a business key. A delivery with another id and a
//!   known key is stored before it is acknowledged, and counted for the entry that has the key.
//! - **Assumes** that deliveries with one key arrive at the same time, under one id or several. Each transaction locks
//!   the entry that has the key, and only then the entry that has the id.
//! - **Without it**, two transactions would deadlock, or one fact under two ids would be processed twice.

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, NewEntry, SameKey, State};
use sqlx::{Error, Row as _};

use super::columns::{micros, tenant};
use super::dialect::{Connection, text};
use super::payload::Body;
use super::statements::SQL;
use super::{history, subjects};

/// Locks the entry that has the business key of a delivery, and returns it.
pub(crate) async fn lock(connection: &mut Connection, entry: &NewEntry) -> Result<Option<EntryId>, Error> {
    let Some(key) = &entry.business_key else { return Ok(None) };
    let lock = sqlx::query_scalar(SQL.key_lock).bind(text(&entry.endpoint)).bind(key).bind(tenant(entry));
    Ok(lock.fetch_optional(connection).await?.map(EntryId))
}

/// An entry that has the delivery id already, and is a repeat by business key.
pub(crate) struct Known {
    pub(crate) id: EntryId,
    pub(crate) has_body: bool,
}

/// Counts a delivery for the entry that has its business key, and stores it unless it is known.
pub(crate) async fn same_key(
    connection: &mut Connection,
    (entry, body): (&NewEntry, &mut Body),
    of: EntryId,
    known: Option<Known>,
) -> Result<Accepted, Error> {
    let counted = sqlx::query(SQL.key_count).bind(of.0).bind(entry.keeps_id).fetch_one(&mut *connection).await?;
    let state = State::from_word(counted.try_get("state")?).unwrap_or(State::Completed);
    let verdict = SameKey::judge(state, counted.try_get("has_body")?, counted.try_get("is_conflict")?, entry.revives);
    if verdict == SameKey::Revive {
        history::add(connection, of.0, "revived", "the platform", None).await?;
        let revive = sqlx::query(SQL.repeat_revive)
            .bind(of.0)
            .bind(i64::from(entry.attempts))
            .bind(None::<String>)
            .bind(None::<i64>)
            .bind(None::<String>)
            .bind(false);
        revive.execute(&mut *connection).await?;
        subjects::promote(connection, &[of.0]).await?;
    }
    let (id, is_new, has_body) = match known {
        Some(known) => (known.id, false, known.has_body),
        None => (insert(connection, (entry, body), of, verdict).await?, true, true),
    };
    // A body that was deleted does not return.
    let is_kept = verdict == SameKey::Keep && has_body;
    if is_kept {
        let reason = verdict.reason(of);
        let keep = sqlx::query(SQL.key_keep).bind(id.0).bind(of.0).bind(reason.as_str());
        keep.execute(&mut *connection).await?;
        history::add(connection, id.0, "discarded", "the inbox", Some(reason.as_str())).await?;
    } else if is_new {
        history::add(connection, id.0, "repeated", "the inbox", Some(verdict.reason(of).as_str())).await?;
    }
    Ok(match verdict {
        SameKey::Revive => Accepted::Revived(of),
        _ if is_kept => Accepted::Conflict(id),
        SameKey::Keep | SameKey::Repeat => Accepted::SameKey(id),
    })
}

/// Inserts a delivery as a cancelled entry. If another transaction has just inserted its id, this is an error, and the
/// platform sends the delivery again.
async fn insert(
    connection: &mut Connection,
    (entry, body): (&NewEntry, &mut Body),
    of: EntryId,
    verdict: SameKey,
) -> Result<EntryId, Error> {
    let insert = sqlx::query_scalar(SQL.key_insert)
        .bind(text(&entry.endpoint))
        .bind(entry.platform)
        .bind(text(&entry.delivery_id))
        .bind(entry.strength == Strength::Digest)
        .bind(entry.event.as_deref().map(text))
        .bind(entry.body_digest.as_slice())
        .bind(i64::from(entry.attempts))
        .bind(micros(entry.delivery.received_at))
        .bind(entry.subject.as_deref())
        .bind(micros(entry.ordered_at))
        .bind(verdict.reason(of).to_string())
        .bind(of.0)
        .bind(entry.keeps_id)
        .bind(entry.secret.map(|secret| secret.to_string()))
        .bind(tenant(entry))
        .bind(entry.item.map(i64::from))
        .bind(entry.profile.as_deref());
    let id = EntryId(insert.fetch_one(&mut *connection).await?);
    body.insert(connection, id).await?;
    Ok(id)
}

/// Gives an entry a business key unless another entry has it, and returns the entry that has it.
pub(crate) async fn hold(connection: &mut Connection, id: EntryId, key: String) -> Result<EntryId, Error> {
    let held = sqlx::query(SQL.key_hold).bind(id.0).bind(&key).execute(&mut *connection).await?;
    if held.rows_affected() == 1 {
        return Ok(id);
    }
    let holder = sqlx::query_scalar(SQL.key_yield).bind(id.0).bind(key).fetch_optional(connection).await?;
    Ok(holder.flatten().map_or(id, EntryId))
}
