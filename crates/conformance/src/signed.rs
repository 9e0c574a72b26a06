//! An endpoint accepts the requests that it signs itself, and a retry has the id of the first attempt.

use referral_webhooks::Message;
use referral_webhooks::platform::Platform;
use time::Duration;

use crate::typical::Typical;

pub(crate) fn findings<P: Platform>(typical: &Typical<'_, P>) -> Vec<String> {
    let mut found = Vec::new();
    for variant in typical.platform.facts().scheme.variants() {
        let mut note = |what: String| found.push(format!("signed as `{}`: {what}", variant.as_str()));
        let mut ids = Vec::new();
        for later in [Duration::ZERO, Duration::seconds(100)] {
            let now = typical.now + later;
            let message = Message::new(typical.delivery.payload(), now).id("msg_1").variant(*variant);
            let message = if variant.as_str() == "form-payload" { message.as_form() } else { message };
            // A public key verifies, and signs no request.
            let Ok(request) = typical.endpoint.sign(&message) else { continue };
            if let Err(error) = typical.endpoint.check_head(request.uri(), request.headers()) {
                note(format!("the head is refused: {error}"));
            }
            match typical.endpoint.receive(&request, now) {
                Ok(delivery) => ids.push(delivery.id().clone()),
                // The fixture may pin one variant.
                Err(_) if typical.fixture.pin.is_some() => {}
                Err(error) => note(format!("the request is refused: {error}")),
            }
        }
        if ids.windows(2).any(|pair| pair[0] != pair[1]) {
            note(format!("a retry has another id: {ids:?}"));
        }
    }
    found
}
