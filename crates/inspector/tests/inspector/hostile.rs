//! Texts of strangers cannot leave their place in a page.

use referral_webhooks_inbox::store::{RefusedRequest, Store as _};
use time::OffsetDateTime;

use crate::seeds::Seeds;

const TEXTS: [&str; 4] = [
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)>",
    "</td></table></main></body></html>",
    "a\u{202e}b\u{2066}c\u{200b}\u{0}",
    "\u{1b}[31mred\u{1b}]8;;https://evil.example\u{7}",
];

#[tokio::test]
async fn no_text_leaves_its_place() {
    for text in TEXTS {
        let seeds = Seeds::new();
        let store = seeds.inbox.store();
        let body = serde_json::json!({ "event_name": text, "status": text, "contact": { "email": text, text: text } });
        let mut entry = seeds.entry("msg_1", &body.to_string());
        (entry.delivery_id, entry.event) = (format!("{text}1"), Some(text.to_owned()));
        store.accept(entry.of_tenant(text)).await.unwrap();
        let mut refused = RefusedRequest::new(
            "redpin-main",
            "redpin",
            "missing-header",
            OffsetDateTime::from_unix_timestamp(1).unwrap(),
        );
        (refused.reason, refused.path, refused.method) = (text.to_owned(), format!("/{text}"), "POST".to_owned());
        refused.body = text.as_bytes().to_vec().into();
        store.keep_refused(vec![refused], 10).await.unwrap();
        store.cancel(referral_webhooks_inbox::EntryId(1), text.into()).await.unwrap();
        let mut browser = seeds.browser();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for field in ["q", "tenant", "event", "endpoint", "platform"] {
            query.append_pair(field, text);
        }
        let filtered = format!("/?{}", query.finish());
        let paths = [
            "/",
            "/?state=cancelled",
            &filtered,
            "/entries/1",
            "/act?do=again&entry=1",
            "/refused",
            "/refused/redpin-main/1000000",
            "/history",
            "/endpoints",
            "/entries/1?tab=request",
            "/entries/1?tab=verification",
            "/entries/1?tab=event",
            "/entries/1?tab=attempts",
            "/entries/1?tab=related",
            "/entries/1?tab=repeats",
        ];
        for path in paths {
            let page = browser.get(path).await;
            // The fields of the filter have the operator's own text.
            let shown: String =
                page.text.split(" value=\"").map(|part| part.split_once('"').map_or(part, |it| it.1)).collect();
            for bad in
                ["<script>", "<img src=x", "</table></main>", "\u{202e}", "\u{2066}", "\u{200b}", "\u{0}", "\u{1b}"]
            {
                assert!(!shown.contains(bad), "{bad:?} of {text:?} is in {path}: {shown}");
            }
            assert_eq!(page.text.matches("</html>").count(), 1, "{path}");
        }
    }
}
