//! The budget of unproven bodies over real sockets, through every door. A process has one budget, so this program has
//! one test.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod doors;
mod log;

use std::net::SocketAddr;
use std::time::Duration;

use referral_webhooks::platform::{self, Platform, Visit};
use referral_webhooks::{Endpoint, Message};
use referral_webhooks_tower::body_budget;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use doors::Door;
use log::Log;

#[test]
fn strangers_displace_one_another_and_never_a_later_delivery() {
    assert_eq!(body_budget::limit(), 64 * 1024 * 1024, "the default");
    body_budget::set(64 * 1024);
    let log = Log::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut walk = Walk { runtime, log, walked: 0 };
    platform::visit_all(&mut walk);
    assert_eq!(walk.walked, platform::ALL.len() * Door::ALL.len());
}

struct Walk {
    runtime: Runtime,
    log: Log,
    walked: usize,
}

impl Visit for Walk {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let secret = P::default().facts().scheme.secret_from(&[7; 32]);
        let endpoint = Endpoint::<P>::new(secret).unwrap();
        // Longer than any wait of this test.
        let endpoint = endpoint.with_body_deadline(Duration::from_secs(60));
        for door in Door::ALL {
            self.runtime.block_on(walk(door, &endpoint, &self.log));
            self.walked += 1;
        }
    }
}

async fn walk<P: Platform + Default>(door: Door, endpoint: &Endpoint<P>, log: &Log) {
    let label = format!("{} by {door:?}", P::default().facts().name);
    let (address, _server) = door.serve(endpoint.clone()).await;
    let (head, body) = wire(endpoint);

    let mut first = begin(address, &head, &body[..40_000]).await;
    let mut second = begin(address, &head, &body[..40_000]).await;
    assert_eq!(answer(&mut first, &label).await, refusal::<P>(), "{label}: the first stranger");

    let mut genuine = begin(address, &head, &body[..25_000]).await;
    assert_eq!(answer(&mut second, &label).await, refusal::<P>(), "{label}: the second stranger");
    genuine.write_all(&body[25_000..]).await.unwrap();
    assert_eq!(answer(&mut genuine, &label).await.0, 200, "{label}: the delivery");

    // A sender that hangs up releases its share.
    drop(begin(address, &head, &body[..10_000]).await);
    for _ in 0..100 {
        if body_budget::held() == 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(body_budget::held(), 0, "{label}: what is held at the end");

    let lines = log.take();
    let spent = lines.iter().filter(|line| line.contains(r#"kind="body-budget-spent""#)).collect::<Vec<_>>();
    assert_eq!(spent.len(), 2, "{label}: {lines:?}");
    for line in spent {
        assert!(
            line.starts_with("WARN") && line.contains(&format!(r#"platform="{}""#, P::default().facts().name)),
            "{label}: {line}"
        );
    }
}

/// Returns the answer when the budget is spent: a status, and the seconds of `Retry-After` if the platform reads it.
fn refusal<P: Platform + Default>() -> (u16, Option<u64>) {
    (
        P::default().facts().contract.transient.as_u16(),
        P::default().facts().contract.retry_after.map(|wait| wait.as_secs()),
    )
}

/// Returns a delivery of 50,000 bytes as on the wire: head and body.
fn wire<P: Platform + Default>(endpoint: &Endpoint<P>) -> (Vec<u8>, Vec<u8>) {
    let message = |length: usize| {
        let body = format!(r#"{{"note":"{}"}}"#, "x".repeat(length));
        Message::new(body, OffsetDateTime::now_utc()).uri("/hooks".parse().unwrap())
    };
    // Signing may add a token to the body.
    let other_bytes = endpoint.sign(&message(0)).unwrap().body().len();
    let request = endpoint.sign(&message(50_000 - other_bytes)).unwrap();
    let mut head =
        format!("POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000\r\n", request.uri()).into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    assert_eq!(request.body().len(), 50_000);
    (head, request.into_body().into())
}

/// Sends a head and the beginning of a body, and waits until the server has them.
async fn begin(address: SocketAddr, head: &[u8], body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head).await.unwrap();
    stream.write_all(body).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    stream
}

async fn answer(stream: &mut TcpStream, label: &str) -> (u16, Option<u64>) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let byte =
            timeout(Duration::from_secs(5), stream.read_u8()).await.unwrap_or_else(|_| panic!("{label}: no answer"));
        answer.push(byte.unwrap_or_else(|error| panic!("{label}: {error}")));
    }
    let head = String::from_utf8(answer).unwrap().to_lowercase();
    let wait = head.split_once("retry-after: ").map(|(_, wait)| wait.split("\r\n").next().unwrap().parse().unwrap());
    (head[9..12].parse().unwrap(), wait)
}
