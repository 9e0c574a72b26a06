//! Actions, single and on all entries of a filter.

use http::StatusCode;
use referral_webhooks_inbox::store::{State, Store as _};

use crate::seeds::{Seeds, created};

const REASON: &str = "the shop is back, ticket 4711";

#[tokio::test]
async fn each_action_changes_one_entry_and_writes_a_line() {
    let rows = [
        ("again", State::Discarded, State::Available, "redelivered"),
        ("again", State::Completed, State::Available, "redelivered"),
        ("again", State::Parked, State::Available, "redelivered"),
        ("cancel", State::Discarded, State::Cancelled, "cancelled"),
        ("cancel", State::Parked, State::Cancelled, "cancelled"),
        ("cancel", State::Retryable, State::Cancelled, "cancelled"),
        ("discard", State::Parked, State::Discarded, "discarded"),
        ("discard", State::Available, State::Discarded, "discarded"),
        ("done", State::Discarded, State::Completed, "marked_done"),
        ("done", State::Cancelled, State::Completed, "marked_done"),
        ("erase", State::Completed, State::Completed, "erased"),
        ("erase", State::Discarded, State::Cancelled, "erased"),
    ];
    for (action, from, to, what) in rows {
        for bulk in [false, true] {
            let seeds = Seeds::new();
            let entry = seeds.add_in("msg_1", from).await;
            let mut browser = seeds.browser();
            let query = match bulk {
                true => format!("do={action}&state={from}&endpoint=redpin-main"),
                false => format!("do={action}&entry={entry}"),
            };
            let page = browser.act(&query, REASON).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            page.assert_has(if bulk {
                "1 delivery is"
            } else if action == "erase" {
                "is erased"
            } else {
                "Entry 1 is"
            });
            assert_eq!(seeds.state(entry).await, to, "{query} from {from}");
            let last = seeds.history(entry).await.pop();
            assert_eq!(
                last,
                Some((what.to_owned(), "dana".to_owned(), Some(REASON.to_owned()))),
                "{query} from {from}"
            );
            page.assert_has("href=\"/history\"");
        }
    }
}

#[tokio::test]
async fn a_running_entry_and_a_finished_one_permit_little() {
    let rows = [
        ("again", State::Available),
        ("again", State::Retryable),
        ("again", State::Running),
        ("cancel", State::Completed),
        ("cancel", State::Cancelled),
        ("cancel", State::Running),
        ("discard", State::Completed),
        ("discard", State::Discarded),
        ("discard", State::Running),
        ("done", State::Running),
        ("done", State::Completed),
        ("erase", State::Running),
    ];
    for (action, state) in rows {
        let seeds = Seeds::new();
        let entry = seeds.add_in("msg_1", state).await;
        for query in
            [format!("do={action}&entry={entry}"), format!("do={action}&state={state}"), format!("do={action}")]
        {
            let page = seeds.browser().get(&format!("/act?{query}")).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            assert!(!page.text.contains("<form class=\"act\""), "{query} of {state}");
        }
        assert_eq!(seeds.state(entry).await, state);
    }
}

#[tokio::test]
async fn a_form_acts_on_the_counted_entries_alone() {
    let seeds = Seeds::new();
    for number in 0..5 {
        seeds.add_in(&format!("msg_{number}"), State::Discarded).await;
    }
    let other = seeds.add_in("msg_parked", State::Parked).await;
    let mut browser = seeds.browser();
    let page = browser.get("/act?do=cancel&state=discarded").await;
    page.assert_has("<b>5</b> <bdi>dead letters</bdi>");
    page.assert_has("Cancel 5");
    let mut form = page.form();
    let late = seeds.add_in("msg_late", State::Discarded).await;
    form.insert("reason".to_owned(), REASON.to_owned());
    let page = browser.post("/act", &form).await;
    page.assert_has("5 deliveries are cancelled");
    assert_eq!(seeds.state(late).await, State::Discarded, "it came after the count");
    assert_eq!(seeds.state(other).await, State::Parked, "the filter does not select it");
}

