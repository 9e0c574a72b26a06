//! The sending of a delivery over HTTP, with or without TLS.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpStream;

use crate::cut_off::{Sent, sendable};
use crate::failure::Failure;
use crate::note::note;
use crate::tls::{self, TlsArgs};

/// The read bytes of an answer. A platform ignores the body.
const MOST: usize = 64 * 1024;

/// The time to wait for an answer if the platform publishes no deadline.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The answer to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Status(StatusCode),
    /// No complete answer within this time.
    Late(Duration),
    /// No answer, for this reason.
    Unreachable(String),
}

impl Answer {
    /// Notes the next step if there is no answer because nothing listens.
    pub(crate) async fn note_if_nothing_listens(&self, to: &Uri, url: &str) {
        if matches!(self, Self::Unreachable(_)) && !is_listening(to).await {
            note(format_args!("nothing listens on {url}; start your app or change `--to`"));
        }
    }
}

/// Returns whether something accepts connections at a URL.
pub(crate) async fn is_listening(to: &Uri) -> bool {
    let port = to.port_u16().unwrap_or_else(|| if to.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 });
    let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
    let connection = tokio::time::timeout(Duration::from_secs(1), TcpStream::connect((host, port)));
    matches!(connection.await, Ok(Ok(_)))
}

/// A client that follows no redirection.
pub(crate) struct Client {
    http: HttpClient<HttpsConnector<HttpConnector>, Sent>,
    patience: Duration,
}

impl Client {
    /// Returns a client for this URL that waits until the deadline of the platform. Fails if the trusted certificates cannot
    /// be read.
    pub(crate) fn new(to: &Uri, deadline: Option<Duration>, tls: &TlsArgs) -> Result<Self, Failure> {
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls.config(to)?);
        let connector = connector.https_or_http().enable_http1().build();
        let http = HttpClient::builder(TokioExecutor::new()).build(connector);
        Ok(Self { http, patience: deadline.unwrap_or(PATIENCE) })
    }

    /// Sends a request. Returns the answer, and the time it took.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> (Answer, Duration) {
        let start = Instant::now();
        let exchange = async {
            let response = self.http.request(sendable(request)).await?;
            let status = response.status();
            // The status counts even if the rest of the answer is cut off or too long.
            let _ = Limited::new(response.into_body(), MOST).collect().await;
            Ok::<_, hyper_util::client::legacy::Error>(status)
        };
        let answer = match tokio::time::timeout(self.patience, exchange).await {
            Ok(Ok(status)) => Answer::Status(status),
            Ok(Err(error)) => Answer::Unreachable(tls::explain(&error).unwrap_or_else(|| root(&error))),
            Err(_) => Answer::Late(self.patience),
        };
        (answer, start.elapsed())
    }
}

/// Returns the innermost cause of an error.
fn root(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map_or_else(String::new, ToString::to_string)
}
