//! Endpoints with the settings of fixtures.

use referral_webhooks::platform::Platform;
use referral_webhooks::{ConfigError, Endpoint, Tolerance, Variant};
use referral_webhooks_fixtures::{Expected, Fixture};

/// Returns the endpoint of a fixture.
///
/// If the fixture is received `late`, the endpoint accepts any age, unless the fixture is expected to be too old.
pub(crate) fn endpoint<P: Platform + Default>(fixture: &Fixture, late: bool) -> Endpoint<P> {
    set_up(fixture, late).unwrap_or_else(|error| panic!("{}: {error}", fixture.path()))
}

fn set_up<P: Platform + Default>(fixture: &Fixture, late: bool) -> Result<Endpoint<P>, ConfigError> {
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
    if let Some(seconds) = fixture.tolerance {
        endpoint = endpoint.with_tolerance(Tolerance::seconds(seconds));
    }
    // A year exceeds every tolerance. A delivery that is too old stays so.
    let is_too_old = matches!(fixture.expected, Expected::Error { kind: "too-old", .. });
    if fixture.accept_stale || late && !is_too_old {
        endpoint = endpoint.dangerously_accept_stale();
    }
    if fixture.retry_bad_signatures {
        endpoint = endpoint.retry_bad_signatures();
    }
    Ok(match fixture.body_limit {
        Some(bytes) => endpoint.with_body_limit(bytes),
        None => endpoint,
    })
}

fn variant<P: Platform + Default>(name: &str, fixture: &Fixture) -> Variant {
    let named = P::default().facts().scheme.variants().iter().find(|variant| variant.as_str() == name);
    *named.unwrap_or_else(|| panic!("{}: the scheme has no variant `{name}`", fixture.path()))
}
