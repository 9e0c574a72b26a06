//! What the forwarders of all platforms have in common.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::forward::{Forwarded, Forwarder, Target};
use super::spool::Spool;
use crate::client::Client;
use crate::failure::Failure;

/// The application to which deliveries are passed on.
pub(super) struct Forwarding {
    pub(super) target: Target,
    pub(super) client: Arc<Client>,
    pub(super) spool: Arc<Spool>,
    pub(super) reports: mpsc::Sender<Forwarded>,
}

impl Forwarding {
    /// Returns the forwarder of a platform.
    pub(super) fn forwarder(&self, platform: &'static str) -> Result<Forwarder, Failure> {
        let help = "give a URL with `http://` or `https://` and a host";
        let to = self.target.of(platform).map_err(|error| Failure::usage(error.to_string(), help))?;
        let (client, spool) = (Arc::clone(&self.client), Arc::clone(&self.spool));
        Ok(Forwarder { platform, to, client, spool, reports: self.reports.clone() })
    }
}
