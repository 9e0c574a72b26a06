//! The load: connections that are kept alive, each with one request in flight.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::requests::{BODY, Head};

/// Enough that a request is always waiting at the server.
pub(crate) const CONNECTIONS: usize = 24;

/// The result of one turn of a server.
pub(crate) struct Answered {
    pub(crate) number: usize,
    pub(crate) elapsed: Duration,
    /// The duration of each request, in ascending order.
    pub(crate) latencies: Vec<Duration>,
}

impl Answered {
    pub(crate) fn per_second(&self) -> f64 {
        self.number as f64 / self.elapsed.as_secs_f64()
    }

    /// Returns the time within which this share of the requests was answered.
    pub(crate) fn within(&self, share: f64) -> Duration {
        let position = (self.latencies.len() - 1) as f64 * share;
        self.latencies[position.round() as usize]
    }
}

/// Connections to one server, opened before its turn begins.
pub(crate) struct Connections(Vec<Connection>);

impl Connections {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(address).await?);
        }
        Ok(Self(connections))
    }

    /// Sends all requests, and fails if one of them is not answered by 200.
    pub(crate) async fn send(self, requests: Vec<Head>) -> io::Result<Answered> {
        let number = requests.len();
        let requests = Arc::new((requests, AtomicUsize::new(0)));
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for mut connection in self.0 {
            let requests = Arc::clone(&requests);
            senders.spawn(async move {
                let (requests, next) = &*requests;
                let mut latencies = Vec::new();
                while let Some(head) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let sent = Instant::now();
                    let status = connection.status_of(head).await?;
                    latencies.push(sent.elapsed());
                    if status != 200 {
                        return Err(io::Error::other(format!("a genuine delivery was answered by {status}")));
                    }
                }
                Ok(latencies)
            });
        }
        let mut latencies = Vec::with_capacity(number);
        while let Some(sender) = senders.join_next().await {
            latencies.extend(sender??);
        }
        let elapsed = began.elapsed();
        latencies.sort_unstable();
        Ok(Answered { number, elapsed, latencies })
    }
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(address).await?, request: Vec::new(), answer: Vec::new() })
    }

    /// Sends a request, reads the whole answer, and returns its status.
    pub(crate) async fn status_of(&mut self, head: &[u8]) -> io::Result<u16> {
        // In one piece, as a proxy sends it.
        self.request.clear();
        self.request.extend_from_slice(head);
        self.request.extend_from_slice(BODY.as_bytes());
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, length)) = status_and_length(&self.answer)? {
                if self.answer.len() > length {
                    return Err(io::Error::other("more than one answer to one request"));
                }
                if self.answer.len() == length {
                    return Ok(status);
                }
            }
        }
    }
}

/// Returns the status and the length of an answer, as soon as its head is complete.
fn status_and_length(answer: &[u8]) -> io::Result<Option<(u16, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(answer).map_err(io::Error::other)? else { return Ok(None) };
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|length| str::from_utf8(length.value).ok()?.parse::<usize>().ok());
    let body = length.ok_or_else(|| io::Error::other("an answer of unknown length"))?;
    Ok(Some((response.code.unwrap_or(0), head + body)))
}
