//! Genuine deliveries among attacks.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::requests::{BODY, PATH, SECRET};

/// The results of deliveries.
pub(crate) struct Times {
    /// The duration of each delivery, in ascending order.
    accepted: Vec<Duration>,
    /// The number of deliveries without a 200 within ten seconds.
    pub(crate) lost: usize,
}

impl Times {
    /// Returns the time within which this share of the accepted deliveries was answered.
    pub(crate) fn within(&self, share: f64) -> Duration {
        let last = self.accepted.len().saturating_sub(1) as f64;
        self.accepted.get((last * share).round() as usize).copied().unwrap_or(Duration::MAX)
    }
}

/// Delivers one after another, in four ways in turn.
pub(crate) async fn deliver(address: SocketAddr, number: usize) -> Times {
    let mut times = Times { accepted: Vec::new(), lost: 0 };
    for number in 0..number {
        let began = Instant::now();
        match timeout(Duration::from_secs(10), once(address, number)).await {
            Ok(Ok(200)) => times.accepted.push(began.elapsed()),
            _ => times.lost += 1,
        }
        sleep(Duration::from_millis(5)).await;
    }
    times.accepted.sort_unstable();
    times
}

async fn once(address: SocketAddr, number: usize) -> io::Result<u16> {
    let large = format!("{}{}", BODY.trim_end(), " ".repeat(64 * 1024));
    let body = if number % 4 == 3 { &large } else { BODY };
    let message = Message::new(body, OffsetDateTime::now_utc()).id(format!("msg_{number}"));
    let request = Endpoint::<Redpin>::new(SECRET).unwrap().sign(&message).unwrap();
    let mut wire =
        format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in request.headers() {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend(b"\r\n");
    let head = wire.len();
    wire.extend(body.as_bytes());
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    // In one piece, with the head before its body, or with a body in two halves.
    let cut = [wire.len(), head, (head + wire.len()) / 2, wire.len()][number % 4];
    stream.write_all(&wire[..cut]).await?;
    tokio::task::yield_now().await;
    stream.write_all(&wire[cut..]).await?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).await?;
    str::from_utf8(&status[9..])
        .ok()
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}
