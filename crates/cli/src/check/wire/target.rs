//! The address of the endpoint.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::answer::{Exchange, Gap};
use super::connection::{Connection, Step};
use super::draft::Draft;
use crate::failure::Failure;
use crate::tls::{self, TlsArgs};

/// The time to connect.
const CONNECTING: Duration = Duration::from_secs(10);

/// The number of bytes that are written at once.
const PIECE: usize = 64 * 1024;

/// The address of the endpoint.
pub(crate) struct Target {
    host: String,
    port: u16,
    authority: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Target {
    /// Returns the address in a URL with a host. Fails if the trusted certificates cannot be read.
    pub(crate) fn new(url: &Uri, arguments: &TlsArgs) -> Result<Self, Failure> {
        let is_https = url.scheme() == Some(&Scheme::HTTPS);
        let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let authority = url.authority().map_or(host.as_str(), |authority| authority.as_str());
        // A user before the host is no part of the header.
        let authority = authority.rsplit('@').next().unwrap_or_default().to_owned();
        let tls = match is_https {
            true => {
                let help = "give a host name or an IP address";
                let name = ServerName::try_from(host.clone());
                let name = name.map_err(|error| Failure::usage(format!("`{host}`: {error}"), help))?;
                Some((TlsConnector::from(Arc::new(arguments.config(url)?)), name))
            }
            false => None,
        };
        let port = url.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Ok(Self { host, port, authority, tls })
    }

    /// Whether connections have TLS.
    pub(crate) const fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> Result<Connection, Gap> {
        let unreachable =
            |error: std::io::Error| Gap::Unreachable(tls::explain(&error).unwrap_or_else(|| error.to_string()));
        let connecting = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
            stream.set_nodelay(true)?;
            Ok(match &self.tls {
                None => Connection::new(stream),
                Some((connector, name)) => Connection::new(connector.connect(name.clone(), stream).await?),
            })
        };
        match timeout(CONNECTING, connecting).await {
            Ok(connected) => connected.map_err(unreachable),
            Err(_) => Err(Gap::Unreachable(format!("no connection within {} s", CONNECTING.as_secs()))),
        }
    }

    /// Returns the steps that send a draft at once.
    pub(crate) fn steps(&self, draft: &Draft) -> Vec<Step> {
        let mut pieces = draft.pieces(PIECE).into_iter();
        // Head and beginning of the body travel in one segment, as with most senders.
        let first = [&draft.head(&self.authority)[..], &pieces.next().unwrap_or_default()].concat();
        [first.into()].into_iter().chain(pieces).map(Step::Write).collect()
    }

    /// Returns the head of a draft.
    pub(crate) fn head(&self, draft: &Draft) -> Step {
        Step::Write(draft.head(&self.authority))
    }

    /// Sends a draft on a connection of its own.
    pub(crate) async fn send(&self, draft: &Draft, patience: Duration) -> Exchange {
        self.play(&self.steps(draft), draft.is_head(), patience).await
    }

    /// Takes these steps on a connection of their own.
    pub(crate) async fn play(&self, steps: &[Step], is_head: bool, patience: Duration) -> Exchange {
        match self.connect().await {
            Ok(mut connection) => connection.exchange(steps, is_head, patience).await,
            Err(gap) => Exchange::nothing(gap),
        }
    }
}
