//! The reads of a page over 100,000 entries, compared with the bare `SELECT` of the same page.

use std::time::{Duration, Instant};

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{ActivityOf, Filter, State, Store as _};
use time::OffsetDateTime;

use super::goal::Goal;
use super::source::Failure;
use crate::engine::{Place, Store};

const ENTRIES: i64 = 100_000;
const ROUNDS: usize = 15;

/// Entries of the last day in every state, of three endpoints, two of them rare. One in 200 came again, one in 100 is a
/// conflict, and a subject has 100 entries.
const ENTRY: &str = "WITH RECURSIVE counted (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < $1) \
    INSERT INTO inbox_entry (endpoint, tenant, platform, delivery_id, is_derived, event, body_digest, state, attempt, \
    last_attempt, repeats, conflicts, received_at, last_seen_at, next_at, finished_at, worker, has_body, ordered_at, run, \
    subject, conflict_of) \
    SELECT CASE WHEN number % 1000 = 0 THEN 'rare' WHEN number % 10 = 0 THEN 'some' ELSE 'most' END, \
    CASE WHEN number % 50 = 0 THEN 'acme' ELSE '' END, CASE WHEN number % 500 = 0 THEN 'zapier' ELSE 'redpin' END, \
    'msg_' || (1000000 + number * 7919 % 1000003), FALSE, \
    CASE WHEN number % 700 = 0 THEN 'REFERRAL_EXPIRED' ELSE 'REFERRAL_CREATED' END, \
    $2, CASE WHEN number % 100 = 3 THEN 'discarded' WHEN number % 300 = 5 THEN 'parked' WHEN number % 400 = 7 THEN \
    'retryable' ELSE 'completed' END, 1, 20, CASE WHEN number % 200 = 0 THEN 1 ELSE 0 END, 0, ($3 + number * 864) * 1000, \
    $3 + number * 864, CASE WHEN number % 400 = 7 AND number % 100 <> 3 AND number % 300 <> 5 THEN $3 + 90000000 END, \
    CASE WHEN number % 400 <> 7 OR number % 300 = 5 THEN $3 + number * 864 + 1500 END, 'worker-1-0', TRUE, number, 1, \
    CASE WHEN number % 400 <> 7 OR number % 300 = 5 THEN 'subject-' || (number % 1000) END, \
    CASE WHEN number % 100 = 3 THEN 1 END FROM counted";

const HISTORY: &str = "INSERT INTO inbox_history (entry_id, at, what, attempt, actor, took, by_hand) \
    SELECT id, finished_at, state, 1, worker, 20, id % 1000 = 0 FROM inbox_entry \
    WHERE finished_at IS NOT NULL";

/// Fills an inbox.
async fn filled(place: &Place) -> Result<Store, Failure> {
    drop(place.store("listing").await?);
    let mut connection = place.connect("listing").await?;
    let from = (OffsetDateTime::now_utc() - Duration::from_secs(86_400)).unix_timestamp() * 1_000;
    let entries = sqlx::query(ENTRY).bind(ENTRIES).bind(&[7_u8; 32][..]).bind(from);
    entries.execute(&mut connection).await?;
    sqlx::query(HISTORY).execute(&mut connection).await?;
    drop(connection);
    place.settle("listing").await
}

/// Prints the time of each list and figure.
pub(crate) async fn listing(place: &Place) -> Result<(), Failure> {
    let store = filled(place).await?;
    let mut connection = place.connect("listing").await?;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        sqlx::query("SELECT * FROM inbox_entry ORDER BY id DESC LIMIT 100").fetch_all(&mut connection).await?;
        best = best.min(begun.elapsed());
    }
    println!();
    println!(
        "  Lists of 100 of {ENTRIES} entries of a day, and figures; the bare `SELECT` of a page takes {best:.1?}:"
    );
    let now = OffsetDateTime::now_utc();
    let all = Filter::new;
    let last = EntryId(ENTRIES);
    let filters = [
        ("all", all()),
        ("most of them", all().endpoint("most")),
        ("a rare endpoint", all().endpoint("rare")),
        ("a tenant", all().tenant("acme")),
        ("a rare platform", all().platform("zapier")),
        ("an unknown platform", all().platform("none")),
        ("a rare event", all().event("REFERRAL_EXPIRED")),
        ("an unknown event", all().event("NONE")),
        ("dead letters and parked", all().states([State::Discarded, State::Parked])),
        ("dead letters of a rare endpoint", all().state(State::Discarded).endpoint("rare")),
        ("repeated", all().repeated()),
        ("conflicts", all().conflicts()),
        ("the subject of an entry", all().same_subject_as(EntryId(ENTRIES - 1))),
        ("the key of an entry", all().same_key_as(last)),
        ("copies of an entry", all().copies_of(last)),
        ("copies of the first entry", all().copies_of(EntryId(1))),
        ("the beginning of an id", all().find("msg_10500")),
        ("the beginning of an id at an endpoint", all().find("msg_10500").endpoint("most")),
        ("a text that no entry has", all().find("none")),
        (
            "an hour, yesterday",
            all().received_from(now - Duration::from_secs(80_000)).received_before(now - Duration::from_secs(76_400)),
        ),
        ("the page after half", all().before(EntryId(ENTRIES / 2))),
    ];
    for (name, filter) in &filters {
        let list = measured(async || store.list(filter.clone()).await.map(|found| found.len())).await?;
        let counts = measured(async || store.counts(filter.clone()).await.map(|counts| counts.all() as usize)).await?;
        print(name, list, best);
        print("  its counts", counts, best);
    }
    let minute = Duration::from_secs(60);
    let hour = ActivityOf::new(now - 60 * minute, minute, 60);
    let day = ActivityOf::new(now - 24 * 60 * minute, 60 * minute, 24);
    print("endpoints", measured(async || store.endpoints().await.map(|found| found.len())).await?, best);
    let received = async |of: &ActivityOf| {
        let activity = store.activity(of.clone()).await?;
        Ok(activity.iter().map(|bucket| bucket.received as usize).sum())
    };
    print("the last hour", measured(async || received(&hour).await).await?, best);
    print("the last day", measured(async || received(&day).await).await?, best);
    let of_rare = day.endpoint("rare");
    print("the last day of a rare endpoint", measured(async || received(&of_rare).await).await?, best);
    print("acts by hand", measured(async || store.acts_by_hand(None, 100).await.map(|acts| acts.len())).await?, best);
    drop(store);
    place.remove("listing").await
}

fn print(name: &str, (found, took): (usize, Duration), bare: Duration) {
    let millis = took.as_secs_f64() * 1_000.0;
    let ratio = took.as_secs_f64() / bare.as_secs_f64();
    println!("  {name:<38} {found:>7} {millis:>7.1} ms {ratio:>7.1}   {}", Goal::Below(50.0).of("ms", millis));
}

/// Returns what a read found, and its median time.
async fn measured(
    read: impl AsyncFn() -> Result<usize, referral_webhooks_inbox::store::StoreError>,
) -> Result<(usize, Duration), Failure> {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        found = read().await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok((found, times[ROUNDS / 2]))
}
