//! Hostile content is shown, and stays without effect.

use referral_webhooks_inbox::Reason;
use referral_webhooks_inbox::store::ByHand;

use crate::site::{Site, redpin};

const SCRIPT: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'`";

/// Texts that attack, as JSON strings.
fn attacks() -> Vec<String> {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    vec![
        text(SCRIPT),
        text("\u{202e}dcba\u{2066}x\u{200b}\u{feff}"),
        text("\u{1b}[31mred\u{1b}]8;;https://evil.example\u{7}"),
        text("nul\0nul"),
        "\"\\ud800 lone\"".to_owned(),
        text(&"long ".repeat(25_000)),
    ]
}

#[tokio::test]
async fn attacks_in_every_field_are_shown_harmlessly() {
    let site = Site::start().await;
    let mut ids = Vec::new();
    for (number, attack) in attacks().iter().enumerate() {
        let body = format!(
            r#"{{"event_name":"REFERRAL_CREATED","status":"CREATED","referral_id":{attack},"email":{attack},{attack}:{attack},"id":{attack}}}"#
        );
        ids.push(site.accept(&format!("msg_{number}"), &body).await);
        let unknown = format!(r#"{{"event_name":{attack}}}"#);
        ids.push(site.accept(&format!("msg_u{number}"), &unknown).await);
        site.redpin.accept(&redpin(&format!("msg_{number}"), &unknown)).await.unwrap();
    }
    site.inbox.cancel(ids[0], ByHand::from(SCRIPT).because(&Reason::from(SCRIPT))).await.unwrap();
    let refused = site.refuse("too-old", SCRIPT, SCRIPT).await;
    let mut urls = vec!["/history".to_owned(), "/endpoints".to_owned(), "/refused".to_owned(), refused];
    urls.push(format!("/history?by={}", "%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AE"));
    urls.push("/endpoints?endpoint=%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned());
    let mut dana = site.browser("dana", "all").await;
    for id in ids {
        dana.get(&format!("/entries/{id}")).await;
        let (_, location) = dana.submit(&format!("/entries/{id}/reveal"), "tab=").await;
        let grant = location.split('?').nth(1).unwrap().to_owned();
        for tab in ["event", "request", "verification", "attempts", "related", "repeats"] {
            urls.push(format!("/entries/{id}?tab={tab}"));
            for look in ["", "text", "hex"] {
                urls.push(format!("/entries/{id}?tab={tab}&look={look}&{grant}"));
            }
        }
    }
    for url in urls {
        let page = dana.get(&url).await;
        let text = page.text();
        assert_eq!(page.status, 200, "{url}");
        assert!(text.len() < 1_000_000, "{url}: {} bytes", text.len());
        for (at, _) in text.match_indices("<script") {
            assert!(text[at..].starts_with("<script src=\"/script-"), "{url}: {}", &text[at..at + 60]);
        }
        assert!(!text.contains("<img"), "{url}");
        let is_steering = |one: char| {
            one.is_control() && !matches!(one, '\n' | '\t')
                || matches!(one, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        assert!(!text.contains(is_steering), "{url}: {:?}", text.find(is_steering).map(|at| &text[at - 40..at]));
    }
}

#[tokio::test]
async fn deep_json_and_a_megabyte_stay_within_their_bounds() {
    let site = Site::start().await;
    let deep = format!(
        "{{\"event_name\":\"REFERRAL_CREATED\",\"status\":\"CREATED\",\"x\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let long =
        format!("{{\"event_name\":\"REFERRAL_CREATED\",\"status\":\"CREATED\",\"x\":\"{}\"}}", "a".repeat(1_000_000));
    let many =
        format!("{{\"event_name\":\"REFERRAL_CREATED\",\"status\":\"CREATED\",\"x\":[{}1]}}", "1,".repeat(500_000));
    let mut dana = site.browser("dana", "all").await;
    for (number, body) in [deep, long, many].iter().enumerate() {
        let id = site.accept(&format!("msg_{number}"), body).await;
        site.redpin.accept(&redpin(&format!("msg_{number}"), &body.replacen("CREATED", "OTHER", 1))).await.unwrap();
        dana.get(&format!("/entries/{id}")).await;
        let (_, location) = dana.submit(&format!("/entries/{id}/reveal"), "tab=").await;
        let grant = location.split('?').nth(1).unwrap().to_owned();
        for tab in ["event", "request", "repeats"] {
            for url in [
                format!("/entries/{id}?tab={tab}"),
                format!("/entries/{id}?tab={tab}&{grant}"),
                format!("/entries/{id}?tab={tab}&part=2&{grant}"),
            ] {
                let began = std::time::Instant::now();
                let page = dana.get(&url).await;
                assert_eq!(page.status, 200, "{url}");
                assert!(page.body.len() < 1_000_000, "{url}: {} bytes", page.body.len());
                assert!(began.elapsed().as_secs() < 10, "{url} took {:?}", began.elapsed());
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_text_is_shown_as_bytes() {
    let site = Site::start().await;
    let endpoint =
        referral_webhooks::Endpoint::<referral_webhooks::platform::redpin::Redpin>::new(crate::site::SECRET).unwrap();
    let now = time::OffsetDateTime::now_utc();
    let message = referral_webhooks::Message::new(&b"{\"event_name\":\"\xff\xfe\"}"[..], now).id("msg_1");
    let delivery = endpoint.receive(&endpoint.sign(&message).unwrap(), now).unwrap();
    let id = site.redpin.accept(&delivery).await.unwrap().id();
    let mut dana = site.browser("dana", "all").await;
    let words = dana.get(&format!("/entries/{id}?tab=request")).await.words();
    assert!(words.contains("bytes that are not text"), "{words}");
    let (page, location) = dana.submit(&format!("/entries/{id}/reveal"), "tab=request").await;
    assert!(page.words().contains("00000000  7b 22 65 76"), "{}", page.words());
    assert!(page.words().contains("--data-binary '@entry-"), "{}", page.words());
    let grant = location.split('?').nth(1).unwrap();
    assert_eq!(dana.get(&format!("/entries/{id}/raw?{grant}")).await.body, b"{\"event_name\":\"\xff\xfe\"}");
}
