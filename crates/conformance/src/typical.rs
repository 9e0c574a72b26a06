//! The typical delivery among the fixtures, from which the other checks make their requests.

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Delivery, Endpoint};
use referral_webhooks_fixtures::{Expected, Fixture};
use time::OffsetDateTime;

use crate::set_up::{arrival, endpoint};

/// A delivery with its endpoint and its request.
pub(crate) struct Typical<'f, P: Platform> {
    pub(crate) platform: &'f P,
    pub(crate) endpoint: Endpoint<P>,
    pub(crate) fixture: &'f Fixture,
    pub(crate) now: OffsetDateTime,
    pub(crate) delivery: Delivery<P>,
}

impl<P: Platform> Typical<'_, P> {
    pub(crate) fn request(&self) -> &Request<Bytes> {
        &self.fixture.request
    }
}

/// Returns the sample, or the first fixture whose event is known. Fixtures with an unusual setting are left out.
pub(crate) fn typical<'f, P: Platform>(platform: &'f P, fixtures: &'f [Fixture]) -> Option<Typical<'f, P>> {
    let is_usual = |fixture: &&Fixture| {
        matches!(fixture.expected, Expected::Event(_)) && !fixture.accept_stale && fixture.tokens.is_empty()
    };
    let samples = fixtures.iter().filter(is_usual).filter(|fixture| fixture.is_sample);
    samples.chain(fixtures.iter().filter(is_usual)).find_map(|fixture| {
        let (endpoint, now) = (endpoint(platform.clone(), fixture, false).ok()?, arrival(fixture));
        let delivery = endpoint.receive(&fixture.request, now).ok()?;
        let is_known = delivery.event().other().is_none();
        is_known.then_some(Typical { platform, endpoint, fixture, now, delivery })
    })
}
