//! `cargo bench -p referral-webhooks-inspector --bench list` prints the server time of the list with 100,000 entries, as a
//! ratio to the bare SELECT of the same page on the same SQLite file. `-- --entries N` changes the number of entries.

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::Request;
use http::header::HOST;
use http_body_util::{BodyExt as _, Full};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message, StoredDelivery};
use referral_webhooks_inbox::Inbox;
use referral_webhooks_inbox::store::{ClaimRequest, Finish, NewEntry, Store as _};
use referral_webhooks_inbox_sqlx::SqliteStore;
use referral_webhooks_inspector::{Inspector, InspectorService, Operator, Rights};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use time::OffsetDateTime;
use tower::ServiceExt as _;

type Failure = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 60;

/// The goal of the server time of one page.
const GOAL: Duration = Duration::from_millis(50);

/// The statement of the list, as the store has it.
const LIST: &str = include_str!("../../inbox-sqlx/sql/shared/entry_list.sql");

const ENDPOINTS: [&str; 4] = ["redpin-main", "redpin-eu", "redpin-us", "redpin-test"];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = env::args().collect();
    let given = words.iter().position(|word| word == "--entries").and_then(|place| words.get(place + 1));
    let entries: usize = given.map_or(Ok(100_000), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::options(folder.path().join("bench.db")).create(true).open().await?;
    let begun = Instant::now();
    fill(&store, entries).await?;
    println!(
        "\n  The list with {entries} entries, 51 rows read (filled in {:.0} s), medians of {ROUNDS}:\n",
        begun.elapsed().as_secs_f64()
    );
    let dana = |_: &_| std::future::ready(Some(Operator::new("dana", Rights::ALL)));
    let page = Inspector::new(Inbox::new(store.clone())).authorise(dana).build()?;
    let mut bare = SqliteConnectOptions::new().filename(store.file()).read_only(true).connect().await?;
    let middle = entries / 2;
    let rows = [
        ("newest page", "/".to_owned(), String::new()),
        ("a page in the middle", format!("/?before={middle}"), format!("AND id < {middle}")),
        ("one endpoint", "/?endpoint=redpin-eu".to_owned(), "AND endpoint = 'redpin-eu'".to_owned()),
        ("dead letters", "/?state=discarded".to_owned(), "AND state = 'discarded'".to_owned()),
        (
            "completed of one endpoint",
            "/?state=completed&endpoint=redpin-eu".to_owned(),
            "AND state = 'completed' AND endpoint = 'redpin-eu'".to_owned(),
        ),
        (
            "an id",
            "/?q=msg_0000500".to_owned(),
            "AND delivery_id >= 'msg_0000500' AND delivery_id < 'msg_0000501'".to_owned(),
        ),
        (
            "an event",
            "/?q=REFERRAL_CREATED".to_owned(),
            "AND (delivery_id >= 'REFERRAL_CREATED' AND delivery_id < 'REFERRAL_CREATEE' OR event = 'REFERRAL_CREATED')"
                .to_owned(),
        ),
        ("the last hour", "/?in=1h".to_owned(), String::new()),
    ];
    for (name, path, filter) in rows {
        let (mut of_page, mut of_select) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_page.push(time_of(load(&page, &path)).await?);
            of_select.push(time_of(select(&mut bare, &filter)).await?);
        }
        let (of_page, of_select) = (median(of_page), median(of_select));
        println!(
            "  {name:<28} {:>7.2} ms, {:>6.1} × the bare SELECT of {:.3} ms   {}",
            of_page.as_secs_f64() * 1e3,
            of_page.as_secs_f64() / of_select.as_secs_f64(),
            of_select.as_secs_f64() * 1e3,
            if of_page < GOAL { "ok" } else { "above 50 ms" },
        );
    }
    bare.close().await?;
    store.close().await;
    Ok(())
}

/// Fills a store: 94 of 100 entries are completed, and the others have each of the remaining states.
async fn fill(store: &SqliteStore, entries: usize) -> Result<(), Failure> {
    let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    let now = OffsetDateTime::now_utc();
    let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","referral_id":"r-1"}"#;
    let sample = endpoint.receive(&endpoint.sign(&Message::new(body, now).id("msg_1"))?, now)?;
    let begin = now - Duration::from_secs(30 * 86_400);
    let step = Duration::from_secs(30 * 86_400) / u32::try_from(entries)?;
    let new = (0..entries).map(|number| {
        let mut entry = NewEntry::of(ENDPOINTS[number % ENDPOINTS.len()], &sample, 20);
        let StoredDelivery { headers, body, seal, .. } = sample.stored();
        let at = begin + step * u32::try_from(number).unwrap_or(u32::MAX);
        (entry.delivery_id, entry.delivery) =
            (format!("msg_{number:07}"), StoredDelivery::new(headers, body, at, seal).into());
        entry
    });
    stream::iter(new).map(|entry| store.accept(entry)).buffered(128).try_collect::<Vec<_>>().await?;
    let endpoints = ENDPOINTS.map(str::to_owned);
    let mut number = 0_u64;
    loop {
        let claims = store.claim(ClaimRequest::new("worker-1", &endpoints, 1_000, Duration::from_secs(600))).await?;
        if claims.is_empty() {
            return Ok(());
        }
        let ends = claims.into_iter().map(|claim| {
            number += 1;
            let finish = match number % 100 {
                0..=1 => Finish::Retry(Duration::from_secs(36_000), "the shop is down".into()),
                2..=3 => Finish::Discard("the amount is negative".into()),
                4..=5 => Finish::Hold("the profile was changed".into()),
                _ => Finish::Complete(None),
            };
            async move { store.finish(&claim.lease, finish).await }
        });
        stream::iter(ends).buffered(128).try_collect::<Vec<_>>().await?;
    }
}

async fn load(page: &InspectorService<SqliteStore>, path: &str) -> Result<(), Failure> {
    let request = Request::get(path).header(HOST, "localhost").body(Full::<Bytes>::default())?;
    let response = page.clone().oneshot(request).await?;
    let is_page = response.status().is_success();
    let body = response.into_body().collect().await?.to_bytes();
    if is_page && body.len() > 2_000 { Ok(()) } else { Err(format!("{path} is no page").into()) }
}

async fn select(connection: &mut SqliteConnection, filter: &str) -> Result<(), Failure> {
    let text = LIST.replace("{filter}", filter).replace("{order}", "DESC");
    let query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(i64::MIN).bind(i64::MAX).bind(51);
    let rows = query.fetch_all(connection).await?;
    let ids: Result<Vec<i64>, _> = rows.iter().map(|row| row.try_get("id")).collect();
    ids.map(drop).map_err(Into::into)
}

async fn time_of(work: impl Future<Output = Result<(), Failure>>) -> Result<Duration, Failure> {
    let begun = Instant::now();
    work.await?;
    Ok(begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
