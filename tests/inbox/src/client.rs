//! One connection of a platform.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, select};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One connection, kept alive.
pub(crate) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    /// The future that drives the connection, polled by the task that waits for an answer. In another task it could end
    /// exactly when it receives a request, and that request would never finish (hyperium/hyper#4122).
    driver: BoxFuture<'static, hyper::Result<()>>,
}

type AnyError = Box<dyn Error + Send + Sync>;

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, AnyError> {
        let (requests, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
        Ok(Self { requests, driver: connection.fuse().boxed() })
    }

    /// Sends a request, reads the whole answer, and returns its status.
    pub(crate) async fn status_of(&mut self, request: Request<Bytes>) -> Result<StatusCode, AnyError> {
        let requests = &mut self.requests;
        let exchange = async {
            requests.ready().await?;
            let answer = requests.send_request(request.map(Full::new)).await?;
            let status = answer.status();
            answer.into_body().collect().await?;
            Ok(status)
        };
        match select(pin!(exchange), &mut self.driver).await {
            Either::Left((status, _)) => status,
            // An answer that was complete before the connection ended still counts.
            Either::Right((_, exchange)) => {
                exchange.now_or_never().unwrap_or_else(|| Err("the connection has ended".into()))
            }
        }
    }
}