#[tokio::test]
async fn a_mixed_filter_acts_on_the_entries_that_permit_it() {
    let seeds = Seeds::new();
    let states = [State::Completed, State::Discarded, State::Cancelled, State::Retryable, State::Available];
    for (number, state) in states.into_iter().enumerate() {
        seeds.add_in(&format!("msg_{number}"), state).await;
    }
    let mut browser = seeds.browser();
    let page = browser.get("/act?do=again").await;
    page.assert_has("<b>3</b> <bdi>deliveries</bdi>");
    page.assert_has("2 more of the filter do not permit it");
    let page = browser.act("do=again", REASON).await;
    page.assert_has("3 deliveries are due again");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_acts_once() {
    for bulk in [false, true] {
        let seeds = Seeds::new();
        let entry = seeds.add_in("msg_1", State::Completed).await;
        let mut browser = seeds.browser();
        let query = if bulk { "do=again&state=completed" } else { "do=again&entry=1" };
        let mut form = browser.get(&format!("/act?{query}")).await.form();
        form.insert("reason".to_owned(), REASON.to_owned());
        browser.post("/act", &form).await.assert_has("due again");
        // The handler was fast: the entry is completed, and would be processed once more.
        seeds.inbox.mark_done(entry, "worker").await.unwrap();
        browser.post("/act", &form).await.assert_has("This form was sent before");
        assert_eq!(seeds.state(entry).await, State::Completed, "{query}");
        let runs = seeds.history(entry).await.into_iter().filter(|(what, ..)| what == "redelivered").count();
        assert_eq!(runs, 1, "{query}");
        // Another process has the same store.
        let mut other = seeds.browser();
        other.cookie.clone_from(&browser.cookie);
        form.insert("token".to_owned(), other.get("/act?do=again&entry=1").await.form()["token"].clone());
        other.post("/act", &form).await.assert_has("This form was sent before");
        assert_eq!(seeds.state(entry).await, State::Completed, "{query}");
    }
}

#[tokio::test]
async fn an_action_needs_a_reason_and_a_whole_form() {
    let seeds = Seeds::new();
    let entry = seeds.add_in("msg_1", State::Discarded).await;
    let mut browser = seeds.browser();
    let form = browser.get("/act?do=cancel&entry=1").await.form();
    let rows = [
        ("reason", None),
        ("reason", Some("  ".to_owned())),
        ("reason", Some("x".repeat(301))),
        ("ticket", Some(String::new())),
        ("ticket", Some("../../etc/passwd".to_owned())),
        ("upto", Some("x".to_owned())),
        ("upto", Some("-1".to_owned())),
        ("count", Some(String::new())),
        ("do", Some("x".to_owned())),
        ("entry", Some("x".to_owned())),
    ];
    for (field, value) in rows {
        let mut fields = form.clone();
        fields.insert("reason".to_owned(), REASON.to_owned());
        match &value {
            Some(value) => fields.insert(field.to_owned(), value.clone()),
            None => fields.remove(field),
        };
        let page = browser.post("/act", &fields).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{field} {value:?}");
        assert_eq!(seeds.state(entry).await, State::Discarded, "{field} {value:?}");
    }
    // A larger number than the counted one is limited to the counted entries.
    let mut fields = form;
    fields.insert("reason".to_owned(), REASON.to_owned());
    fields.insert("count".to_owned(), i64::MAX.to_string());
    fields.insert("upto".to_owned(), i64::MAX.to_string());
    assert_eq!(browser.post("/act", &fields).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_person_is_erased_after_a_count() {
    let seeds = Seeds::new();
    let store = seeds.inbox.store();
    for (id, email) in [("a", "robin@example.com"), ("b", "ada@example.org"), ("c", "ROBIN@example.com")] {
        store.accept(seeds.entry(id, &created(email))).await.unwrap();
    }
    let mut browser = seeds.browser();
    let page = browser.get("/act?do=erase-person").await;
    let mut form = page.form();
    for (text, status) in [("", StatusCode::BAD_REQUEST), ("rob", StatusCode::BAD_REQUEST)] {
        form.insert("person".to_owned(), text.to_owned());
        assert_eq!(browser.post("/act", &form).await.status, status, "{text}");
    }
    form.insert("person".to_owned(), "nobody@example.com".to_owned());
    browser.post("/act", &form).await.assert_has("No delivery mentions");
    form.insert("person".to_owned(), "robin@example.com".to_owned());
    let page = browser.post("/act", &form).await;
    page.assert_has("<b>2</b> <bdi>deliveries</bdi> that mention");
    let mut form = page.form();
    // A later delivery was not counted.
    store.accept(seeds.entry("d", &created("robin@example.com"))).await.unwrap();
    form.insert("reason".to_owned(), REASON.to_owned());
    browser.post("/act", &form).await.assert_has("2 deliveries are erased");
    for (id, has_body) in [(1, false), (2, true), (3, false), (4, true)] {
        let entry = store.get(referral_webhooks_inbox::EntryId(id)).await.unwrap().unwrap();
        assert_eq!(entry.has_body, has_body, "{id}");
    }
}

#[tokio::test]
async fn entries_are_decoded_again_by_their_intake() {
    let seeds = Seeds::new();
    seeds.add_in("msg_1", State::Parked).await;
    let mut browser = seeds.browser();
    for query in ["do=redecode&entry=1", "do=redecode&state=parked"] {
        let page = browser.act(query, REASON).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        page.assert_has("Still unreadable</dt><dd>1</dd>");
    }
}
