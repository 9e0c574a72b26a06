//! The list: filters, pages, numbers.

use http::StatusCode;
use referral_webhooks_inbox::store::{State, Store as _};
use referral_webhooks_inspector::{Inspector, Operator, Rights};
use time::{Duration, OffsetDateTime};

use crate::browser::Browser;
use crate::seeds::{Seeds, created};

#[tokio::test]
async fn pages_in_both_directions_have_every_row_once() {
    let seeds = Seeds::new();
    for number in 0..173 {
        seeds.add(&format!("msg_{number}")).await;
    }
    let mut browser = seeds.browser();
    let link = |text: &str, rel: &str| {
        let (before, _) = text.split_once(&format!("rel=\"{rel}\""))?;
        let before =
            before.rsplit_once("<a ").unwrap().1.to_owned() + text.split_once(&format!("rel=\"{rel}\"")).unwrap().1;
        Some(before.split_once("href=\"").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&"))
    };
    let (mut path, mut seen, mut paths) = ("/?endpoint=redpin-main".to_owned(), Vec::new(), Vec::new());
    loop {
        let page = browser.open(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        seen.extend(page.rows());
        paths.push(page.rows());
        let Some(next) = link(&page.text, "next") else { break };
        path = next;
    }
    assert_eq!(seen, (1..=173).rev().collect::<Vec<i64>>());
    assert_eq!(paths.len(), 4);
    // Back again, from the last page. The newest page is full.
    let mut back = vec![paths.pop().unwrap()];
    while let Some(previous) = link(&browser.open(&path).await.text, "prev") {
        path = previous;
        let page = browser.open(&path).await;
        back.push(page.rows());
        if link(&page.text, "prev").is_none() {
            break;
        }
    }
    assert_eq!(back.len(), 4);
    assert_eq!(back[1], (24..=73).rev().collect::<Vec<i64>>());
    assert_eq!(back.last().unwrap(), &(124..=173).rev().collect::<Vec<i64>>());
    // Pages beyond the ends.
    assert_eq!(browser.open("/?after=173").await.rows().len(), 50);
    let page = browser.open("/?before=1").await;
    assert!(page.rows().is_empty());
    page.assert_has("Newest");
}

#[tokio::test]
async fn filters_select_rows() {
    let seeds = Seeds::new();
    let store = seeds.inbox.store();
    let old = OffsetDateTime::now_utc() - Duration::hours(30);
    store.accept(seeds.entry_at("msg_old", &created("ada@example.org"), old)).await.unwrap();
    let dead = seeds.add_in("msg_dead", State::Discarded).await;
    let parked = seeds.add_in("msg_parked", State::Parked).await;
    let repeated = seeds.entry("msg_twice", &created("ada@example.org"));
    store.accept(repeated.clone()).await.unwrap();
    store.accept(repeated).await.unwrap();
    let first = seeds.entry("msg_conflict", &created("a@example.org"));
    store.accept(first).await.unwrap();
    store.accept(seeds.entry("msg_conflict", &created("b@example.org"))).await.unwrap();
    store.accept(seeds.entry("msg_tenant", &created("c@example.org")).of_tenant("acme")).await.unwrap();
    let mut browser = seeds.browser();
    let rows: [(&str, &[i64]); 18] = [
        ("", &[7, 6, 5, 4, 3, 2, 1]),
        ("state=discarded", &[6, dead.0]),
        ("state=parked", &[parked.0]),
        ("only=parked", &[parked.0]),
        ("only=repeats", &[4]),
        ("only=conflicts", &[6]),
        ("tenant=acme", &[7]),
        ("tenant=globex", &[]),
        ("endpoint=redpin-main", &[7, 6, 5, 4, 3, 2, 1]),
        ("endpoint=other", &[]),
        ("platform=redpin&state=available", &[7, 5, 4]),
        ("platform=prefinery", &[]),
        ("event=REFERRAL_ARCHIVED", &[parked.0]),
        ("q=REFERRAL_ARCHIVED", &[parked.0]),
        ("q=msg_de", &[dead.0]),
        ("in=24h", &[7, 6, 5, 4, 3, 2]),
        ("to=2000-01-01", &[]),
        ("in=24h&state=discarded&endpoint=redpin-main", &[6, dead.0]),
    ];
    for (query, want) in rows {
        let page = browser.get(&format!("/?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(page.rows(), want, "{query}");
        if want.is_empty() {
            page.assert_has("Show all deliveries");
        }
    }
    let page = browser.get("/?only=refused&endpoint=redpin-main&state=parked").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/refused?endpoint=redpin-main"));
    // The form and the title have the filter.
    let page = browser.get("/?state=discarded&in=24h&q=msg%22%3E").await;
    page.assert_has("<title>Dead letters with “msg&quot;&gt;”, last 24 hours · Webhook inbox</title>");
    page.assert_has("<option value=\"discarded\" selected>");
    page.assert_has("<option value=\"24h\" selected>");
    page.assert_has("value=\"msg&quot;&gt;\"");
}

#[tokio::test]
async fn numbers_follow_the_filter_without_its_state() {
    let seeds = Seeds::new();
    for (number, state) in
        [State::Discarded, State::Discarded, State::Parked, State::Completed, State::Available].into_iter().enumerate()
    {
        seeds.add_in(&format!("msg_{number}"), state).await;
    }
    let mut browser = seeds.browser();
    for query in ["", "state=parked", "endpoint=redpin-main"] {
        let page = browser.get(&format!("/?{query}")).await;
        let cards = page.between("<ul class=\"cards\"", "</ul>");
        for (state, number) in [("all", 5), ("discarded", 2), ("parked", 1), ("completed", 1), ("available", 1)] {
            assert!(cards.contains(&format!("<b class=\"{state}\">{number}</b>")), "{query} {state}: {cards}");
        }
    }
    let page = browser.get("/?state=discarded&endpoint=redpin-main").await;
    page.assert_has("2 deliveries match");
    page.assert_has("/act?state=discarded&amp;endpoint=redpin-main&amp;do=again");
    page.assert_has("href=\"/?endpoint=redpin-main&amp;state=parked\"");
}

#[tokio::test]
async fn an_empty_inbox_shows_the_command_that_fills_it() {
    let seeds = Seeds::new();
    let page = seeds.browser().get("/").await;
    page.assert_has("No delivery has come yet");
    page.assert_has("refhook send redpin");
    page.assert_has("redpin-main");
    assert!(!page.text.contains("/act?"));
    let own =
        seeds.page().try_it(|| "refhook send redpin --to http://localhost:3000/hooks/redpin".into()).build().unwrap();
    Browser::new(own).get("/").await.assert_has("--to http://localhost:3000/hooks/redpin");
    // A filter does not hide it.
    seeds.browser().get("/?state=parked").await.assert_has("No delivery has come yet");
}

#[tokio::test]
async fn links_begin_with_the_path_of_the_page() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let page = Inspector::new(seeds.inbox.clone())
        .at("/admin/webhooks")
        .authorise(|_| async { Some(Operator::new("dana", Rights::ALL)) });
    let mut browser = Browser::new(page.build().unwrap());
    // A router may have removed the path, or not.
    for path in ["/", "/admin/webhooks", "/admin/webhooks/", "/entries/1", "/admin/webhooks/entries/1", "/history"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let links =
            ["href=\"", "src=\"", "action=\"", "data-live=\""].iter().flat_map(|kind| page.text.split(kind).skip(1));
        for link in links.map(|link| link.split_once('"').unwrap().0).filter(|link| !link.starts_with('#')) {
            assert!(link.starts_with("/admin/webhooks/") || link.starts_with('?'), "{path}: {link}");
        }
    }
    assert!(browser.get("/").await.header("set-cookie").is_empty(), "the session has begun");
}
