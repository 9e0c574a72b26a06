//! `refhook inbox redeliver --to`: stored deliveries, sent on to a receiver.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use http::Request;
use referral_webhooks_axum::platform::redpin::Redpin;
use referral_webhooks_axum::{Endpoint, ErrorKind};
use time::OffsetDateTime;

use super::{SECRET, Shop, body};
use crate::text;

/// Another secret than that of the platform.
const OWN: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Answers one request with this status, and returns it.
fn receiver(status: u16) -> (String, JoinHandle<Request<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks/t0ken", listener.local_addr().unwrap());
    let receiver = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut message, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let read = stream.read(&mut piece).unwrap();
            message.extend_from_slice(&piece[..read]);
            let Some(head) = message.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
            let lines = text(&message[..head]).to_owned();
            let mut request = Request::builder().method("POST").uri("/hooks/t0ken");
            for line in lines.lines().skip(1) {
                let (name, value) = line.split_once(": ").unwrap();
                request = request.header(name, value);
            }
            let length: usize = request.headers_ref().unwrap()["content-length"].to_str().unwrap().parse().unwrap();
            if message.len() < head + 4 + length {
                continue;
            }
            write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").unwrap();
            return request.body(message[head + 4..].to_vec()).unwrap();
        }
    });
    (url, receiver)
}

#[tokio::test]
async fn a_delivery_is_sent_on_with_its_exact_bytes() {
    for shop in Shop::each().await {
        let (url, receiver) = receiver(200);
        let sent = shop.ok(&["redeliver", "2", "--to", &url, "--reason", "a rehearsal"]);
        let request = receiver.join().unwrap();
        assert_eq!(text(request.body()), body("REFERRAL_CREATED", "CREATED", "Fails"));
        assert_eq!(request.headers()["refhook-entry"], "2");
        // It was just signed, so it verifies as it is.
        let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
        let delivery = endpoint.receive(&request, OffsetDateTime::now_utc()).unwrap();
        assert_eq!(delivery.id().as_str(), "msg_2");
        assert!(sent.contains("accepted") && sent.contains("1 sent, 1 accepted") && !sent.contains("t0ken"), "{sent}");
        assert_eq!(shop.state(2), "discarded", "the entry stays as it is");
        let (what, by, reason) = shop.history(2).pop().unwrap();
        assert_eq!((what.as_str(), by.as_str()), ("sent_on", "dana"));
        assert!(reason.starts_with("a rehearsal; to http://127.0.0.1") && reason.ends_with("200 accepted"), "{reason}");
        assert!(!reason.contains("t0ken"), "{reason}");
    }
}

#[tokio::test]
async fn a_delivery_is_signed_again_with_the_secret_of_the_receiver() {
    let shop = Shop::sqlite().await;
    let (url, receiver) = receiver(503);
    let secret = shop.file("own.secret", OWN);
    let ran = shop.run(&["redeliver", "2", "--to", &url, "--resign", "--secret-file", &secret, "--output", "json"]);
    assert_eq!(ran.status.code(), Some(1), "it was not accepted");
    let request = receiver.join().unwrap();
    let later = OffsetDateTime::now_utc();
    let delivery = Endpoint::<Redpin>::new(OWN).unwrap().receive(&request, later).unwrap();
    assert_eq!(
        (delivery.id().as_str(), text(delivery.body())),
        ("msg_2", &*body("REFERRAL_CREATED", "CREATED", "Fails"))
    );
    let error = Endpoint::<Redpin>::new(SECRET).unwrap().receive(&request, later).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::SignatureMismatch), "{error}");
    let line: serde_json::Value = serde_json::from_str(text(&ran.stdout).lines().nth(1).unwrap()).unwrap();
    assert_eq!((&line["kind"], &line["status"], &line["reading"]), (&"sent".into(), &503.into(), &"retried".into()));
}

#[tokio::test]
async fn wrong_uses_of_sending_on_are_named() {
    let shop = Shop::sqlite().await;
    let secret = shop.file("own.secret", OWN);
    shop.ok(&["erase", "1", "--yes"]);
    let rows: [(&[&str], i32, &str); 6] = [
        (&["redeliver", "2", "--resign"], 2, "--to"),
        (&["redeliver", "2", "--secret-file", &secret], 2, "--resign"),
        (&["redeliver", "2", "--to", "http://127.0.0.1:9/", "--secret-file", &secret], 2, "--resign"),
        (&["redeliver", "2", "--to", "http://127.0.0.1:9/", "--resign"], 2, "the secret is missing"),
        (&["redeliver", "2", "--to", "127.0.0.1:9"], 2, "scheme and host"),
        (&["redeliver", "--state", "discarded", "--to", "http://127.0.0.1:9/"], 2, "--yes"),
    ];
    for (arguments, code, want) in rows {
        let ran = shop.run(arguments);
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {ran:?}");
        assert!(text(&ran.stderr).contains(want), "{arguments:?}: {ran:?}");
    }
    for (arguments, want) in [
        (["redeliver", "1", "--to", "http://127.0.0.1:9/"], "its body was deleted"),
        (["redeliver", "2", "--to", "http://127.0.0.1:9/"], "retried"),
    ] {
        let ran = shop.run(&arguments);
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}: {ran:?}");
        assert!(text(&ran.stdout).contains(want), "{arguments:?}: {ran:?}");
    }
}
