//! Bodies that are refused, broken or cut off, through every door.

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::sockets::{Door, Outcomes, actix, axum, tower};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CHUNKED: &str = "transfer-encoding: chunked";

/// Runs a check at every door. The name of the door is for failures.
macro_rules! at_every_door {
    ($check:ident) => {
        for_door(async {
            $check("axum extractor", &axum::Extractor).await;
            $check("tower service", &tower::Service).await;
            $check("tower layer", &tower::Layer).await;
            $check("actix extractor", &actix::Extractor).await;
            $check("actix middleware", &actix::Middleware).await;
        })
    };
}

fn for_door(checks: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(checks);
}

fn endpoint() -> Endpoint<Redpin> {
    Endpoint::new(SECRET).unwrap()
}

/// Returns the head of a request with this framing. Without a signature, it is refused before its body.
fn head(body: &[u8], framing: &str, is_signed: bool) -> Vec<u8> {
    let signed = endpoint().sign(&Message::new(body, OffsetDateTime::now_utc())).unwrap();
    let mut head = format!("POST / HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n").into_bytes();
    for (name, value) in signed.headers().iter().filter(|_| is_signed) {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// Returns the status of the next response on a connection. `None` if the connection ends without one.
async fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = timeout(Duration::from_secs(10), stream.read_buf(&mut answer)).await;
        if read.expect("the server answers in time").ok()? == 0 {
            return None;
        }
    }
    let head = std::str::from_utf8(&answer).unwrap().to_ascii_lowercase();
    // The body of the response, so that the next one can be read.
    let length = head.split("content-length: ").nth(1).map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
    let end = head.find("\r\n\r\n").unwrap() + 4;
    let mut rest = vec![0; (end + length) - answer.len()];
    stream.read_exact(&mut rest).await.ok()?;
    head.get(9..12)?.parse().ok()
}

/// Writes a body in pieces, as over a network, and reads the response after the last one.
async fn write_all_then_read(stream: &mut TcpStream, head: &[u8], body: &[u8]) -> Option<u16> {
    stream.write_all(head).await.ok()?;
    for piece in body.chunks(16 * 1024) {
        stream.write_all(piece).await.ok()?;
        sleep(Duration::from_millis(1)).await;
    }
    status(stream).await
}

