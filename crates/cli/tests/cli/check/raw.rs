//! Endpoints that do not keep to HTTP.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use super::checked;
use crate::sign::secret;

/// Serves each connection on a thread of its own.
fn serve(answer: fn(&mut TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            std::thread::spawn(move || answer(&mut stream));
        }
    });
    url
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Reads up to the end of the head.
fn head(stream: &mut TcpStream) {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|length| length > 0) {
        bytes.push(byte[0]);
    }
}

/// Ends the sending, and reads the rest, so that no reset overtakes the answer.
fn end(stream: &mut TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = std::io::copy(stream, &mut std::io::sink());
}

#[test]
fn an_endpoint_that_does_not_keep_to_http_is_found() {
    for (answer, case, parts) in [
        // Closes the connection.
        ((|stream| head(stream)) as fn(&mut TcpStream), "valid", &["closed without an answer", "the endpoint closed the connection"][..]),
        // Answers before it reads the body.
        (
            |stream| {
                head(stream);
                let _ = stream.write_all(OK);
                end(stream);
            },
            "slow",
            &["200 before the end", "came before the body was sent"],
        ),
        // Is another protocol.
        (
            |stream| {
                let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
                end(stream);
            },
            "valid",
            &["not HTTP", "its head cannot be read"],
        ),
        // Is TLS.
        (
            |stream| {
                let _ = stream.write_all(&[0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);
                end(stream);
            },
            "valid",
            &["it is TLS; is the URL `https://`?"],
        ),
        // Ends within its head.
        (
            |stream| {
                head(stream);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconte");
                end(stream);
            },
            "valid",
            &["ends within its head"],
        ),
        // Sends a head without end.
        (
            |stream| while stream.write_all(b"x-y: zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\r\n").is_ok() {},
            "valid",
            &["not HTTP"],
        ),
        // Closes a kept connection after each answer, without a word.
        (
            |stream| {
                head(stream);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                end(stream);
            },
            "kept-alive",
            &["without `connection: close`"],
        ),
    ] {
        let url = serve(answer);
        let checked = checked(&url, "redpin", secret("redpin"), &["--only", case]);
        let why = checked.why(case);
        assert_eq!((checked.code, checked.with("failed")), (1, vec![case]), "{parts:?}: {why}");
        for part in parts {
            assert!(why.contains(part), "{why} lacks {part}");
        }
    }
}

#[test]
fn an_answer_without_end_or_with_interim_answers_is_read() {
    // Interim answers come before the answer, and a body may be in chunks, endless or absent.
    for (answer, verdict) in [
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "passed"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "passed"),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", "passed"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", "passed"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "passed"),
        ("HTTP/1.1 999 What\r\n\r\n", "failed"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            head(&mut stream);
            let _ = stream.write_all(answer.as_bytes());
            end(&mut stream);
        });
        let checked = checked(&url, "redpin", secret("redpin"), &["--only", "valid"]);
        assert_eq!(checked.with(verdict), ["valid"], "{answer}: {}", checked.why("valid"));
    }
}
