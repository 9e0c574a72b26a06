//! Routes that serve many tenants, over real sockets and through every door: one table for all of them.

mod actix;
mod axum;
mod tower;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Endpoint, Message, Reply, Tenant};
use referral_webhooks_tower::Endpoints;
use time::OffsetDateTime;

use crate::sockets::Server;
use crate::sockets::client::send_bytes;

const ACME: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const GLOBEX: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ACME_TOKEN: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";
const GLOBEX_TOKEN: &str = "aB3dE5fG7hJ9kL1mN3pQ5rS7";

/// The application of a merchant's platform: its endpoints, and the tenants whose deliveries its handlers had.
#[derive(Clone)]
struct Shop {
    redpin: Endpoints<Redpin>,
    refir: Endpoints<Refir>,
    received: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    fn new() -> Self {
        Self { redpin: endpoints(ACME, GLOBEX), refir: endpoints(ACME_TOKEN, GLOBEX_TOKEN), received: Arc::default() }
    }

    /// The handler of all doors.
    fn answer(&self, tenant: &Tenant) -> Reply {
        match tenant.as_str() {
            "panicking" => panic!("a mistake of the application"),
            "busy" => Reply::retry_later_under(Redpin.facts().contract),
            name => {
                self.received.lock().unwrap().push(name.to_owned());
                Reply::Accepted
            }
        }
    }
}

/// Returns endpoints with the secret of `globex`, and another one of all other tenants.
fn endpoints<P: Platform + Default>(acme: &'static str, globex: &'static str) -> Endpoints<P> {
    Endpoints::new(move |tenant: Tenant| async move {
        match tenant.as_str() {
            "acme" | "panicking" | "busy" => Ok(Some(Endpoint::new(acme).unwrap())),
            "globex" => Ok(Some(Endpoint::new(globex).unwrap())),
            "outage" => Err("connection refused"),
            "mistake" => panic!("a mistake of the application"),
            _ => Ok(None),
        }
    })
}

/// A door, with its server for `/hooks/redpin/{tenant}`, `/hooks/refir/{tenant}/{token}` and
/// `/hooks/token-first/{token}/{tenant}`.
trait Door {
    async fn serve(&self, shop: Shop) -> Server;
}

#[test]
fn every_axum_door_serves_many_tenants() {
    walk(axum::Extractor);
    walk(axum::Nested);
    walk(axum::Layer);
}

#[test]
fn every_tower_door_serves_many_tenants() {
    walk(tower::Service);
    walk(tower::Function);
}

#[test]
fn every_actix_door_serves_many_tenants() {
    walk(actix::Extractor);
    walk(actix::Scoped);
    walk(actix::Middleware);
    walk(actix::Function);
}

/// A request: what it is, its method, its path, the secret that signs it, and the status of the answer.
type Row = (&'static str, &'static str, String, &'static str, u16);

fn rows() -> Vec<Row> {
    let redpin = |what, tenant: &str, secret, status| (what, "POST", format!("/hooks/redpin/{tenant}"), secret, status);
    let refir = |what, path: &str, status| (what, "POST", format!("/hooks/{path}"), "", status);
    vec![
        redpin("genuine", "acme", ACME, 200),
        redpin("genuine, of another tenant", "globex", GLOBEX, 200),
        redpin("signed by another tenant", "globex", ACME, 401),
        redpin("forged again, so judged again", "globex", ACME, 401),
        redpin("genuine after forgeries", "globex", GLOBEX, 200),
        redpin("unknown", "initech", ACME, 401),
        redpin("percent-encoded", "%61cme", ACME, 401),
        redpin("another letter case", "ACME", ACME, 401),
        redpin("not UTF-8", "%FF", ACME, 401),
        redpin("an encoded slash", "acme%2F", ACME, 401),
        redpin("too long", &"a".repeat(101), ACME, 401),
        redpin("a forbidden character", "acme~", ACME, 401),
        redpin("a resolver that fails", "outage", ACME, 503),
        redpin("a resolver that panics", "mistake", ACME, 503),
        redpin("a handler that panics", "panicking", ACME, 503),
        redpin("a handler that asks for later", "busy", ACME, 503),
        ("unsigned", "POST", "/hooks/redpin/acme".to_owned(), "", 401),
        ("a method by which no platform delivers", "GET", "/hooks/redpin/acme".to_owned(), ACME, 405),
        refir("token last", &format!("refir/acme/{ACME_TOKEN}"), 200),
        refir("token last, of another tenant", &format!("refir/globex/{GLOBEX_TOKEN}"), 200),
        refir("token first", &format!("token-first/{ACME_TOKEN}/acme"), 200),
        refir("token first, of another tenant", &format!("token-first/{GLOBEX_TOKEN}/globex"), 200),
        refir("another tenant's token", &format!("refir/globex/{ACME_TOKEN}"), 404),
        refir("another tenant's token first", &format!("token-first/{ACME_TOKEN}/globex"), 404),
        refir("a parameter in place of a segment", &format!("refir/acme/x?token={ACME_TOKEN}"), 200),
        refir("a wrong parameter", &format!("refir/acme/{ACME_TOKEN}?token={GLOBEX_TOKEN}"), 404),
        refir("no token", "refir/acme/acme", 404),
        refir("unknown, may be retried", &format!("refir/initech/{ACME_TOKEN}"), 503),
        refir("a handler that panics", &format!("refir/panicking/{ACME_TOKEN}"), 503),
    ]
}

/// Sends every row through a door.
#[track_caller]
fn walk(door: impl Door) {
    let name = std::any::type_name_of_val(&door).rsplit_once("tenants::").unwrap().1;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let shop = Shop::new();
        let server = door.serve(shop.clone()).await;
        for (what, method, path, secret, want) in rows() {
            let status = send(server.address, method, &path, secret).await;
            assert_eq!(status, Some(want), "{what}: {method} {path} by {name}");
            let received = std::mem::take(&mut *shop.received.lock().unwrap());
            let expected: &[&str] = match want {
                200 if path.contains("globex") => &["globex"],
                200 => &["acme"],
                _ => &[],
            };
            assert_eq!(received, expected, "{what}: the handler's tenant by {name}");
        }
    });
}

async fn send(address: SocketAddr, method: &str, path: &str, secret: &str) -> Option<u16> {
    let request = match secret {
        "" => Request::new(Bytes::from("{}")),
        secret => {
            Endpoint::<Redpin>::new(secret).unwrap().sign(&Message::new("{}", OffsetDateTime::now_utc())).unwrap()
        }
    };
    let mut wire = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n");
    for (name, value) in request.headers() {
        wire.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    wire.push_str("\r\n{}");
    send_bytes(address, wire.as_bytes()).await.map(|status| status.as_u16())
}
