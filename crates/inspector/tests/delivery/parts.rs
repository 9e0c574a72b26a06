//! The parts of the page of a delivery.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint};
use referral_webhooks_inbox::store::{ClaimRequest, Finish, Store as _};
use referral_webhooks_inbox::{Attempt, Outcome};

use crate::site::{PERSON, SECRET, Site, redpin};

#[tokio::test]
async fn the_event_is_shown_as_summary_and_typed() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}")).await.words();
    for text in ["What happened", "referral started", "ReferralCreated", "REFERRAL_CREATED", "Redpin", "available"] {
        assert!(words.contains(text), "{text} in {words}");
    }
}

#[tokio::test]
async fn the_verification_says_what_was_checked() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    let fingerprint = Endpoint::<Redpin>::new(SECRET).unwrap().fingerprints().next().unwrap().1.to_string();
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}?tab=verification")).await.words();
    for text in [
        "a Svix signature of the message id, the time and the body",
        "signed: only a holder of the key",
        "svix-signature",
        "the platform's own: a retry repeats it",
        "before it came",
        "the endpoint's current secret",
        &fingerprint,
    ] {
        assert!(words.contains(text), "{text} in {words}");
    }
}

#[tokio::test]
async fn the_timeline_tells_attempts_and_acts() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    let store = site.inbox.store();
    let claims = store
        .claim(ClaimRequest::new("worker-1", &["redpin-main".to_owned()], 1, Duration::from_secs(60)))
        .await
        .unwrap();
    let retry = Finish::Retry(Duration::from_secs(600), "the shop is down".into());
    assert!(store.finish(&claims[0].lease, retry).await.unwrap());
    site.inbox.discard(id, "fraud is suspected", "dana").await.unwrap();
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}")).await.words();
    for text in [
        "Signed",
        "Received and stored",
        "Attempt 1 failed",
        "the shop is down",
        "by worker-1",
        "Discarded by hand",
        "fraud is suspected",
        "by dana",
        "dead letter",
    ] {
        assert!(words.contains(text), "{text} in {words}");
    }
    let words = dana.get(&format!("/entries/{id}?tab=attempts")).await.words();
    assert!(words.contains("failed, tried again") && words.contains("worker-1"), "{words}");
}

#[tokio::test]
async fn another_body_under_the_id_is_compared() {
    let site = Site::start().await;
    let first = site.accept("msg_1", PERSON).await;
    site.redpin.accept(&redpin("msg_1", PERSON)).await.unwrap();
    // A name of a member can be an address, too.
    let other = PERSON.replace("12.50", "99.00").replace("ada@", "eve@").replace("\"note\"", "\"eve@example.com\"");
    let second = site.accept("msg_1", &other).await;
    assert_ne!(first, second);
    let mut dana = site.browser("dana", "all").await;
    for (id, there) in [(first, second), (second, first)] {
        let page = dana.get(&format!("/entries/{id}?tab=repeats")).await;
        let words = page.words();
        assert!(words.contains(&format!("Compared with entry {there}")), "{words}");
        for text in ["/e•••@example.com", "/amount", "\"12.50\"", "\"99.00\"", "/email", "e•••@example.com"]
        {
            assert!(words.contains(text), "{text} in {words}");
        }
        assert!(!page.text().contains("ada@") && !page.text().contains("eve@"));
    }
    let words = dana.get(&format!("/entries/{first}?tab=repeats")).await.words();
    assert!(words.contains("1 repeat with the same body"), "{words}");
}

#[tokio::test]
async fn entries_of_a_subject_and_neighbours_are_linked() {
    let site = Site::start().await;
    let subject = |delivery: &Delivery<Redpin>| Some(delivery.id().as_str().split('-').next().unwrap().to_owned());
    let redpin_of_subject = site.redpin.clone().one_at_a_time(subject);
    let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED"}"#;
    let mut ids = Vec::new();
    for id in ["a-1", "a-2", "b-1"] {
        ids.push(redpin_of_subject.accept(&redpin(id, body)).await.unwrap().id());
    }
    let mut dana = site.browser("dana", "all").await;
    let page = dana.get(&format!("/entries/{}?tab=related", ids[1])).await.text();
    assert!(page.contains(&format!("href=\"/entries/{}\"", ids[0])) && page.contains("a-1"), "{page}");
    assert!(!page.contains("b-1"), "{page}");
    for (id, rel) in [(ids[0], "next"), (ids[2], "prev")] {
        assert!(page.contains(&format!("rel=\"{rel}\" href=\"/entries/{id}\"")), "{page}");
    }
    // The second one of the subject waits for the first one.
    let words = dana.get(&format!("/entries/{}", ids[1])).await.words();
    assert!(
        words.contains("for the earlier entry of its subject") && words.contains(&format!("entry {}", ids[0])),
        "{words}"
    );
}

#[tokio::test]
async fn the_form_of_a_delivery_is_decoded() {
    let site = Site::start().await;
    let body = r#"{"event":"bonus_created","account_slug":"my-store","data":{"id":1042,"advocate_token":"cc6b0001","name":"Ada","amount":10.5,"currency_code":"USD"}}"#;
    let id = site.accept_form(body).await;
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}")).await.words();
    assert!(words.contains("BonusCreated") || words.contains("bonus_created"), "{words}");
    let words = dana.get(&format!("/entries/{id}?tab=request")).await.words();
    assert!(
        words.contains("payload = {") && words.contains("\"amount\": 10.5") && !words.contains("\"Ada\""),
        "{words}"
    );
}

#[tokio::test]
async fn an_unreadable_event_and_an_unknown_entry_have_words() {
    let site = Site::start().await;
    let id = site.accept("msg_1", r#"{"event_name":"SOMETHING_NEW"}"#).await;
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}")).await.words();
    assert!(words.contains("unknown event name") && words.contains("parked"), "{words}");
    let page = dana.get("/entries/4711").await;
    assert_eq!(page.status, 404);
    assert!(page.words().contains("There is no entry 4711"));
}

#[tokio::test]
async fn a_worker_leaves_the_duration_of_its_attempt() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    async fn credit(_: Delivery<Redpin>, _: Attempt) -> Outcome {
        tokio::time::sleep(Duration::from_millis(30)).await;
        Outcome::Done
    }
    site.inbox.worker().run(&site.redpin, credit).run_until_idle().await.unwrap();
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}?tab=attempts")).await.words();
    assert!(words.contains("succeeded") && words.contains(" ms"), "{words}");
}
