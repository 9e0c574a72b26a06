//! The accepted requests as they came, for forwarding.
//!
//! - Guarantees: a request is written before it is acknowledged, so a killed run forwards it with the same bytes. The
//!   folder has at most [`MOST`] requests.
//! - Assumes: the inbox decides which requests are forwarded. A file without an entry is harmless.
//! - Without it: only the headers of the proof would be known, because the inbox stores no others, and tokens would be
//!   masked.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use referral_webhooks_axum::Delivery;
use referral_webhooks_axum::platform::Platform;
use sha2::{Digest as _, Sha256};

use super::secrets::write_private;

/// The most kept requests. The oldest are removed.
const MOST: usize = 1_000;

/// The most headers of a kept request.
const MOST_HEADERS: usize = 256;

/// A folder of requests.
#[derive(Debug)]
pub(super) struct Spool(PathBuf);

/// The headers and the body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Spool {
    /// Opens a folder that its owner alone can read.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Keeps the request of a delivery.
    pub(super) fn keep<P: Platform>(&self, endpoint: &str, delivery: &Delivery<P>, raw: &Raw) -> io::Result<()> {
        let mut file = Vec::with_capacity(raw.body.len() + 1_024);
        for (name, value) in &raw.headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                file.extend_from_slice(part);
            }
        }
        file.extend_from_slice(b"\r\n");
        file.extend_from_slice(&raw.body);
        self.remove_oldest()?;
        write_private(&self.file(endpoint, delivery), &file)
    }

    /// Returns the request of a delivery, if it was kept.
    pub(super) fn find<P: Platform>(&self, endpoint: &str, delivery: &Delivery<P>) -> Option<Raw> {
        let file = Bytes::from(fs::read(self.file(endpoint, delivery)).ok()?);
        let mut parsed = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let httparse::Status::Complete((length, lines)) = httparse::parse_headers(&file, &mut parsed).ok()? else {
            return None;
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(line.value).ok()?);
        }
        Some(Raw { headers, body: file.slice(length..) })
    }

    /// The name is a digest, because ids are chosen by senders.
    fn file<P: Platform>(&self, endpoint: &str, delivery: &Delivery<P>) -> PathBuf {
        let first = delivery.item(0);
        let id = first.as_ref().map_or(delivery.id(), Delivery::id).as_str();
        let mut digest = Sha256::new();
        for part in [endpoint.as_bytes(), id.as_bytes(), delivery.body()] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let name: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.join(name)
    }

    fn remove_oldest(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for file in fs::read_dir(&self.0)? {
            let file = file?;
            files.push((file.metadata()?.modified()?, file.path()));
        }
        files.sort();
        let surplus = (files.len() + 1).saturating_sub(MOST);
        files.iter().take(surplus).try_for_each(|(_, file)| fs::remove_file(file))
    }
}
