//! Personal data are masked until a person with the right reveals them, which is logged.

use referral_webhooks_inbox::store::Store as _;

use crate::site::{PERSON, PERSONAL, Site};

const PARTS: [&str; 6] = ["", "?tab=request", "?tab=verification", "?tab=attempts", "?tab=related", "?tab=repeats"];

#[tokio::test]
async fn every_part_is_masked_until_a_person_reveals_it() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    let mut dana = site.browser("dana", "all").await;
    for part in PARTS {
        let page = dana.get(&format!("/entries/{id}{part}")).await;
        assert_eq!(page.status, 200, "{part}");
        for text in PERSONAL {
            assert!(!page.text().contains(text), "{part} shows {text}");
        }
    }
    let masked = dana.get(&format!("/entries/{id}?tab=request")).await.words();
    for text in ["\"referral_id\": \"r-50\"", "\"email\": \"a•••@example.com\"", "\"amount\": \"12.50\""] {
        assert!(masked.contains(text), "{text} in {masked}");
    }
    let (page, location) = dana.submit(&format!("/entries/{id}/reveal"), "tab=request").await;
    assert!(location.contains("tab=request") && location.contains("reveal="), "{location}");
    for text in PERSONAL {
        assert!(page.words().contains(text), "{text} in {}", page.words());
    }
    let history = site.inbox.store().history(id).await.unwrap();
    let lines: Vec<_> = history.iter().map(|line| (line.what.as_str(), line.actor.as_str(), line.by_hand)).collect();
    assert_eq!(lines, [("revealed", "dana", true)]);
    assert!(dana.get(&format!("/entries/{id}")).await.words().contains("Personal data revealed"));
    // The next look begins masked, because the grant is in the URL alone.
    assert!(!dana.get(&format!("/entries/{id}?tab=request")).await.text().contains("ada@"));
}

#[tokio::test]
async fn a_grant_belongs_to_one_entry_and_one_session() {
    let site = Site::start().await;
    let (one, other) = (site.accept("msg_1", PERSON).await, site.accept("msg_2", PERSON).await);
    let mut dana = site.browser("dana", "all").await;
    dana.get(&format!("/entries/{one}")).await;
    let (_, location) = dana.submit(&format!("/entries/{one}/reveal"), "tab=request").await;
    let grant = location.split("reveal=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    assert!(dana.get(&location).await.text().contains("ada@"));
    let mut robin = site.browser("robin", "all").await;
    let mut reader = site.browser("reader", "view").await;
    let of_other = format!("/entries/{other}?tab=request&reveal={grant}");
    for (browser, url) in [(&mut dana, &of_other), (&mut robin, &location), (&mut reader, &location)] {
        let page = browser.get(url).await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("ada@"), "{url}");
    }
}

#[tokio::test]
async fn revealing_needs_the_right_and_the_token_of_the_form() {
    let site = Site::with(|inspector| inspector).await;
    let id = site.accept("msg_1", PERSON).await;
    let path = format!("/entries/{id}/reveal");
    let mut reader = site.browser("reader", "view").await;
    assert!(!reader.get(&format!("/entries/{id}")).await.text().contains("Reveal personal data"));
    assert_eq!(reader.send("POST", &path, "token=x").await.status, 403);
    let mut dana = site.browser("dana", "all").await;
    dana.get(&format!("/entries/{id}")).await;
    assert_eq!(dana.send("POST", &path, "tab=request").await.status, 403, "a form without its token");
    assert_eq!(dana.send("GET", &path, "").await.status, 303, "a link reveals nothing");
    assert_eq!(site.inbox.store().history(id).await.unwrap(), []);
    assert_eq!(dana.submit("/entries/99/reveal", "").await.0.status, 404);
}

#[tokio::test]
async fn a_read_only_page_reveals_nothing() {
    let site = Site::with(|inspector| inspector.read_only()).await;
    let id = site.accept("msg_1", PERSON).await;
    let mut dana = site.browser("dana", "all").await;
    let page = dana.get(&format!("/entries/{id}")).await;
    assert!(!page.text().contains("Reveal personal data"));
    assert_eq!(dana.submit(&format!("/entries/{id}/reveal"), "").await.0.status, 403);
    assert_eq!(site.inbox.store().history(id).await.unwrap(), []);
}
