//! Refused requests and their explanation.

use referral_webhooks_inspector::{ExplanationLine, Finding};

use crate::site::{PERSON, Site};

#[tokio::test]
async fn a_refused_request_is_listed_and_explained() {
    let site = Site::start().await;
    let path = site.refuse("missing-header", "missing header `svix-id`", PERSON).await;
    let mut dana = site.browser("dana", "all").await;
    let list = dana.get("/refused").await;
    assert!(list.text().contains(&format!("href=\"{path}\"")), "{}", list.text());
    assert!(!list.text().contains("ada@"));
    let page = dana.get(&path).await;
    let words = page.words();
    for text in [
        "the request did not carry `svix-id`",
        "refhook doctor --platform redpin",
        "v1,M35lqE…=",
        "a•••@example.com",
        "the platform sends it again for up to 7 d",
    ] {
        assert!(words.contains(text), "{text} in {words}");
    }
    assert!(!page.text().contains("ada@") && !page.text().contains("192.0.2.10"));
}

#[tokio::test]
async fn the_explanation_of_the_program_takes_the_place_of_the_advice() {
    let site = Site::with(|inspector| {
        inspector.explain(|refused| match refused.kind.as_str() {
            "signature-mismatch" => vec![
                ExplanationLine::new(Finding::Wrong, "the body was <re-serialised>"),
                ExplanationLine::new(Finding::Advice, "give the handler the raw bytes"),
            ],
            "too-old" => panic!("a fault of the program"),
            _ => Vec::new(),
        })
    })
    .await;
    let mut dana = site.browser("dana", "all").await;
    let own = site.refuse("signature-mismatch", "signature does not match", "{}").await;
    let page = dana.get(&own).await;
    assert!(page.words().contains("the body was <re-serialised>"), "{}", page.words());
    assert!(!page.text().contains("<re-serialised>") && !page.words().contains("refhook doctor"));
    for (kind, reason) in [("too-old", "signed too long ago"), ("token-mismatch", "the token is not this endpoint's")] {
        let path = site.refuse(kind, reason, "{}").await;
        let words = dana.get(&path).await.words();
        assert!(words.contains(reason) && words.contains("refhook doctor"), "{kind}: {words}");
    }
}

#[tokio::test]
async fn a_refused_request_is_given_out_after_it_is_revealed() {
    let site = Site::start().await;
    let path = site.refuse("signature-mismatch", "signature does not match", PERSON).await;
    let mut dana = site.browser("dana", "all").await;
    assert_eq!(dana.get(&format!("{path}/raw")).await.status, 403);
    dana.get(&path).await;
    let (page, location) = dana.submit(&format!("{path}/reveal"), "").await;
    assert!(page.words().contains("ada@example.com") && page.words().contains("192.0.2.10"), "{}", page.words());
    let grant = location.split('?').nth(1).unwrap();
    let raw = dana.get(&format!("{path}/raw?{grant}")).await;
    assert_eq!(raw.body, PERSON.as_bytes());
    let message = dana.get(&format!("{path}/raw?as=http&{grant}")).await.text();
    assert!(message.starts_with("POST /hooks/redpin?token=*** HTTP/1.1\r\n") && message.ends_with(PERSON), "{message}");
    let mut reader = site.browser("reader", "view").await;
    assert!(!reader.get(&location).await.text().contains("ada@"));
    assert_eq!(dana.get("/refused/redpin-main/1").await.status, 404);
}

#[tokio::test]
async fn refused_requests_are_paged() {
    let site = Site::start().await;
    for number in 0..70 {
        site.refuse("too-old", &format!("reason number {number}."), "{}").await;
    }
    let mut dana = site.browser("dana", "all").await;
    let mut seen = 0;
    let mut url = "/refused".to_owned();
    for _ in 0..5 {
        let page = dana.get(&url).await;
        seen += page.words().matches("reason number").count();
        let Some(next) = page.text().split("rel=\"next\" href=\"").nth(1).map(str::to_owned) else { break };
        url = next.split('"').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!(seen, 70);
}
