//! Every fixture has its expected outcome.

use std::time::Duration;

use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Trust};
use referral_webhooks_fixtures::Fixture;
use time::OffsetDateTime;

use crate::outcome::{differences, outcome};
use crate::set_up::{arrival, endpoint};

/// A delay that exceeds every tolerance, and some seconds.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60 + 20);

const ORIGINS: [&str; 3] = ["documented", "captured", "assumed"];

pub(crate) fn findings<P: Platform>(platform: &P, fixtures: &[Fixture]) -> Vec<String> {
    let mut found = Vec::new();
    for fixture in fixtures {
        let mut note = |what: String| found.push(format!("{}: {what}", fixture.path()));
        if !fixture.sources.iter().all(|source| ORIGINS.iter().any(|origin| source.starts_with(origin))) {
            note(format!("a source begins with none of {ORIGINS:?}"));
        }
        for later in [Duration::ZERO, YEAR] {
            let late = !later.is_zero();
            let endpoint = match endpoint(platform.clone(), fixture, late) {
                Ok(endpoint) => endpoint,
                Err(error) => {
                    note(format!("no endpoint: {error}"));
                    continue;
                }
            };
            let now = arrival(fixture) + later;
            let received = receive(&endpoint, fixture, now);
            let mut mismatches = differences(&endpoint, &received, fixture, late);
            mismatches.extend(without_the_head(&endpoint, &received, fixture, now));
            let when = if late { "a year late: " } else { "" };
            mismatches.into_iter().for_each(|what| note(format!("{when}{what}")));
        }
    }
    found
}

/// Receives in the order of a web server: the head, then the received part of the body, then the whole.
fn receive<P: Platform>(endpoint: &Endpoint<P>, fixture: &Fixture, now: OffsetDateTime) -> Result<Delivery<P>, Error> {
    let request = &fixture.request;
    endpoint.check_head(request.uri(), request.headers())?;
    if request.body().len() < fixture.content_length {
        return Err(ErrorKind::BodyIncomplete.into());
    }
    endpoint.receive(request, now)
}

/// Returns the difference for a caller that does not check the head first.
fn without_the_head<P: Platform>(
    endpoint: &Endpoint<P>,
    received: &Result<Delivery<P>, Error>,
    fixture: &Fixture,
    now: OffsetDateTime,
) -> Option<String> {
    let owned = endpoint.receive_owned(fixture.request.clone(), now);
    match (received, &owned) {
        (Err(error), _) if error.kind() == ErrorKind::BodyIncomplete => None,
        (Err(error), Err(same)) if error.kind() == same.kind() => None,
        (Ok(delivery), Ok(same)) if outcome(delivery) == outcome(same) => {
            if delivery.trust() == Trust::SharedSecret {
                return shows_secret(same, fixture).then(|| "the delivery shows its secret".to_owned());
            }
            let is_whole = same.body() == fixture.request.body() && same.headers() == fixture.request.headers();
            (!is_whole).then(|| "the delivery's headers and body are not the request's".to_owned())
        }
        _ => Some(format!("received {received:?}, received owned {owned:?}")),
    }
}

/// Returns whether a delivery has its static secret in a header or in the body.
fn shows_secret<P: Platform>(delivery: &Delivery<P>, fixture: &Fixture) -> bool {
    let values = delivery.headers().values().map(|value| value.as_bytes());
    let parts: Vec<&[u8]> = values.chain([&delivery.body()[..]]).collect();
    let shows =
        |secret: &&str| parts.iter().any(|part| part.windows(secret.len()).any(|text| text == secret.as_bytes()));
    fixture.secrets.iter().any(shows)
}
