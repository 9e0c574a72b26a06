//! Who may see the page, and from where.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{Request, StatusCode};
use http_body_util::Full;
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::{Inbox, MemoryStore};
use referral_webhooks_inspector::{Access, BuildError, Inspector, LinkToken, Operator, Rights};

use crate::browser::{Browser, HOST_NAME, Page};
use crate::seeds::Seeds;

const TOKEN: &str = "Kx2T9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA";

const PATHS: [&str; 8] = [
    "/",
    "/entries/1",
    "/entries/1/raw",
    "/entries/1/request.http",
    "/refused",
    "/history",
    "/endpoints",
    "/act?do=again",
];

fn with_link(seeds: &Seeds) -> Browser<MemoryStore> {
    let page = Inspector::new(seeds.inbox.clone()).with_link(LinkToken::new(TOKEN).unwrap(), "dana");
    Browser::new(page.build().unwrap())
}

#[test]
fn a_page_that_admits_everyone_cannot_be_built() {
    let inbox = || Inspector::new(Inbox::new(MemoryStore::new()));
    let dana = |page: Inspector<MemoryStore>| page.authorise(|_| async { None });
    assert_eq!(inbox().build().unwrap_err(), BuildError::NoAuthorisation);
    assert_eq!(inbox().read_only().allowed_hosts(["a.example"]).build().unwrap_err(), BuildError::NoAuthorisation);
    let link = LinkToken::new(TOKEN).unwrap();
    assert_eq!(dana(inbox().with_link(link, "dana")).build().unwrap_err(), BuildError::TwoAuthorisations);
    let bad_path = dana(inbox()).at("no-slash").build().unwrap_err();
    assert_eq!(bad_path, BuildError::BadPath("no-slash".to_owned()));
    let bad_host = dana(inbox()).allowed_hosts(["*.shop.example"]).build().unwrap_err();
    assert_eq!(bad_host, BuildError::BadHost("*.shop.example".to_owned()));
}

