//! Endpoints with the settings of fixtures.

use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, EndpointError, Tolerance, Variant};
use referral_webhooks_fixtures::{Expected, Fixture};
use time::OffsetDateTime;

/// Returns the endpoint of a fixture.
///
/// If the fixture is received `late`, the endpoint accepts any age, unless the fixture is expected to be too old.
///
/// ```
/// use referral_webhooks::platform::redpin::Redpin;
///
/// let fixture = referral_webhooks_fixtures::sample("redpin").unwrap();
/// let endpoint = referral_webhooks_conformance::endpoint(Redpin, &fixture, false).unwrap();
/// assert_eq!(endpoint.contract().transient, 503);
/// ```
///
/// # Errors
///
/// If a secret or token is refused, or the scheme has no variant of the fixture's pin.
///
/// # Panics
///
/// If the fixture pins a variant that its scheme does not have. The panic names the fixture.
pub fn endpoint<P: Platform>(platform: P, fixture: &Fixture, late: bool) -> Result<Endpoint<P>, EndpointError> {
    let variants = platform.facts().scheme.variants();
    let mut endpoint = Endpoint::of(platform, fixture.secrets[0])?;
    for previous in &fixture.secrets[1..] {
        endpoint = endpoint.or_previous(previous)?;
    }
    for token in &fixture.tokens {
        endpoint = endpoint.and_url_token(token)?;
    }
    if let Some(name) = fixture.pin {
        let named: Option<&Variant> = variants.iter().find(|variant| variant.as_str() == name);
        let named = named.unwrap_or_else(|| panic!("{}: the scheme has no variant `{name}`", fixture.path()));
        endpoint = endpoint.pin(*named)?;
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

/// Returns the fixture's time of arrival.
pub(crate) fn arrival(fixture: &Fixture) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(fixture.now).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
