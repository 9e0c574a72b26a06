//! One connection of a platform.

use std::error::Error;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One connection, kept alive.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (requests, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        tokio::spawn(connection);
        Ok(Self(requests))
    }

    /// Sends a request, reads the whole answer, and says its status.
    pub(crate) async fn status_of(
        &mut self,
        request: Request<Bytes>,
    ) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
        self.0.ready().await?;
        let answer = self.0.send_request(request.map(Full::new)).await?;
        let status = answer.status();
        answer.into_body().collect().await?;
        Ok(status)
    }
}
