//! A stored delivery reopens unchanged, and an altered one is refused.

use referral_webhooks::platform::Platform;
use referral_webhooks_fixtures::{Expected, Fixture};

use crate::outcome::outcome;
use crate::set_up::{arrival, endpoint};

pub(crate) fn findings<P: Platform>(platform: &P, fixtures: &[Fixture]) -> Vec<String> {
    let mut found = Vec::new();
    for fixture in fixtures.iter().filter(|fixture| matches!(fixture.expected, Expected::Event(_))) {
        let mut note = |what: String| found.push(format!("{}, stored: {what}", fixture.path()));
        // The walk reports fixtures without an endpoint, and refused ones.
        let Ok(endpoint) = endpoint(platform.clone(), fixture, false) else { continue };
        let Ok(delivery) = endpoint.receive(&fixture.request, arrival(fixture)) else { continue };
        match endpoint.reopen(delivery.stored()) {
            Ok(again) => {
                let is_same = outcome(&again) == outcome(&delivery)
                    && (again.signed_at(), again.body()) == (delivery.signed_at(), delivery.body());
                if !is_same || again.stored() != delivery.stored() {
                    note(format!("it reopens as {again:?}, and was {delivery:?}"));
                }
            }
            Err(error) => note(format!("it does not reopen: {error}")),
        }
        let mut altered = delivery.stored();
        altered.body = [&altered.body[..], b" "].concat().into();
        if endpoint.reopen(altered).is_ok() {
            note("it reopens with another body".to_owned());
        }
    }
    found
}
