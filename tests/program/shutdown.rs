//! Shutdown of a program while strangers hold its connections.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;

use crate::Program;

/// The grace period of Docker before it kills a container.
const BOUND: Duration = Duration::from_secs(9);

impl Program {
    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        // The shell's built-in `kill`, because some machines lack the program of that name.
        let kill = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success(), "{kill}");
    }

    /// Waits until the program exits.
    ///
    /// # Panics
    ///
    /// If the program is still running after the bound.
    pub fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < BOUND, "still running {BOUND:?} after the signal");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal while strangers hold connections with half a head, half a body or no byte, and while this
    /// delivery is half received. The delivery must be the only accepted one, and the program must exit without an error.
    pub fn end_in_order(&mut self, signal: &str, path: &str, delivery: &Request<Bytes>) {
        let wire = wire(path, delivery);
        let head = wire.len() - delivery.body().len();
        let begin = |bytes: usize| {
            let mut stream = TcpStream::connect(self.url.strip_prefix("http://").unwrap()).unwrap();
            stream.set_read_timeout(Some(BOUND)).unwrap();
            stream.write_all(&wire[..bytes]).unwrap();
            stream
        };
        let strangers = [begin(0), begin(head / 2), begin(head), begin(head + 1)];
        let mut genuine = begin(head + 2);
        // Gives the program time to read all of it.
        std::thread::sleep(Duration::from_millis(300));

        self.signal(signal);
        std::thread::sleep(Duration::from_millis(300));
        genuine.write_all(&wire[head + 2..]).unwrap();
        // Some senders close their side as soon as the request is sent.
        genuine.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        genuine.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "SIG{signal}: the delivery is answered by {answer:?}");
        let late = TcpStream::connect(self.url.strip_prefix("http://").unwrap());
        assert!(late.is_err(), "SIG{signal}: connections are still accepted");
        let status = self.ended();
        assert_eq!(status.code(), Some(0), "SIG{signal}: {status}");
        drop(strangers);
    }
}

fn wire(path: &str, request: &Request<Bytes>) -> Vec<u8> {
    let length = request.body().len();
    let mut wire = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n").into_bytes();
    for (name, value) in request.headers() {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend(b"\r\n");
    wire.extend(request.body());
    wire
}
