//! Static secrets: no row of a store holds one, and the stored deliveries are processed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::refir::{Event, Refir};
use referral_webhooks::platform::{Facts, Platform, Signed};
use referral_webhooks::{BodyToken, DeliveryId, Endpoint, HeaderToken, Message, Scheme};
use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::{Inbox, KeepRefused, MemoryStore, Outcome};
use time::OffsetDateTime;
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::support::{claim, finished, leaked, start};

const TOKEN: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";
const OTHER: &str = "x5Jd8Qm2Zr7Tb4Nk9Wp3Lc6V";

/// A platform with the events of another one.
macro_rules! platform {
    ($name:ident, $scheme:expr) => {
        #[derive(Debug, Clone, Copy, Default)]
        struct $name;

        impl Platform for $name {
            type Event = Event;

            fn facts(&self) -> &Facts {
                static FACTS: OnceLock<Facts> = OnceLock::new();
                FACTS.get_or_init(|| Facts::new("static-secret", "Static Secret", $scheme, Refir.facts().contract))
            }

            fn decode(&self, payload: &Bytes) -> Event {
                Refir.decode(payload)
            }

            fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
                Refir.delivery_id(event, signed)
            }
        }
    };
}

platform!(InHeader, Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Bearer ")));
platform!(InMember, Scheme::BodyToken(BodyToken::new("key").or_form("payload")));

/// Returns the request of another sender, with a token that is another endpoint's.
fn forged<P: Platform + Default>() -> Request<Body> {
    let message = Message::new(r#"{"newLead":{"leadId":"u2"}}"#, OffsetDateTime::now_utc());
    Endpoint::<P>::new(OTHER).unwrap().sign(&message).unwrap().map(Body::from)
}

async fn check<P: Platform + Default>(as_form: bool) {
    let store = MemoryStore::new();
    let inbox = Inbox::new(store.clone());
    let intake = inbox.intake("shop", Endpoint::<P>::new(TOKEN).unwrap()).unwrap().keep_refused(KeepRefused::new());
    let body = format!(r#"{{"newLead":{{"leadId":"u1","name":"{TOKEN}"}},"extras":{{"key":"{TOKEN}"}}}}"#);
    let is_in_header = P::default().facts().scheme.reads(&http::header::AUTHORIZATION);
    let body = if is_in_header { r#"{"newLead":{"leadId":"u1"}}"#.to_owned() } else { body };
    let message = Message::new(body, OffsetDateTime::now_utc());
    let request = intake.endpoint().sign(&if as_form { message.as_form() } else { message }).unwrap();
    let sent = intake.service().oneshot(request.map(Body::from)).await.unwrap();
    assert_eq!(sent.status(), 200);

    let [claimed] = &claim(&store, 9, Duration::from_secs(1)).await[..] else { panic!("one entry is due") };
    let stored = claimed.delivery.as_ref().unwrap();
    let row = format!("{:?} {:?} {claimed:?}", stored.headers, stored.body);
    assert!(!row.contains(TOKEN) && !row.contains("rT7k"), "{row}");
    assert!(stored.seal.is_some());
    let id = claimed.lease.id;

    let handled = leaked::<AtomicUsize>();
    let running = start(inbox.worker().run(&intake, async move |delivery, _| {
        let seen = format!("{:?} {:?} {:?}", delivery.headers(), delivery.body(), delivery.payload());
        assert!(!seen.contains(TOKEN), "{seen}");
        handled.fetch_add(1, Ordering::Relaxed);
        Outcome::Done
    }));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(finished(&store, id).await.state, State::Completed);
    assert_eq!(handled.load(Ordering::Relaxed), 1);
    running.stop().await;

    assert_eq!(intake.service().oneshot(forged::<P>()).await.unwrap().status(), 404);
    sleep(Duration::from_secs(5)).await;
    let [refused] = &intake.refused().await.unwrap()[..] else { panic!("one request is kept") };
    assert_eq!((refused.kind.as_str(), refused.is_whole()), ("token-mismatch", true));
    let file = String::from_utf8(refused.to_http()).unwrap();
    assert!(!file.contains(OTHER) && file.contains("***"), "{file}");
}

#[tokio::test(start_paused = true)]
async fn no_row_and_no_handler_has_a_static_secret() {
    check::<InHeader>(false).await;
    check::<InMember>(false).await;
    check::<InMember>(true).await;
}
