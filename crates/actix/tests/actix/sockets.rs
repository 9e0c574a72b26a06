//! Doors over loopback, with faults that need a socket.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use referral_webhooks_actix::platform::redpin::Redpin;
use referral_webhooks_actix::{Delivery, Message, Reply, VerifyDelivery, Webhook, webhook};
use time::OffsetDateTime;

use crate::support::{REFERRAL, redpin};

async fn accept(Webhook(delivery): Webhook<Redpin>) -> Reply {
    assert_eq!(delivery.body(), REFERRAL);
    Reply::Accepted
}

async fn look(delivery: web::ReqData<Delivery<Redpin>>, body: web::Bytes) -> Reply {
    assert_eq!((delivery.body(), &body[..]), (&body, REFERRAL.as_bytes()));
    Reply::Accepted
}

static BEGUN: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicUsize = AtomicUsize::new(0);

/// A handler that waits in the middle of its work.
async fn work(_: Webhook<Redpin>) -> Reply {
    BEGUN.fetch_add(1, Ordering::SeqCst);
    actix_web::rt::time::sleep(Duration::from_millis(300)).await;
    ENDED.fetch_add(1, Ordering::SeqCst);
    Reply::Accepted
}

async fn work_inside(delivery: web::ReqData<Delivery<Redpin>>) -> Reply {
    work(Webhook(delivery.into_inner())).await
}

/// A server in a separate thread. Dropping it stops the server.
struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start() -> Self {
        let endpoint = redpin().with_body_limit(REFERRAL.len()).with_body_deadline(Duration::from_millis(200));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let app = move || {
            App::new()
                .configure(webhook("/extractor", endpoint.clone(), accept))
                .service(web::resource("/middleware").to(look).wrap(VerifyDelivery::new(endpoint.clone())))
                .configure(webhook("/slow/extractor", endpoint.clone(), work))
                .service(web::resource("/slow/middleware").to(work_inside).wrap(VerifyDelivery::new(endpoint.clone())))
        };
        let (started, handle) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { address, handle: handle.recv().unwrap(), thread: Some(thread) }
    }

    /// Sends a request and returns the status.
    fn send(&self, path: &str, framing: &str, body: &str) -> u16 {
        let mut status = [0; 12];
        self.begin(path, &format!("connection: close\r\n{framing}"), body).read_exact(&mut status).unwrap();
        std::str::from_utf8(&status[9..]).unwrap().parse().unwrap()
    }

    /// Sends a request. The sender keeps its side open, so the server ends the exchange.
    fn begin(&self, path: &str, framing: &str, body: &str) -> TcpStream {
        self.begin_after("", path, framing, body)
    }

    /// Sends these bytes and a request.
    fn begin_after(&self, before: &str, path: &str, framing: &str, body: &str) -> TcpStream {
        let request = redpin().sign(&Message::new(REFERRAL, OffsetDateTime::now_utc())).unwrap();
        let mut wire = format!("{before}POST {path} HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n");
        for (name, value) in request.headers() {
            wire.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(format!("{wire}\r\n{body}").as_bytes()).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The call sends the command; the returned future only waits.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(thread::JoinHandle::join);
        assert!(thread::panicking() || matches!(ended, Some(Ok(()))), "the server did not end well");
    }
}

#[test]
fn both_doors_give_the_same_answers_over_a_socket() {
    let server = Server::start();
    let length = REFERRAL.len();
    let announced = format!("content-length: {length}");
    let chunked = "transfer-encoding: chunked";
    let (head, tail) = REFERRAL.split_at(10);
    let in_chunks = format!("{:x}\r\n{head}\r\n{:x}\r\n{tail}\r\n0\r\n\r\n", head.len(), tail.len());
    for (label, framing, body, want) in [
        ("announced", announced.as_str(), REFERRAL, 200),
        ("chunked", chunked, in_chunks.as_str(), 200),
        ("altered", &announced, &REFERRAL.replace("CREATED", "DELETED"), 401),
        ("announced too long", "content-length: 10000000000", "", 413),
        ("chunked too long", chunked, &in_chunks.replace("\r\n0\r\n", "\r\n1\r\n \r\n0\r\n"), 413),
        ("silent", &announced, head, 503),
        ("silent in chunks", chunked, &in_chunks[..10], 503),
    ] {
        for path in ["/extractor", "/middleware"] {
            assert_eq!(server.send(path, framing, body), want, "{label}, {path}");
        }
    }
}

#[test]
fn the_connection_is_closed_after_an_unfinished_body_is_refused() {
    let server = Server::start();
    for (label, framing, body) in [
        ("announced", "content-length: 10", "{"),
        ("chunked", "transfer-encoding: chunked", "1\r\n{\r\n"),
        ("chunked and too long", "transfer-encoding: chunked", &format!("{:x}\r\n{REFERRAL} \r\n", REFERRAL.len() + 1)),
    ] {
        for path in ["/extractor", "/middleware"] {
            let mut answer = String::new();
            let closed = server.begin(path, framing, body).read_to_string(&mut answer);
            closed.unwrap_or_else(|error| panic!("{label}, {path}: {error} after {answer:?}"));
            assert!(answer.starts_with("HTTP/1.1 "), "{label}, {path}: {answer}");
        }
    }
}

#[track_caller]
fn wait_for(counter: &AtomicUsize, number: usize, label: &str) {
    let began = std::time::Instant::now();
    while counter.load(Ordering::SeqCst) < number {
        assert!(began.elapsed() < Duration::from_secs(10), "{label}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_handler_ends_after_its_connection_was_reset() {
    let server = Server::start();
    let framing = format!("content-length: {}", REFERRAL.len());
    let unread = "GET /unknown HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for (number, path) in (1..).zip(["/slow/extractor", "/slow/middleware"]) {
        let sender = server.begin_after(unread, path, &framing, REFERRAL);
        wait_for(&BEGUN, number, "the handler did not begin");
        // Closing a socket with unread bytes resets the connection.
        drop(sender);
        wait_for(&ENDED, number, "the handler was dropped");
    }
}

#[test]
fn every_half_closing_sender_gets_its_answer() {
    let server = Server::start();
    let framing = format!("connection: close\r\ncontent-length: {}", REFERRAL.len());
    for number in 0..20 {
        let mut sender = server.begin("/extractor", &framing, REFERRAL);
        sender.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        sender.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "sender {number}: {answer}");
    }
}
