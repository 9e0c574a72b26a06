//! Senders within the process and over a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use referral_webhooks_inbox::store::Accepted;
use referral_webhooks_inbox::store::Store as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::source::{Failure, PATH, Source};
use super::turn::Sender;
use crate::engine::{OneEach, Store};

/// Passes entries to the inbox's store.
#[derive(Clone)]
pub(crate) struct ToInbox(pub(crate) Store, pub(crate) Arc<Source>);

impl Sender for ToInbox {
    async fn send(&mut self) -> Result<(), Failure> {
        let accepted = self.0.accept(self.1.entry()?).await?;
        if matches!(accepted, Accepted::Stored(_)) { Ok(()) } else { Err("it is not new".into()) }
    }
}

/// Stores each entry in a separate transaction.
#[derive(Clone)]
pub(crate) struct ToOneEach(pub(crate) OneEach, pub(crate) Arc<Source>);

impl Sender for ToOneEach {
    async fn send(&mut self) -> Result<(), Failure> {
        self.0.store(&self.1.entry()?).await
    }
}

/// Writes the row of a handler, without an inbox.
#[derive(Clone)]
pub(crate) struct ToReward(pub(crate) OneEach);

impl Sender for ToReward {
    async fn send(&mut self) -> Result<(), Failure> {
        self.0.reward().await
    }
}

/// A server on loopback, stopped when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

impl Server {
    pub(crate) async fn of(app: Router) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        let mut serving = JoinSet::new();
        serving.spawn(async move { drop(axum::serve(listener, app).await) });
        Ok(Self { address, _serving: serving })
    }

    /// A sender with a connection that is kept alive.
    pub(crate) async fn client(&self, source: &Arc<Source>) -> Result<Client, Failure> {
        let connection = TcpStream::connect(self.address).await?;
        connection.set_nodelay(true)?;
        Ok(Client { connection, source: Arc::clone(source), text: Vec::new() })
    }
}

/// A minimal subset of HTTP, because the cost of a sender reduces the server's share.
pub(crate) struct Client {
    connection: TcpStream,
    source: Arc<Source>,
    text: Vec<u8>,
}

impl Sender for Client {
    async fn send(&mut self) -> Result<(), Failure> {
        let request = self.source.request()?;
        let (text, body) = (&mut self.text, request.body());
        text.clear();
        text.extend_from_slice(format!("POST {PATH} HTTP/1.1\r\nhost: localhost\r\n").as_bytes());
        for (name, value) in request.headers() {
            text.extend_from_slice(format!("{name}: ").as_bytes());
            text.extend_from_slice(value.as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        text.extend_from_slice(body);
        self.connection.write_all(text).await?;
        text.clear();
        while !text.ends_with(b"\r\n\r\n") {
            if self.connection.read_buf(text).await? == 0 {
                return Err("the server hung up".into());
            }
        }
        // An answer with a body would be read as part of the next one.
        let is_accepted = text.starts_with(b"HTTP/1.1 200 ") && text.windows(17).any(|at| at == b"content-length: 0");
        if is_accepted { Ok(()) } else { Err(String::from_utf8_lossy(text).into()) }
    }
}
