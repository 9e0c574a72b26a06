//! Endpoints with the settings of fixtures.

use referral_webhooks::Endpoint;
use referral_webhooks::platform::Platform;
use referral_webhooks_fixtures::Fixture;

/// Returns the endpoint of a fixture.
///
/// If the fixture is received `late`, the endpoint accepts any age, unless the fixture is expected to be too old.
pub(crate) fn endpoint<P: Platform + Default>(fixture: &Fixture, late: bool) -> Endpoint<P> {
    let endpoint = referral_webhooks_conformance::endpoint(P::default(), fixture, late);
    endpoint.unwrap_or_else(|error| panic!("{}: {error}", fixture.path()))
}
