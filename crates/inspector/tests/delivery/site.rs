//! A page on a socket, and a browser without a script.

use std::collections::HashMap;
use std::net::SocketAddr;

use axum::Router;
use http::request::Parts;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Message};
use referral_webhooks_inbox::store::{RefusedRequest, Store as _};
use referral_webhooks_inbox::{EntryId, Inbox, Intake, MemoryStore};
use referral_webhooks_inspector::{Inspector, Operator, Rights};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const GENIUS: &str = "kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA";

/// A body with a person.
pub(crate) const PERSON: &str = r#"{"event_name":"REFERRAL_CREATED","referral_id":"r-50","status":"CREATED","note":"call Ada Lovelace","email":"ada@example.com","phone":"+44 20 7946 0000","amount":"12.50"}"#;

/// The texts of [`PERSON`] that a masked page must not have.
pub(crate) const PERSONAL: [&str; 3] = ["ada@", "Lovelace", "7946"];

/// An inbox with intakes, and its page on a socket.
pub(crate) struct Site {
    pub(crate) store: MemoryStore,
    pub(crate) inbox: Inbox<MemoryStore>,
    pub(crate) redpin: Intake<Redpin, MemoryStore>,
    address: SocketAddr,
}

/// An answer of the page.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("a page is UTF-8")
    }

    /// Returns the page without its tags, as a person reads it.
    pub(crate) fn words(&self) -> String {
        let mut words = String::new();
        let mut is_tag = false;
        for one in self.text().chars() {
            match one {
                '<' => is_tag = true,
                '>' if is_tag => is_tag = false,
                _ if !is_tag => words.push(one),
                _ => {}
            }
        }
        let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
        entities.iter().fold(words, |words, (entity, one)| words.replace(entity, one))
    }
}

/// A browser with the rights that its header states.
pub(crate) struct Browser {
    address: SocketAddr,
    name: &'static str,
    rights: &'static str,
    cookie: String,
    token: String,
}

fn rights(word: &str) -> Rights {
    match word {
        "all" => Rights::ALL,
        _ => Rights::VIEW,
    }
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(|inspector| inspector).await
    }

    pub(crate) async fn with(change: impl FnOnce(Inspector<MemoryStore>) -> Inspector<MemoryStore>) -> Self {
        let store = MemoryStore::new();
        let inbox = Inbox::new(store.clone());
        let redpin = inbox.intake("redpin-main", Endpoint::<Redpin>::new(SECRET).unwrap()).unwrap();
        let inspector = Inspector::new(inbox.clone()).redecodes(&redpin).authorise(|head: &Parts| {
            let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let operator =
                header("x-name").map(|name| Operator::new(name, rights(&header("x-rights").unwrap_or_default())));
            async move { operator }
        });
        let page = change(inspector).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback_service(page)).await });
        Self { store, inbox, redpin, address }
    }

    /// Opens the page as a person.
    pub(crate) async fn browser(&self, name: &'static str, rights: &'static str) -> Browser {
        let mut browser = Browser { address: self.address, name, rights, cookie: String::new(), token: String::new() };
        let answer = browser.get("/history").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.headers.get("set-cookie").expect("a session begins");
        browser.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        browser
    }

    /// Stores a delivery of Redpin.
    pub(crate) async fn accept(&self, id: &str, body: &str) -> EntryId {
        self.redpin.accept(&redpin(id, body)).await.unwrap().id()
    }

    /// Stores a delivery of Genius Referrals, as a form.
    pub(crate) async fn accept_form(&self, body: &str) -> EntryId {
        let endpoint = Endpoint::<GeniusReferrals>::new(GENIUS).unwrap();
        let intake = self.inbox.intake("genius", endpoint.clone()).unwrap();
        let now = OffsetDateTime::now_utc();
        let request = endpoint.sign(&Message::new(body, now).as_form()).unwrap();
        intake.accept(&endpoint.receive(&request, now).unwrap()).await.unwrap().id()
    }

    /// Keeps a refused request, and returns the path of its page.
    pub(crate) async fn refuse(&self, kind: &str, reason: &str, body: &str) -> String {
        let at = OffsetDateTime::now_utc();
        let at = at.replace_microsecond(at.microsecond()).unwrap();
        let mut refused = RefusedRequest::new("redpin-main", "redpin", kind, at);
        (refused.reason, refused.status) = (reason.to_owned(), 401);
        (refused.method, refused.path) = ("POST".to_owned(), "/hooks/redpin?token=***".to_owned());
        refused.headers.insert("svix-signature", "v1,M35lqEd63CxPDPD2cBlkSavpSM5pmjhBAIIUzzfbaqY=".parse().unwrap());
        refused.headers.insert("x-forwarded-for", "192.0.2.10".parse().unwrap());
        refused.body = body.to_owned().into();
        refused.body_length = Some(refused.body.len() as u64);
        self.inbox.store().keep_refused(vec![refused], 100).await.unwrap();
        format!("/refused/redpin-main/{}", at.unix_timestamp_nanos() / 1_000)
    }
}

pub(crate) fn redpin(id: &str, body: &str) -> Delivery<Redpin> {
    delivery(&Endpoint::new(SECRET).unwrap(), id, body)
}

fn delivery<P: Platform>(endpoint: &Endpoint<P>, id: &str, body: &str) -> Delivery<P> {
    let now = OffsetDateTime::now_utc();
    endpoint.receive(&endpoint.sign(&Message::new(body, now).id(id)).unwrap(), now).unwrap()
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, "").await;
        // Each page has the token of its forms.
        if let Some(at) = find(&answer.body, b"name=\"token\" value=\"") {
            let rest = String::from_utf8_lossy(&answer.body[at..]).into_owned();
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
        answer
    }

    /// Sends a form with the token of the last page, and follows the redirection.
    pub(crate) async fn submit(&mut self, path: &str, fields: &str) -> (Answer, String) {
        let form = format!("token={}&{fields}", self.token);
        let answer = self.send("POST", path, &form).await;
        let location = answer.headers.get("location").cloned().unwrap_or_default();
        match location.is_empty() {
            true => (answer, location),
            false => (self.get(&location).await, location),
        }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, form: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (address, cookie, name, rights, length) = (self.address, &self.cookie, self.name, self.rights, form.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\norigin: http://{address}\r\ncookie: {cookie}\r\n\
             x-name: {name}\r\nx-rights: {rights}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {length}\r\n\r\n{form}"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = find(&bytes, b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Answer { status: status.unwrap_or_default(), headers: headers.collect(), body: bytes[end..].to_vec() }
    }
}

/// Returns the place after a text.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|part| part == text).map(|at| at + text.len())
}
