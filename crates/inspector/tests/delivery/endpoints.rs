//! The health of endpoints and their charts.

use crate::site::{PERSON, Site};

#[tokio::test]
async fn an_endpoint_shows_its_figures_and_charts() {
    let site = Site::start().await;
    for number in 0..3 {
        site.accept(&format!("msg_{number}"), PERSON).await;
    }
    let discarded = site.accept("msg_d", PERSON).await;
    site.inbox.discard(discarded, "fraud", "dana").await.unwrap();
    site.accept("msg_p", r#"{"event_name":"SOMETHING_NEW"}"#).await;
    site.refuse("signature-mismatch", "signature does not match", "{}").await;
    let mut dana = site.browser("dana", "all").await;
    let page = dana.get("/endpoints").await;
    let words = page.words();
    for text in [
        "Ready",
        "redpin-main",
        "5 in the last hour",
        "1 of 6 requests in the last hour (17 %)",
        "the newest: signature does not match",
        "Disabled",
        "for 7 d",
        "the current one opens every stored body",
    ] {
        assert!(words.contains(text), "{text} in {words}");
    }
    for text in ["role=\"img\"", "<desc id=\"redpin-main-hour-words\">", "<details>", "state=discarded", "state=parked"]
    {
        assert!(page.text().contains(text), "{text}");
    }
    assert!(!page.text().contains("style="), "the policy permits no inline style");
}

#[tokio::test]
async fn an_inbox_without_deliveries_shows_the_command() {
    let site = Site::start().await;
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get("/endpoints").await.words();
    assert!(words.contains("no delivery yet"), "{words}");
    let words = dana.get("/endpoints?endpoint=unknown").await.words();
    assert!(words.contains("The inbox has no endpoint unknown"), "{words}");
    let words = dana.get("/refused").await.words();
    assert!(words.contains("refhook send redpin"), "{words}");
}
