//! The refused requests of all endpoints.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use crate::store::{RefusedRequest, Slot};

/// A request, with the time and the order of its writing.
#[derive(Debug)]
struct Kept {
    request: RefusedRequest,
    at: OffsetDateTime,
    written: i64,
}

/// The refused requests of all endpoints, by endpoint and slot.
#[derive(Debug, Default)]
pub(super) struct RefusedRows {
    rows: BTreeMap<(String, u32), Kept>,
    written: i64,
}

impl RefusedRows {
    pub(super) fn keep(&mut self, requests: Vec<RefusedRequest>, most: u32, at: OffsetDateTime) {
        for request in requests {
            self.written += 1;
            let of_endpoint = self.rows.iter().filter(|((endpoint, _), _)| *endpoint == request.endpoint);
            let slot = |((_, number), kept): (&(_, u32), &Kept)| Slot {
                number: *number,
                kind: kept.request.kind.clone(),
                written: kept.written,
            };
            let slots: Vec<_> = of_endpoint.map(slot).collect();
            let number = Slot::for_new(&slots, &request.kind, most);
            let key = (request.endpoint.clone(), number);
            self.rows.insert(key, Kept { request, at, written: self.written });
        }
    }

    pub(super) fn list(&self, endpoint: &str) -> Vec<RefusedRequest> {
        let mut kept: Vec<_> = self.rows.values().filter(|kept| kept.request.endpoint == endpoint).collect();
        kept.sort_by_key(|kept| std::cmp::Reverse((kept.request.at, kept.written)));
        kept.into_iter().map(|kept| kept.request.clone()).collect()
    }

    /// Returns the endpoints with the platform of their newest request and the number of their requests.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        let mut found = BTreeMap::<&str, (i64, &str, u64)>::new();
        for Kept { request, written, .. } in self.rows.values() {
            let newest = found.entry(&request.endpoint).or_insert((0, "", 0));
            if *written > newest.0 {
                (newest.0, newest.1) = (*written, &request.platform);
            }
            newest.2 += 1;
        }
        found.into_iter().map(|(endpoint, (_, platform, count))| (endpoint, platform, count))
    }

    /// Deletes requests, and returns whether there were any.
    pub(super) fn erase(&mut self, endpoint: &str, at: OffsetDateTime) -> bool {
        let before = self.rows.len();
        self.rows.retain(|(of, _), kept| of != endpoint || kept.request.at != at);
        self.rows.len() < before
    }

    pub(super) fn prune(&mut self, endpoint: &str, age: Duration, now: OffsetDateTime) {
        self.rows.retain(|(of, _), kept| of != endpoint || now - kept.at < age);
    }
}
