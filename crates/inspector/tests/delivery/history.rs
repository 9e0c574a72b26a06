//! The acts of persons on all entries.

use referral_webhooks_inbox::Reason;
use referral_webhooks_inbox::store::ByHand;

use crate::site::{PERSON, Site};

#[tokio::test]
async fn acts_are_listed_with_person_and_reason() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    site.inbox.cancel(id, ByHand::from("robin").because(&Reason::from("a test of ours"))).await.unwrap();
    assert!(site.inbox.redeliver(id, "dana").await.unwrap().is_redelivered());
    let mut dana = site.browser("dana", "all").await;
    let page = dana.get("/history").await;
    let words = page.words();
    for text in ["robin", "cancelled", "a test of ours", "dana", "processed again", "redpin-main"] {
        assert!(words.contains(text), "{text} in {words}");
    }
    assert!(page.text().contains(&format!("href=\"/entries/{id}\"")));
    let newest = words.rfind("processed again").unwrap();
    assert!(newest < words.find("a test of ours").unwrap(), "the newest is first: {words}");
    let of_robin = dana.get("/history?by=robin").await.words();
    assert!(of_robin.contains("a test of ours") && of_robin.matches("redpin-main").count() == 1, "{of_robin}");
}

#[tokio::test]
async fn acts_are_paged_without_a_gap() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    for _ in 0..60 {
        site.inbox.cancel(id, "dana").await.unwrap();
        assert!(site.inbox.redeliver(id, "robin").await.unwrap().is_redelivered());
    }
    let mut dana = site.browser("dana", "all").await;
    for (first, want) in [("/history", 120), ("/history?by=dana", 60)] {
        let (mut url, mut seen) = (first.to_owned(), 0);
        for _ in 0..9 {
            let page = dana.get(&url).await;
            seen += page.text().matches("data-label=\"Action\"").count();
            let Some(next) = page.text().split("rel=\"next\" href=\"").nth(1).map(str::to_owned) else { break };
            url = next.split('"').next().unwrap().replace("&amp;", "&");
        }
        assert_eq!(seen, want, "{first}");
    }
}

#[tokio::test]
async fn an_empty_history_says_so() {
    let site = Site::start().await;
    let mut dana = site.browser("dana", "all").await;
    assert!(dana.get("/history").await.words().contains("No person has acted yet"));
}
