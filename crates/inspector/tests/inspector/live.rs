//! The stream of live rows.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Full};
use referral_webhooks_inbox::store::{State, Store as _};
use referral_webhooks_inspector::Body;
use tokio::time::{sleep, timeout};

use crate::browser::Browser;
use crate::seeds::Seeds;

/// An open stream.
struct Stream(Body);

impl Stream {
    async fn open<S: referral_webhooks_inbox::store::Store>(
        browser: &mut Browser<S>,
        path: &str,
        last: Option<&str>,
    ) -> Self {
        let mut request = browser.request("GET", path);
        request = last.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = browser.send(request.body(Full::<Bytes>::default()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self(response.into_body())
    }

    /// Returns the next events, without comments; an empty text if none comes within some seconds.
    async fn next(&mut self) -> String {
        let wait = async {
            loop {
                let piece = self.0.frame().await.unwrap().unwrap().into_data().unwrap();
                let text = String::from_utf8(piece.to_vec()).unwrap();
                let events: String = text.split_inclusive("\n\n").filter(|event| event.starts_with("event:")).collect();
                if !events.is_empty() {
                    return events;
                }
            }
        };
        timeout(Duration::from_secs(4), wait).await.unwrap_or_default()
    }
}

fn id_of(events: &str) -> String {
    events.rsplit_once("id: ").unwrap().1.split_once('\n').unwrap().0.to_owned()
}

#[tokio::test(start_paused = true)]
async fn new_and_changed_rows_arrive_and_others_leave() {
    let seeds = Seeds::new();
    let dead = seeds.add_in("msg_1", State::Discarded).await;
    let mut browser = seeds.browser();
    let page = browser.get("/?state=discarded").await;
    let url = page.between("data-live=\"", "\"").replace("&amp;", "&");
    let mut stream = Stream::open(&mut browser, &url, None).await;
    assert_eq!(stream.next().await, "", "the page has all rows");
    let second = seeds.add_in("msg_2", State::Discarded).await;
    let events = stream.next().await;
    assert!(events.contains(&format!("data: <tr id=\"e{second}\"")), "{events}");
    assert!(!events.contains(&format!("<tr id=\"e{dead}\"")), "{events}");
    assert!(events.contains("event: cards") && events.contains("<b class=\"discarded\">2</b>"), "{events}");
    // A row of another state is not selected.
    seeds.add_in("msg_3", State::Parked).await;
    assert!(!stream.next().await.contains("event: row"));
    // A row that does not match any more leaves.
    seeds.inbox.cancel(second, "dana").await.unwrap();
    let events = stream.next().await;
    assert!(events.contains(&format!("event: page\nid: {}\ndata: e{dead}\n", id_of(&events))), "{events}");
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_continues_after_the_last_event() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let mut browser = seeds.browser();
    let mut stream = Stream::open(&mut browser, "/live", None).await;
    let events = stream.next().await;
    assert!(events.contains("<tr id=\"e1\""), "a browser without a page gets its rows: {events}");
    let last = id_of(&events);
    drop(stream);
    // Another process serves the page now, with the same store.
    let mut restarted = seeds.browser();
    let mut stream = Stream::open(&mut restarted, "/live", Some(&last)).await;
    assert_eq!(stream.next().await, "");
    drop(stream);
    seeds.add("msg_2").await;
    let mut stream = Stream::open(&mut restarted, "/live", Some(&last)).await;
    let events = stream.next().await;
    assert!(events.contains("<tr id=\"e2\"") && events.contains("data: e2 e1\n"), "{events}");
    // The id of another time or of a stranger.
    for last in ["nonsense", "", "99999999999999999999-ff"] {
        let mut stream = Stream::open(&mut restarted, "/live", Some(last)).await;
        assert!(stream.next().await.contains("<tr id=\"e2\""), "{last}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_number_and_the_duration_of_streams_are_bounded() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let mut browser = seeds.browser();
    let mut streams = Vec::new();
    for _ in 0..64 {
        streams.push(Stream::open(&mut browser, "/live", None).await);
    }
    let page = browser.get("/live").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    streams.pop();
    let mut stream = Stream::open(&mut browser, "/live", None).await;
    let (mut silent, end) = (Duration::ZERO, Duration::from_secs(11 * 60));
    while let Ok(Some(_)) = timeout(Duration::from_secs(20), stream.0.frame()).await {
        sleep(Duration::from_secs(1)).await;
        silent += Duration::from_secs(1);
        assert!(silent < end, "the stream does not end");
    }
    assert!(timeout(Duration::from_secs(1), stream.0.frame()).await.unwrap().is_none());
    assert!(seeds.inbox.store().count(referral_webhooks_inbox::store::Filter::new()).await.is_ok());
}
