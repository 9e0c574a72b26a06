//! Files have the exact bytes, and are given out after the personal data are revealed.

use crate::site::{PERSON, Site};

#[tokio::test]
async fn a_file_has_the_bytes_that_came() {
    let site = Site::start().await;
    // Blanks, escapes and the order of members are kept.
    let body =
        "{ \"status\" : \"CREATED\",\t\"event_name\":\"REFERRAL_CREATED\", \"n\": 1.50, \"name\":\"Zo\\u00eb\" }\r\n";
    let id = site.accept("msg_1", body).await;
    let mut dana = site.browser("dana", "all").await;
    for path in ["raw", "request.http"] {
        assert_eq!(dana.get(&format!("/entries/{id}/{path}")).await.status, 403, "{path} before the revealing");
    }
    dana.get(&format!("/entries/{id}")).await;
    let (_, location) = dana.submit(&format!("/entries/{id}/reveal"), "tab=").await;
    let grant = location.split('?').nth(1).unwrap().to_owned();

    let raw = dana.get(&format!("/entries/{id}/raw?{grant}")).await;
    assert_eq!((raw.status, raw.body.as_slice()), (200, body.as_bytes()));
    for (name, want) in [
        ("content-type", "application/octet-stream"),
        ("content-disposition", &format!("attachment; filename=\"entry-{id}.bin\"")),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(raw.headers.get(name).map(String::as_str), Some(want), "{name}");
    }

    let message = dana.get(&format!("/entries/{id}/request.http?{grant}")).await;
    let text = String::from_utf8(message.body).unwrap();
    assert!(text.starts_with("POST /redpin-main HTTP/1.1\r\n"), "{text}");
    for part in ["svix-id: msg_1\r\n", "svix-signature: v1,", &format!("content-length: {}\r\n", body.len())] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.ends_with(&format!("\r\n\r\n{body}")), "{text}");
}

#[tokio::test]
async fn the_command_of_curl_is_text_on_the_page() {
    let site = Site::start().await;
    let body = r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","note":"it's"}"#;
    let id = site.accept("msg_1", body).await;
    let mut dana = site.browser("dana", "all").await;
    assert!(!dana.get(&format!("/entries/{id}?tab=request")).await.words().contains("curl -i"));
    let (page, _) = dana.submit(&format!("/entries/{id}/reveal"), "tab=request").await;
    let words = page.words();
    assert!(words.contains("curl -i -X POST \"$URL\""), "{words}");
    assert!(
        words.contains(r#"--data-raw '{"event_name":"REFERRAL_CREATED","status":"CREATED","note":"it'\''s"}'"#),
        "{words}"
    );
}

#[tokio::test]
async fn an_erased_delivery_has_no_files() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    let mut dana = site.browser("dana", "all").await;
    dana.get(&format!("/entries/{id}")).await;
    let (_, location) = dana.submit(&format!("/entries/{id}/reveal"), "tab=").await;
    let grant = location.split('?').nth(1).unwrap().to_owned();
    site.inbox.erase(id, "dana").await.unwrap();
    assert_eq!(dana.get(&format!("/entries/{id}/raw?{grant}")).await.status, 404);
    let page = dana.get(&format!("/entries/{id}?{grant}")).await;
    assert!(page.words().contains("The body was erased by hand"), "{}", page.words());
    assert!(!page.text().contains("Raw bytes"));
}
