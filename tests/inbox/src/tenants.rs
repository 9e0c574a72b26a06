//! Tenants of a process that serves many: their secrets are in a table of the scenario's database.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{Request, Uri};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message, Tenant};
use referral_webhooks_inbox::{Endpoints, Resolved};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row as _};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::client::Connection;
use crate::person::body;
use crate::traffic::Door;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// The path of the tenants, before the name of one.
pub(crate) const TENANTS_PATH: &str = "/hooks/redpin/";

/// The time for which an endpoint is kept, and a name without one.
const KEPT: Duration = Duration::from_millis(300);

/// The table. The grace of old secrets, with spaces between them, ends at a time in milliseconds since 1970.
pub(crate) const TABLE: &str =
    "CREATE TABLE tenant (name TEXT PRIMARY KEY, secret TEXT NOT NULL, old TEXT, grace_ends BIGINT NOT NULL)";

/// Returns the endpoints of the tenants in a database.
pub(crate) async fn endpoints(url: &str) -> Endpoints<Redpin> {
    let pool = AnyPoolOptions::new().max_connections(8).connect(url).await.unwrap();
    let resolve = move |tenant: Tenant| {
        let pool = pool.clone();
        async move { resolve(&pool, &tenant).await }
    };
    Endpoints::new(resolve).cache_for(KEPT).unknown_for(KEPT)
}

async fn resolve(pool: &AnyPool, tenant: &Tenant) -> Result<Option<Resolved<Redpin>>, AnyError> {
    let find =
        sqlx::query("SELECT secret, old, grace_ends FROM tenant WHERE name = $1").bind(tenant.as_str().to_owned());
    let Some(row) = find.fetch_optional(pool).await? else { return Ok(None) };
    let (secret, old): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let endpoint = Endpoint::new(secret)?;
    let grace_ends = OffsetDateTime::from_unix_timestamp_nanos(i128::from(row.try_get::<i64, _>(2)?) * 1_000_000)?;
    Ok(Some(match old {
        Some(olds) if OffsetDateTime::now_utc() < grace_ends => {
            Resolved::until(olds.split(' ').try_fold(endpoint, Endpoint::or_previous)?, grace_ends)
        }
        _ => endpoint.into(),
    }))
}

/// Returns the secret of this number: 24 bytes in base64 without repeating patterns.
pub(crate) fn secret(number: usize) -> String {
    format!("whsec_{number:06}fQ9r8GKYqrTwjUPD8ILPZIo2La")
}

/// Sends a signed request of a tenant, and returns the status of its answer.
pub(crate) async fn status_of(
    door: &Door,
    tenant: &str,
    secret: &str,
    id: &str,
    connection: &mut Option<Connection>,
) -> Option<u16> {
    let sending = async {
        let open = match &mut *connection {
            Some(open) => open,
            none => none.insert(Connection::open(door.address()).await.ok()?),
        };
        let uri: Uri = format!("{TENANTS_PATH}{tenant}").parse().unwrap();
        let message = Message::new(body(id).into_owned(), OffsetDateTime::now_utc()).id(id).uri(uri);
        let mut request: Request<Bytes> = Endpoint::<Redpin>::new(secret).unwrap().sign(&message).unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static("hooks.example.com"));
        Some(open.status_of(request).await.ok()?.as_u16())
    };
    let status = timeout(Duration::from_secs(15), sending).await.ok().flatten();
    if status.is_none() {
        *connection = None;
    }
    status
}