fn in_chunks(body: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    for piece in body.chunks(10_000) {
        chunks.extend([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}

#[test]
fn a_sender_reads_the_answer_after_its_whole_body() {
    at_every_door!(answers_after_the_body);
}

async fn answers_after_the_body(name: &str, door: &impl Door) {
    const KIB: usize = 1024;
    for (label, limit, length, is_signed, want) in [
        ("small without signature", 1024 * KIB, 10, false, 401),
        ("16 KiB without signature", 1024 * KIB, 16 * KIB, false, 401),
        ("600 kB without signature", 1024 * KIB, 600_000, false, 401),
        ("1 MiB without signature", 1024 * KIB, 1024 * KIB, false, 401),
        ("1.5 MB without signature", 1024 * KIB, 1_500_000, false, 401),
        ("more than a small limit without signature", 16, 900 * KIB, false, 401),
        ("1 byte over the limit", 1024 * KIB, 1024 * KIB + 1, true, 413),
        ("1.5 MB over 1 MiB", 1024 * KIB, 1_500_000, true, 413),
        ("2 MiB over 1 MiB", 1024 * KIB, 2048 * KIB, true, 413),
        ("900 KiB over 64 KiB", 64 * KIB, 900 * KIB, true, 413),
    ] {
        for is_chunked in [false, true] {
            let (outcomes, _received): (Outcomes<Redpin>, _) = mpsc::unbounded_channel();
            let server = door.serve(endpoint().with_body_limit(limit), outcomes).await;
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            let body = vec![b'x'; length];
            let announced = format!("content-length: {length}");
            let head = head(&body, if is_chunked { CHUNKED } else { &announced }, is_signed);
            let wire = if is_chunked { in_chunks(&body) } else { body };
            let label = format!("{label}, chunked: {is_chunked}, {name}");
            assert_eq!(write_all_then_read(&mut stream, &head, &wire).await, Some(want), "{label}");
            // A short body leaves the connection usable. After a long one it closes, and its buffer is freed.
            let next = (length <= 16 * KIB).then_some(200);
            assert_eq!(genuine(&mut stream, limit).await, next, "{label}, the next request");
        }
    }
}

/// Sends a delivery on an open connection.
async fn genuine(stream: &mut TcpStream, limit: usize) -> Option<u16> {
    let body = if limit < 16 { &b""[..] } else { b"{}" };
    let head = head(body, &format!("content-length: {}", body.len()), true);
    write_all_then_read(stream, &head, body).await
}

#[test]
fn a_refused_sender_that_stalls_is_answered_at_the_deadline() {
    at_every_door!(answers_at_the_deadline);
}

async fn answers_at_the_deadline(name: &str, door: &impl Door) {
    for framing in ["content-length: 100", CHUNKED] {
        let (outcomes, _received): (Outcomes<Redpin>, _) = mpsc::unbounded_channel();
        let endpoint = endpoint().with_body_deadline(Duration::from_millis(200));
        let server = door.serve(endpoint, outcomes).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&head(b"", framing, false)).await.unwrap();
        assert_eq!(timeout(Duration::from_secs(2), status(&mut stream)).await, Ok(Some(401)), "{framing}, {name}");
    }
}

#[test]
fn a_body_that_breaks_http_is_not_asked_for_again() {
    at_every_door!(refuses_broken_framing);
}

async fn refuses_broken_framing(name: &str, door: &impl Door) {
    let flood = format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(64 * 1024));
    let trailers = format!("2\r\n{{}}\r\n0\r\nx: {}\r\n\r\n", "x".repeat(64 * 1024));
    for (label, wire) in [
        ("overflowing size", "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("size of one and a half words", "10000000000000000000000\r\n{}\r\n0\r\n\r\n"),
        ("size that is not hexadecimal", "2g\r\n{}\r\n0\r\n\r\n"),
        ("negative size", "-2\r\n{}\r\n0\r\n\r\n"),
        ("size after blanks", " 2\r\n{}\r\n0\r\n\r\n"),
        ("no size", "\r\n{}\r\n0\r\n\r\n"),
        ("digits after a blank", "2 2\r\n{}\r\n0\r\n\r\n"),
        ("size that ends in LF", "2\n{}\r\n0\r\n\r\n"),
        ("size that ends in CR alone", "2\rx{}\r\n0\r\n\r\n"),
        ("line break in an extension", "2;a\n{}\r\n0\r\n\r\n"),
        ("chunk longer than its size", "2\r\n{}{}\r\n0\r\n\r\n"),
        ("chunk that ends in LF", "2\r\n{}\n0\r\n\r\n"),
        ("chunk that ends in CR alone", "2\r\n{}\rx0\r\n\r\n"),
        ("second chunk without a size", "1\r\n{\r\nx\r\n}\r\n0\r\n\r\n"),
        ("body without chunks", "{\"event_name\":\"REFERRAL_CREATED\"}"),
        // actix-web counts neither, so the body that they end with is genuine.
        ("flood of extensions", flood.as_str()),
        ("flood of trailers", trailers.as_str()),
    ] {
        let want = if label.starts_with("flood") && name.starts_with("actix") { 200 } else { 400 };
        let (outcomes, mut received): (Outcomes<Redpin>, _) = mpsc::unbounded_channel();
        let server = door.serve(endpoint().with_body_deadline(Duration::from_secs(5)), outcomes).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let got = write_all_then_read(&mut stream, &head(b"{}", CHUNKED, true), wire.as_bytes()).await;
        // hyper closes the connection in the middle of a flood, so its sender may see no answer.
        assert!(got == Some(want) || got.is_none() && label.starts_with("flood"), "{label}, {name}: {got:?}");
        assert_eq!(received.recv().await.unwrap().status, want, "{label}, {name}");
    }
}

#[test]
fn a_body_that_its_sender_cuts_off_is_asked_for_again() {
    at_every_door!(asks_again);
}

async fn asks_again(name: &str, door: &impl Door) {
    for (label, framing, wire) in [
        ("announced", "content-length: 2", "{"),
        ("announced, empty", "content-length: 2", ""),
        ("in a size", CHUNKED, "2"),
        ("in an extension", CHUNKED, "2;ext"),
        ("in a chunk", CHUNKED, "2\r\n{"),
        ("after a chunk", CHUNKED, "2\r\n{}"),
        ("before the last chunk", CHUNKED, "2\r\n{}\r\n"),
    ] {
        let (outcomes, mut received): (Outcomes<Redpin>, _) = mpsc::unbounded_channel();
        let server = door.serve(endpoint().with_body_deadline(Duration::from_secs(5)), outcomes).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&[&head(b"{}", framing, true)[..], wire.as_bytes()].concat()).await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(received.recv().await.unwrap().status, 503, "{label}, {name}");
    }
}
