//! Endpoints, set up as fixtures say.

use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{ConfigError, Endpoint, Tolerance, Variant};
use referral_webhooks_fixtures::Fixture;

/// How fixtures spell the variants.
const VARIANTS: [(&str, Variant); 8] = [
    ("raw-body", Variant::RawBody),
    ("form-payload", Variant::FormPayload),
    ("text-key", Variant::TextKey),
    ("hex-key", Variant::HexKey),
    ("timestamped", Variant::Timestamped),
    ("svix-headers", Variant::SvixHeaders),
    ("webhook-headers", Variant::WebhookHeaders),
    ("url-token", Variant::UrlToken),
];

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
        endpoint = endpoint.pin(variant(name, fixture))?;
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

fn variant(name: &str, fixture: &Fixture) -> Variant {
    let named = VARIANTS.into_iter().find(|(spelling, _)| *spelling == name);
    named.unwrap_or_else(|| panic!("{}: there is no variant `{name}`", fixture.path())).1
}

/// How fixtures spell a variant.
pub(crate) fn variant_name(variant: Variant) -> &'static str {
    VARIANTS.into_iter().find(|(_, named)| *named == variant).expect("fixtures spell every variant").0
}