#[tokio::test]
async fn only_the_link_opens_the_page_of_one_machine() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let mut browser = with_link(&seeds);
    for path in PATHS {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(!page.text.contains("REFERRAL_CREATED"), "{path}");
    }
    for token in ["", "x", "Kx2T9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gB", &TOKEN[1..]] {
        let page = browser.get(&format!("/?token={token}")).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{token}");
        assert!(page.headers.get(SET_COOKIE).is_none(), "{token}");
    }
    let page = browser.get(&format!("/?token={TOKEN}&state=parked")).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/?state=parked"));
    let cookie = page.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    for path in PATHS {
        assert_ne!(browser.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    // A browser sends no strict cookie after a redirection that began on another site.
    browser.cookie = None;
    browser.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let page = browser.get(&format!("/?token={TOKEN}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has("<meta http-equiv=\"refresh\" content=\"0;url=/\">");
    // The session outlives the program, and another token ends it.
    let cookie = browser.cookie.clone();
    let mut restarted = with_link(&seeds);
    restarted.cookie = cookie.clone();
    assert_eq!(restarted.get("/").await.status, StatusCode::OK);
    let other = Inspector::new(seeds.inbox.clone()).with_link(LinkToken::random(), "dana").build().unwrap();
    let mut other = Browser::new(other);
    other.cookie = cookie;
    assert_eq!(other.get("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_hook_decides_about_each_request() {
    let seeds = Seeds::new();
    let page = Inspector::new(seeds.inbox.clone()).allowed_hosts(["localhost"]).authorise(|head| {
        let user = head.headers.get("x-user").map(|user| user.to_str().unwrap_or_default().to_owned());
        async move {
            match user.as_deref() {
                None => Access::LogIn("/login?then=%2F".to_owned()),
                Some("eve") => Access::Denied,
                Some(name) => Access::Granted(Operator::new(name, Rights::ALL)),
            }
        }
    });
    let mut browser = Browser::new(page.build().unwrap());
    for path in PATHS {
        browser.headers.clear();
        let page = browser.get(path).await;
        assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/login?then=%2F"), "{path}");
        browser.headers = vec![("x-user", "eve".to_owned())];
        assert_eq!(browser.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(browser.cookie.is_none());
    browser.headers = vec![("x-user", "dana".to_owned())];
    browser.get("/").await.assert_has("dana");
    // The session's cookie alone admits no reader.
    browser.headers.clear();
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_foreign_name_is_refused_everywhere() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let browser = seeds.browser();
    let rows = [
        ("/", "localhost", StatusCode::OK),
        ("/", "127.0.0.1:4040", StatusCode::OK),
        ("/", "[::1]:4040", StatusCode::OK),
        ("/", "LOCALHOST:80", StatusCode::OK),
        ("http://localhost:4040/", "localhost:4040", StatusCode::OK),
        ("/", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("/", "localhost.evil.example:4040", StatusCode::MISDIRECTED_REQUEST),
        ("/", "0.0.0.0:4040", StatusCode::MISDIRECTED_REQUEST),
        ("/", "", StatusCode::MISDIRECTED_REQUEST),
        ("http://evil.example/", "localhost:4040", StatusCode::MISDIRECTED_REQUEST),
        ("/favicon.svg", "evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("/live", "evil.example", StatusCode::MISDIRECTED_REQUEST),
    ];
    for (url, host, want) in rows {
        let mut browser = Browser::new(browser.page.clone());
        let request = Request::get(url).header(HOST, host).body(Full::default()).unwrap();
        let page = Page::of(browser.send(request).await).await;
        assert_eq!(page.status, want, "{url} at {host:?}");
        assert_eq!(page.text.contains("REFERRAL_CREATED"), want == StatusCode::OK && url != "/favicon.svg", "{host}");
    }
    // HTTP/2 has the name in the URL alone.
    let request = Request::get("https://localhost/").body(Full::default()).unwrap();
    let mut browser = Browser::new(browser.page);
    let page = Page::of(browser.send(request).await).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("set-cookie").contains("Secure"), "the cookie of a page with TLS");
}

#[tokio::test]
async fn every_answer_is_protected() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let mut browser = seeds.browser();
    let missing = ["/nowhere", "/entries/99", "/?state=nonsense", "/refused/redpin-main/1", "/style-0.css", "/..%2F"];
    for path in PATHS.iter().chain(&missing) {
        let page = browser.get(path).await;
        assert!(page.status != StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        let rows = [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ];
        for (name, value) in rows {
            assert_eq!(page.header(name), value, "{path}: {name}");
        }
        // Scripts, styles and handlers would break the policy.
        for inline in ["<style", " style=", " onclick=", "javascript:", "<script>"] {
            assert!(!page.text.contains(inline), "{path}: {inline}");
        }
    }
    let page = browser.get("/").await;
    for (begin, kind) in [("<link rel=\"stylesheet\" href=\"", "text/css"), ("<script src=\"", "text/javascript")] {
        let asset = browser.get(page.between(begin, "\"")).await;
        assert_eq!(asset.status, StatusCode::OK);
        assert!(asset.header("content-type").starts_with(kind));
        assert!(asset.header("cache-control").contains("immutable"));
        assert!(!asset.text.contains("http://") && !asset.text.contains("https://"), "{kind} loads foreign files");
    }
}

#[tokio::test]
async fn a_form_of_another_page_changes_nothing() {
    let seeds = Seeds::new();
    let entry = seeds.add_in("msg_1", State::Discarded).await;
    let mut browser = seeds.browser();
    let mut form = browser.get("/act?do=cancel&entry=1").await.form();
    form.insert("reason".to_owned(), "ticket 4711".to_owned());
    let token = form["token"].clone();
    let own = format!("http://{HOST_NAME}");
    let other_session = {
        let mut other = Browser::new(browser.page.clone());
        other.get("/act?do=cancel&entry=1").await.form()["token"].clone()
    };
    let rows = [
        ("no token", "", Some(&*own), Some("same-origin")),
        ("another token", "AAAA", Some(&*own), Some("same-origin")),
        ("the token of another session", &other_session, Some(&*own), Some("same-origin")),
        ("another site", &token, Some("http://evil.example"), Some("cross-site")),
        ("another site in an old browser", &token, Some("http://evil.example"), None),
        ("another port", &token, Some("http://localhost:3000"), Some("same-site")),
        ("a hidden origin", &token, Some("null"), None),
        ("no origin", &token, None, None),
    ];
    for (name, token, origin, site) in rows {
        let mut fields: BTreeMap<_, _> = form.clone();
        fields.insert("token".to_owned(), token.to_owned());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let mut request = browser.request("POST", "/act");
        request = origin.into_iter().fold(request, |request, origin| request.header(ORIGIN, origin));
        request = site.into_iter().fold(request, |request, site| request.header("sec-fetch-site", site));
        let page = Page::of(browser.send(request.body(Full::from(body)).unwrap()).await).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(seeds.state(entry).await, State::Discarded, "{name}");
    }
    // Without a cookie, a new session begins, and the token is not its own.
    browser.cookie = None;
    assert_eq!(browser.post("/act", &form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(seeds.state(entry).await, State::Discarded);
}

#[tokio::test]
async fn rights_and_the_read_only_mode_hide_and_refuse_actions() {
    let seeds = Seeds::new();
    let entry = seeds.add_in("msg_1", State::Discarded).await;
    let form = {
        let mut browser = seeds.browser();
        browser.get("/act?do=cancel&entry=1").await.form()
    };
    let of = |rights: Rights| {
        Inspector::new(seeds.inbox.clone()).authorise(move |_| async move { Some(Operator::new("dana", rights)) })
    };
    let rows = [
        ("a viewer", of(Rights::VIEW)),
        ("a person who reveals", of(Rights::REVEAL)),
        ("the read-only mode", of(Rights::ALL).read_only()),
    ];
    for (name, page) in rows {
        let mut browser = Browser::new(page.build().unwrap());
        for path in ["/", "/?state=discarded", "/entries/1"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{name} {path}");
            assert!(!page.text.contains("/act?"), "{name} {path}: {}", page.text);
        }
        assert_eq!(browser.get("/act?do=cancel&entry=1").await.status, StatusCode::FORBIDDEN, "{name}");
        let page = browser.post("/act", &form).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(seeds.state(entry).await, State::Discarded, "{name}");
    }
    let mut browser = Browser::new(of(Rights::ACT).build().unwrap());
    assert_eq!(browser.act("do=cancel&entry=1", "ticket 4711").await.status, StatusCode::OK);
    assert_eq!(seeds.state(entry).await, State::Cancelled);
}

#[tokio::test]
async fn bad_requests_get_a_page() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let mut browser = seeds.browser();
    let rows = [
        ("GET", "/?state=dead", StatusCode::BAD_REQUEST),
        ("GET", "/?from=yesterday", StatusCode::BAD_REQUEST),
        ("GET", "/?before=x", StatusCode::BAD_REQUEST),
        ("GET", "/?before=99999999999999999999", StatusCode::BAD_REQUEST),
        ("GET", "/?before=-5", StatusCode::OK),
        ("GET", "/?q=%FF%00%E2%80%AE", StatusCode::OK),
        ("GET", "/?endpoint=%3Cscript%3E", StatusCode::OK),
        ("GET", "/act", StatusCode::BAD_REQUEST),
        ("GET", "/act?do=explode", StatusCode::BAD_REQUEST),
        ("GET", "/act?do=again&entry=x", StatusCode::BAD_REQUEST),
        ("GET", "/act?do=again&entry=7", StatusCode::NOT_FOUND),
        ("GET", "/act?do=again&only=refused", StatusCode::BAD_REQUEST),
        ("GET", "/entries/7", StatusCode::NOT_FOUND),
        ("GET", "/entries/-1", StatusCode::NOT_FOUND),
        ("GET", "/entries/9223372036854775807", StatusCode::NOT_FOUND),
        ("DELETE", "/entries/1", StatusCode::METHOD_NOT_ALLOWED),
        ("PUT", "/act", StatusCode::METHOD_NOT_ALLOWED),
        ("HEAD", "/", StatusCode::OK),
    ];
    for (method, path, want) in rows {
        let request = browser.request(method, path).body(Full::default()).unwrap();
        let page = Page::of(browser.send(request).await).await;
        assert_eq!(page.status, want, "{method} {path}");
        page.assert_has("<main");
        assert!(!page.text.contains("<script>"), "{method} {path}");
    }
    let request = browser.request("POST", "/act").header(ORIGIN, format!("http://{HOST_NAME}"));
    let large = Bytes::from("x=".to_owned() + &"y".repeat(70_000));
    let page = Page::of(browser.send(request.body(Full::from(large)).unwrap()).await).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has("64 KiB");
}

#[tokio::test]
async fn a_cookie_of_many_is_found() {
    let seeds = Seeds::new();
    let mut browser = with_link(&seeds);
    browser.get(&format!("/?token={TOKEN}")).await;
    let own = browser.cookie.take().unwrap();
    let request = browser.request("GET", "/").header(COOKIE, "a=b").header(COOKIE, format!("theme=dark; {own}; x"));
    let page = Page::of(browser.send(request.body(Full::default()).unwrap()).await).await;
    assert_eq!(page.status, StatusCode::OK);
}
