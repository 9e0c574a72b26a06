//! Endpoints, set up as fixtures say.

use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{ConfigError, Endpoint, Tolerance, Variant};
use referral_webhooks_fixtures::Fixture;

/// The endpoint that a fixture describes.
///
/// Who receives the fixture later than it says gives the difference as `widen`: deliveries may be that much older.
pub(crate) fn endpoint<P: Platform>(fixture: &Fixture, widen: Duration) -> Endpoint<P> {
    set_up(fixture, widen).unwrap_or_else(|error| panic!("{}: {error}", fixture.path()))
}

fn set_up<P: Platform>(fixture: &Fixture, widen: Duration) -> Result<Endpoint<P>, ConfigError> {
    let mut endpoint = Endpoint::new(fixture.secrets[0])?;
    for previous in &fixture.secrets[1..] {
        endpoint = endpoint.or_previous(previous)?;
    }
    for token in &fixture.tokens {
        endpoint = endpoint.and_url_token(token)?;
    }
    if let Some(name) = fixture.pin {
        endpoint = endpoint.pin(variant::<P>(name, fixture))?;
    }
    if fixture.tolerance.is_some() || !widen.is_zero() {
        let said = fixture.tolerance.map_or(P::TOLERANCE, Tolerance::seconds);
        endpoint = endpoint.tolerance(Tolerance::past_and_future(said.past() + widen, said.future()));
    }
    if fixture.accept_stale {
        endpoint = endpoint.dangerously_accept_stale();
    }
    if fixture.retry_bad_signatures {
        endpoint = endpoint.retry_bad_signatures();
    }
    Ok(match fixture.body_limit {
        Some(bytes) => endpoint.body_limit(bytes),
        None => endpoint,
    })
}

fn variant<P: Platform>(name: &str, fixture: &Fixture) -> Variant {
    let named = P::SCHEME.variants().iter().find(|variant| variant.as_str() == name);
    *named.unwrap_or_else(|| panic!("{}: the scheme has no variant `{name}`", fixture.path()))
}
