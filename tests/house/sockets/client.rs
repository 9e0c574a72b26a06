//! A client that sends fixtures, and bytes that HTTP clients refuse to send.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use referral_webhooks_fixtures::Fixture;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(super) async fn send(address: SocketAddr, fixture: &Fixture) -> StatusCode {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut request: Request<Full<Bytes>> = fixture.request.clone().map(Full::new);
    let path = request.uri().path_and_query().unwrap().as_str();
    *request.uri_mut() = format!("http://{address}{path}").parse::<Uri>().unwrap();
    client.request(request).await.unwrap_or_else(|error| panic!("{}: {error}", fixture.path())).status()
}

/// Sends less than announced, and closes. `None` if the response does not arrive.
pub(super) async fn hang_up(address: SocketAddr, fixture: &Fixture) -> Option<StatusCode> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let path = fixture.request.uri().path_and_query().unwrap();
    let mut wire = format!("POST {path} HTTP/1.1\r\n").into_bytes();
    for (name, value) in fixture.request.headers() {
        wire.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    wire.extend_from_slice(b"\r\n");
    wire.extend_from_slice(fixture.request.body());
    stream.write_all(&wire).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.first_chunk::<3>()?;
    StatusCode::from_bytes(status).ok()
}

/// Sends these bytes. Returns the status of the response.
pub(crate) async fn send_bytes(address: SocketAddr, bytes: &[u8]) -> Option<StatusCode> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.ok()?;
    let mut answer = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut answer).await.ok()?;
    StatusCode::from_bytes(answer.strip_prefix(b"HTTP/1.1 ")?).ok()
}
