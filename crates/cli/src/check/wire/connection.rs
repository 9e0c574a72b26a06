//! A connection to the endpoint.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use httparse::Status;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep, timeout};

use super::answer::{Answer, Came, Exchange, Gap};

/// The maximum length of the head of an answer.
const MOST_HEAD: usize = 64 * 1024;

/// The maximum number of headers of an answer.
const MOST_HEADERS: usize = 128;

/// The maximum length of the body of an answer. The rest is not read, and the connection is closed.
const MOST_BODY: usize = 256 * 1024;

/// A step of a sender.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write(Bytes),
    Pause(Duration),
    /// Ends the sender's side of the connection.
    Shut,
}

/// A stream of bytes in both directions.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection to the endpoint.
pub(crate) struct Connection {
    reader: Reader,
    writer: WriteHalf<Box<dyn Stream>>,
}

struct Reader {
    stream: ReadHalf<Box<dyn Stream>>,
    /// The received bytes that are not parsed yet.
    received: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let (stream, writer) = tokio::io::split(Box::new(stream) as Box<dyn Stream>);
        Self { reader: Reader { stream, received: Vec::new() }, writer }
    }

    /// Takes the steps, and reads the answer meanwhile. The wait ends `patience` after the last step.
    pub(crate) async fn exchange(&mut self, steps: &[Step], is_head: bool, patience: Duration) -> Exchange {
        let Self { reader, writer } = self;
        let mut sending = pin!(take(writer, steps));
        let mut reading = pin!(reader.answer(is_head));
        let mut sent_at = None;
        loop {
            tokio::select! {
                biased;
                // A failure to write does not end the wait, because an answer may already be there.
                _ = &mut sending, if sent_at.is_none() => sent_at = Some(Instant::now()),
                read = &mut reading => {
                    let came = read.map_or_else(Came::Nothing, Came::Answer);
                    let took = sent_at.map_or(Duration::ZERO, |sent_at| sent_at.elapsed());
                    return Exchange { came, took, was_early: sent_at.is_none() };
                }
                () = until(sent_at, patience) => {
                    return Exchange { came: Came::Nothing(Gap::Late(patience)), took: patience, was_early: false };
                }
            }
        }
    }
}

/// Waits until the patience after the end of the request is over, and without end before it.
async fn until(sent_at: Option<Instant>, patience: Duration) {
    match sent_at {
        Some(sent_at) => tokio::time::sleep_until(sent_at + patience).await,
        None => std::future::pending().await,
    }
}

/// The time for one write. An endpoint that does not read holds the sender for no longer.
const WRITING: Duration = Duration::from_secs(10);

async fn take(writer: &mut (impl AsyncWrite + Unpin), steps: &[Step]) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Write(bytes) => {
                let writing = async {
                    writer.write_all(bytes).await?;
                    writer.flush().await
                };
                timeout(WRITING, writing).await.map_err(|_| io::ErrorKind::TimedOut)??;
            }
            Step::Pause(time) => sleep(*time).await,
            Step::Shut => writer.shutdown().await?,
        }
    }
    Ok(())
}

/// The end of the body of an answer.
enum End {
    Length(u64),
    Chunked,
    Closed,
}

/// The head of an answer.
struct Head {
    answer: Answer,
    end: End,
}

impl Reader {
    /// Reads an answer to its end. Interim answers are skipped.
    async fn answer(&mut self, is_head: bool) -> Result<Answer, Gap> {
        let Head { mut answer, end } = loop {
            match self.parse(is_head)? {
                Some(head) if head.answer.status.is_informational() => {}
                Some(head) => break head,
                None if self.received.len() > MOST_HEAD => return Err(Gap::NotHttp("its head does not end")),
                None if self.receive().await == 0 => {
                    let cut = Gap::NotHttp("it ends within its head");
                    return Err(if self.received.is_empty() { Gap::Closed } else { cut });
                }
                None => {}
            }
        };
        let body = match end {
            End::Length(length) => self.take(usize::try_from(length).unwrap_or(usize::MAX)).await,
            End::Chunked => self.chunks().await,
            End::Closed => self.take(usize::MAX).await,
        };
        // The status counts even if the rest of the answer is cut off or too long, but the connection is of no use then.
        answer.closes |= !body.is_complete;
        answer.text.extend_from_slice(&body.bytes);
        Ok(answer)
    }

    /// Parses a head, if it is complete, and removes it.
    fn parse(&mut self, is_head: bool) -> Result<Option<Head>, Gap> {
        if self.received.starts_with(&[0x15, 0x03]) {
            return Err(Gap::NotHttp("it is TLS; is the URL `https://`?"));
        }
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let length = match parsed.parse(&self.received) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) => return Ok(None),
            Err(_) => return Err(Gap::NotHttp("its head cannot be read")),
        };
        let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.ok_or(Gap::NotHttp("its status is invalid"))?;
        let value = |name: &str| {
            let header = parsed.headers.iter().rev().find(|header| header.name.eq_ignore_ascii_case(name))?;
            Some(String::from_utf8_lossy(header.value).trim().to_owned())
        };
        let has = |name: &str, word: &str| value(name).is_some_and(|value| value.to_ascii_lowercase().contains(word));
        let is_empty = is_head || status.is_informational() || status == 204 || status == 304;
        let end = match value("content-length").and_then(|value| value.parse().ok()) {
            _ if is_empty => End::Length(0),
            _ if has("transfer-encoding", "chunked") => End::Chunked,
            Some(length) => End::Length(length),
            None => End::Closed,
        };
        let keeps =
            if parsed.version == Some(0) { has("connection", "keep-alive") } else { !has("connection", "close") };
        let location = value("location").map(|to| to.split(['?', '#']).next().unwrap_or_default().to_owned());
        let text = self.received.drain(..length).collect();
        let closes = !keeps || matches!(end, End::Closed);
        Ok(Some(Head { answer: Answer { status, location, closes, text }, end }))
    }

    /// Receives more bytes. Returns their number: 0 at the end.
    async fn receive(&mut self) -> usize {
        let mut buffer = [0; 16 * 1024];
        let length = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.received.extend_from_slice(&buffer[..length]);
        length
    }

    /// Takes this many bytes, or up to the end of the connection or of the bound.
    async fn take(&mut self, length: usize) -> Body {
        let most = length.min(MOST_BODY);
        while self.received.len() < most && self.receive().await > 0 {}
        let bytes: Vec<u8> = self.received.drain(..most.min(self.received.len())).collect();
        Body { is_complete: bytes.len() == length, bytes }
    }

    /// Takes chunks up to the last, or up to the end of the connection or of the bound.
    async fn chunks(&mut self) -> Body {
        let mut bytes = Vec::new();
        while bytes.len() < MOST_BODY {
            let (start, length) = match httparse::parse_chunk_size(&self.received) {
                Ok(Status::Complete(found)) => found,
                Ok(Status::Partial) if self.received.len() < MOST_HEAD && self.receive().await > 0 => continue,
                _ => break,
            };
            self.received.drain(..start);
            let chunk = self.take(usize::try_from(length).unwrap_or(usize::MAX)).await;
            bytes.extend_from_slice(&chunk.bytes);
            // Trailers are rare, and a connection with them is of no further use here.
            let is_ended = chunk.is_complete && self.take(2).await.bytes == b"\r\n";
            if !is_ended || length == 0 {
                return Body { bytes, is_complete: is_ended };
            }
        }
        Body { bytes, is_complete: false }
    }
}

/// The read bytes of a body.
struct Body {
    bytes: Vec<u8>,
    is_complete: bool,
}
