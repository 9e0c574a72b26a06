//! Attacks that strangers make with a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::requests::{PATH, forged};

const MIB: usize = 1024 * 1024;

/// With this pause, connections that are displaced after a MiB each send about 200 MiB a second, which is below the
/// limit of the machine. The attack is on memory.
const PAUSE: Duration = Duration::from_secs(10);

/// The attack on each connection. A connection that ends is reopened after [`PAUSE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    Nothing,
    HalfAHead,
    /// A head that announces the longest body, without the body.
    Silent,
    /// The longest body, at a byte a second.
    Trickled,
    /// The longest body without its last byte.
    NearlyComplete,
    /// A chunked body of the same length, without its end.
    Chunked,
    /// Bodies of 60 KiB without their last byte.
    NearlyCompleteSmall,
    /// Small bodies with a wrong signature.
    Forged,
    /// The longest body without a signature, and without its last byte.
    Unsigned,
    /// The longest bodies without a signature, one after another.
    UnsignedFlood,
}

impl Attack {
    pub(crate) const ALL: [Self; 10] = [
        Self::Nothing,
        Self::HalfAHead,
        Self::Silent,
        Self::Trickled,
        Self::NearlyComplete,
        Self::Chunked,
        Self::NearlyCompleteSmall,
        Self::Forged,
        Self::Unsigned,
        Self::UnsignedFlood,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "no stranger",
            Self::HalfAHead => "half a head",
            Self::Silent => "1 MiB announced, silent",
            Self::Trickled => "1 MiB, a byte a second",
            Self::NearlyComplete => "1 MiB without the last byte",
            Self::Chunked => "1 MiB in chunks, no end",
            Self::NearlyCompleteSmall => "60 KiB without the last byte",
            Self::Forged => "forged, 1 KiB, in a flood",
            Self::Unsigned => "1 MiB unsigned, no end",
            Self::UnsignedFlood => "1 MiB unsigned, in a flood",
        }
    }

    /// Starts this many connections to a server in a separate thread, until the process ends.
    pub(crate) fn begin(self, address: SocketAddr, connections: usize) {
        if self == Self::Nothing {
            return;
        }
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let strangers: JoinSet<()> = (0..connections).map(|number| self.stranger(address, number)).collect();
                strangers.join_all().await;
            });
        });
    }

    async fn stranger(self, address: SocketAddr, number: usize) {
        // All 2,000 start within ten seconds.
        sleep(Duration::from_millis(5) * u32::try_from(number).unwrap()).await;
        // Until the server exits. The answers are not examined here.
        while let Ok(stream) = TcpStream::connect(address).await {
            _ = self.use_up(stream).await;
            sleep(PAUSE).await;
        }
    }

    async fn use_up(self, mut stream: TcpStream) -> io::Result<()> {
        match self {
            Self::Nothing => {}
            Self::Unsigned => {
                stream.write_all(unsigned().as_bytes()).await?;
                stream.write_all(&vec![b'x'; MIB - 1]).await?;
            }
            Self::UnsignedFlood => {
                let request = [unsigned().into_bytes(), vec![b'x'; MIB]].concat();
                loop {
                    stream.write_all(&request).await?;
                    stream.read_u8().await?;
                    sleep(PAUSE).await;
                }
            }
            Self::HalfAHead => stream.write_all(&head("content-length: 1")[..100]).await?,
            Self::Silent => stream.write_all(&head(&format!("content-length: {MIB}"))).await?,
            Self::Trickled => {
                stream.write_all(&head(&format!("content-length: {MIB}"))).await?;
                loop {
                    stream.write_all(b"x").await?;
                    if tokio::time::timeout(Duration::from_secs(1), stream.read_u8()).await.is_ok() {
                        return Ok(());
                    }
                }
            }
            Self::NearlyComplete => nearly(&mut stream, MIB).await?,
            Self::NearlyCompleteSmall => nearly(&mut stream, 60 * 1024).await?,
            Self::Chunked => {
                stream.write_all(&head("transfer-encoding: chunked")).await?;
                let chunk = [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat();
                for _ in 0..63 {
                    stream.write_all(&chunk).await?;
                }
            }
            Self::Forged => {
                let request = [forged(), crate::requests::BODY.into()].concat();
                loop {
                    stream.write_all(&request).await?;
                    stream.read_u8().await?;
                    sleep(Duration::from_millis(200)).await;
                }
            }
        }
        // Until the server closes the connection.
        stream.read_to_end(&mut Vec::new()).await.map(drop)
    }
}

async fn nearly(stream: &mut TcpStream, length: usize) -> io::Result<()> {
    stream.write_all(&head(&format!("content-length: {length}"))).await?;
    let piece = [b'x'; 16 * 1024];
    let mut remaining = length - 1;
    while remaining > 0 {
        let now = remaining.min(piece.len());
        stream.write_all(&piece[..now]).await?;
        remaining -= now;
    }
    Ok(())
}

/// Returns a head without a proof, which is refused before its body.
fn unsigned() -> String {
    format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {MIB}\r\n\r\n")
}

/// Returns a head that differs from a genuine one only by its body.
fn head(framing: &str) -> Vec<u8> {
    let genuine = String::from_utf8(forged()).unwrap();
    let mut head = format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\n{framing}\r\n");
    for line in genuine.lines().filter(|line| line.starts_with("svix-")) {
        head.push_str(line);
        head.push_str("\r\n");
    }
    (head + "\r\n").into_bytes()
}
