//! A server for one machine.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use referral_webhooks_inbox::store::Store;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::access::LinkToken;
use crate::build_error::BuildError;
use crate::inspector::Inspector;

/// The most connections at the same time.
const MOST_CONNECTIONS: usize = 256;

/// The time for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A server of the page on this machine. Its link admits a reader.
///
/// ```no_run
/// use referral_webhooks_inbox::{Inbox, MemoryStore};
/// use referral_webhooks_inspector::{Inspector, Loopback};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Loopback::bind(4040).await?;
/// println!("open {}", server.url());
/// server.serve(Inspector::new(Inbox::new(MemoryStore::new())), "dana", std::future::pending()).await?;
/// # Ok(())
/// # }
/// ```
pub struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
    token: LinkToken,
}

impl Loopback {
    /// Binds a port of 127.0.0.1; a free one if it is 0.
    ///
    /// ```no_run
    /// # async fn run() -> std::io::Result<()> {
    /// let server = referral_webhooks_inspector::Loopback::bind(0).await?;
    /// assert!(server.address().ip().is_loopback());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the port is taken or not permitted.
    pub async fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, token: LinkToken::random() })
    }

    /// Sets the token of the link, so that browsers stay admitted after a restart.
    ///
    /// ```no_run
    /// # async fn run(token: referral_webhooks_inspector::LinkToken) -> std::io::Result<()> {
    /// let server = referral_webhooks_inspector::Loopback::bind(4040).await?.with_token(token);
    /// # let _ = server;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_token(self, token: LinkToken) -> Self {
        Self { token, ..self }
    }

    /// Returns the address.
    ///
    /// ```no_run
    /// # async fn run() -> std::io::Result<()> {
    /// println!("{}", referral_webhooks_inspector::Loopback::bind(0).await?.address().port());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the link, with its token. Print it on the terminal of the person, and write it to no log.
    ///
    /// ```no_run
    /// # async fn run() -> std::io::Result<()> {
    /// println!("open {}", referral_webhooks_inspector::Loopback::bind(0).await?.url());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        self.token.url(self.address)
    }

    /// Serves the page until a future resolves. `name` is that of the person in the history of entries.
    ///
    /// The page is at the root, and its settings for [`authorise`](Inspector::authorise) and
    /// [`at`](Inspector::at) do not count.
    ///
    /// ```no_run
    /// # use referral_webhooks_inspector::{Inspector, Loopback};
    /// # use referral_webhooks_inbox::{Inbox, MemoryStore};
    /// # async fn run(server: Loopback, inbox: Inbox<MemoryStore>) -> Result<(), Box<dyn std::error::Error>> {
    /// server.serve(Inspector::new(inbox), "dana", async { tokio::time::sleep(std::time::Duration::from_secs(60)).await }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the page cannot be built.
    pub async fn serve<S: Store>(
        self,
        inspector: Inspector<S>,
        name: &str,
        until: impl Future<Output = ()>,
    ) -> Result<(), BuildError> {
        let page = inspector.on_loopback(self.token, name).build()?;
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        tokio::pin!(until);
        loop {
            let stream = tokio::select! {
                () = &mut until => break,
                Some(_) = connections.join_next() => continue,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(_) => {
                        // Too many open files, say. The next connection may be accepted.
                        sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            // A connection beyond the bound is closed.
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let service = TowerToHyperService::new(page.clone());
            connections.spawn(async move {
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
                // A closed connection is usual.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
                drop(place);
            });
        }
        Ok(())
    }
}

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback").field("address", &self.address).finish_non_exhaustive()
    }
}
