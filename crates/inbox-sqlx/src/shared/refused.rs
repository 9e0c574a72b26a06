//! Refused requests: slots that are overwritten in place.
//!
//! - **Guarantees**: an endpoint has at most as many rows as it has slots, so the file does not grow under a flood.
//! - **Assumes** that a choice between concurrent writers may lose the request of one of them.
//! - **Without it**, strangers would fill the disk of the store that has to accept deliveries.

use bytes::Bytes;
use referral_webhooks_inbox::store::{RefusedRequest, Slot, headers};
use sqlx::{Error, Row as _};
use time::OffsetDateTime;

use super::columns::{count, from_micros, micros};
use super::dialect::{Connection, Row, note_erasure, text};
use super::statements::SQL;

/// Writes requests, each into a slot of its endpoint.
pub(crate) async fn keep(connection: &mut Connection, requests: Vec<RefusedRequest>, most: u32) -> Result<(), Error> {
    for request in requests {
        let slots = sqlx::query(SQL.refused_slots).bind(&request.endpoint).fetch_all(&mut *connection).await?;
        let slots = slots.iter().map(slot).collect::<Result<Vec<_>, _>>()?;
        let number = Slot::for_new(&slots, &request.kind, most);
        let write = sqlx::query(SQL.refused_write).bind(&request.endpoint).bind(i64::from(number));
        let write = write.bind(&request.platform).bind(&request.kind).bind(text(&request.reason));
        let write = write.bind(i64::from(request.status)).bind(micros(request.at)).bind(&request.method);
        let write = write.bind(text(&request.path)).bind(headers::to_lines(&request.headers));
        let length = request.body_length.map(|length| i64::try_from(length).unwrap_or(i64::MAX));
        write.bind(&request.body[..]).bind(length).bind(request.is_sealed).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Returns the requests of an endpoint, the newest first.
pub(crate) async fn list(connection: &mut Connection, endpoint: String) -> Result<Vec<RefusedRequest>, Error> {
    let rows = sqlx::query(SQL.refused_list).bind(&endpoint).fetch_all(connection).await?;
    rows.iter().map(|row| request(&endpoint, row)).collect()
}

/// Erases the requests of one time, and returns whether there were any.
pub(crate) async fn erase(connection: &mut Connection, endpoint: String, at: OffsetDateTime) -> Result<bool, Error> {
    let erase = sqlx::query(SQL.refused_erase).bind(endpoint).bind(micros(at));
    let is_erased = erase.execute(&mut *connection).await?.rows_affected() > 0;
    if is_erased {
        note_erasure(connection).await?;
    }
    Ok(is_erased)
}

fn slot(row: &Row) -> Result<Slot, Error> {
    Ok(Slot { number: count(row, "slot")?, kind: row.try_get("kind")?, written: row.try_get("written")? })
}

fn request(endpoint: &str, row: &Row) -> Result<RefusedRequest, Error> {
    let (platform, kind): (String, String) = (row.try_get("platform")?, row.try_get("kind")?);
    let mut request = RefusedRequest::new(endpoint, &platform, &kind, from_micros("at", row.try_get("at")?)?);
    request.reason = row.try_get("reason")?;
    request.status = u16::try_from(count(row, "status")?).unwrap_or_default();
    request.method = row.try_get("method")?;
    request.path = row.try_get("path")?;
    request.headers = headers::from_lines(row.try_get("headers")?);
    request.body = Bytes::from(row.try_get::<Vec<u8>, _>("body")?);
    let length = row.try_get::<Option<i64>, _>("body_length")?;
    request.body_length = length.and_then(|length| u64::try_from(length).ok());
    request.is_sealed = row.try_get("is_sealed")?;
    Ok(request)
}
