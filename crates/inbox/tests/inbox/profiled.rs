//! Deliveries of a platform that is described by a profile.

use std::sync::Mutex;
use std::time::Duration;

use referral_webhooks::platform::loyaltylion::LoyaltyLion;
use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::profile::Profile;
use referral_webhooks::{Delivery, Endpoint, Message, Reply};
use referral_webhooks_inbox::store::{Accepted, Store as _};
use referral_webhooks_inbox::{Inbox, MemoryStore, Outcome};
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::support::{leaked, start};

fn endpoint() -> Endpoint<Profile> {
    let profile: Profile = serde_json::from_str(
        r#"{
            "name": "acme",
            "scheme": {"kind": "body-hmac", "header": "X-Acme-Signature"},
            "event": {"name": "/type", "id": "/id"},
            "personal": []
        }"#,
    )
    .unwrap();
    Endpoint::of(profile, "acme-signing-secret-7f3a").unwrap()
}

fn sent(body: &str) -> Delivery<Profile> {
    let now = OffsetDateTime::now_utc();
    endpoint().receive(&endpoint().sign(&Message::new(body, now)).unwrap(), now).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_event_of_a_profile_is_processed_once() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = inbox.intake("acme", endpoint()).unwrap();
    let paid = leaked::<Mutex<Vec<(String, Option<String>)>>>();
    let _running = start(inbox.worker().run(&intake, move |delivery, attempt| async move {
        let amount: Option<String> = delivery.event().get("/amount").unwrap();
        assert_eq!(delivery.event().name(), Some("reward.paid"));
        paid.lock().unwrap().push((attempt.id, amount));
        Outcome::Done
    }));
    for body in [
        r#"{"type":"reward.paid","id":7,"amount":"12.50"}"#,
        r#"{"type":"reward.paid","id":7,"amount":"12.50"}"#,
        r#"{"type":"reward.paid","id":8,"amount":"1.00"}"#,
    ] {
        assert_eq!(intake.receive(&sent(body)).await, Reply::Accepted);
        sleep(Duration::from_secs(60)).await;
    }
    let paid = paid.lock().unwrap();
    let want = [("7".to_owned(), Some("12.50".to_owned())), ("8".to_owned(), Some("1.00".to_owned()))];
    assert_eq!(*paid, want);
}

#[tokio::test]
async fn a_second_body_and_an_unreadable_one_wait_for_a_person() {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = inbox.intake("acme", endpoint()).unwrap();
    let first = sent(r#"{"type":"reward.paid","id":7,"amount":"12.50"}"#);
    assert!(matches!(intake.accept(&first).await.unwrap(), Accepted::Stored(_)));
    let other = sent(r#"{"type":"reward.paid","id":7,"amount":"99.00"}"#);
    assert!(matches!(intake.accept(&other).await.unwrap(), Accepted::Conflict(_)));
    // The two readers of a repeated member could pay twice.
    let twice = sent(r#"{"type":"reward.paid","id":9,"id":10,"amount":"1.00"}"#);
    intake.accept(&twice).await.unwrap();
    let stats = inbox.store().stats().await.unwrap();
    assert_eq!((stats.parked, stats.conflicts), (1, 1));
}

#[tokio::test]
async fn a_stored_delivery_opens_with_its_event() {
    let endpoint = endpoint();
    let delivery = sent(r#"{"type":"reward.paid","id":7}"#);
    let reopened = endpoint.reopen(delivery.stored()).unwrap();
    assert_eq!((reopened.id(), reopened.event().name()), (delivery.id(), Some("reward.paid")));
}

/// Accepts two attempts with one event and another time of sending, and returns what became of each.
async fn two_attempts<P: Platform>(endpoint: Endpoint<P>, bodies: [&str; 2]) -> [Accepted; 2] {
    let inbox = Inbox::new(MemoryStore::new());
    let intake = inbox.intake("shop", endpoint).unwrap();
    let now = OffsetDateTime::now_utc();
    let accept = async |body: &str| {
        let endpoint = intake.endpoint();
        let delivery = endpoint.receive(&endpoint.sign(&Message::new(body, now)).unwrap(), now).unwrap();
        intake.accept(&delivery).await.unwrap()
    };
    [accept(bodies[0]).await, accept(bodies[1]).await]
}

#[tokio::test(start_paused = true)]
async fn an_attempt_with_a_new_time_of_sending_is_a_repeat() {
    let lion = Endpoint::<LoyaltyLion>::new("loyaltylion-test-secret-1").unwrap();
    let body = |sent: &str, points: u32| {
        let payload = format!(r#"{{"properties":{{"points":{points}}}}}"#);
        format!(r#"{{"id":"e1","topic":"program_events/customer.enrolled","created_at":"{sent}","payload":{payload}}}"#)
    };
    let (first, again) = (body("2026-01-15T10:30:05.000Z", 1), body("2026-01-15T11:30:05.000Z", 1));
    let [new, repeat] = two_attempts(lion.clone(), [&first, &again]).await;
    assert!(matches!((new, repeat), (Accepted::Stored(_), Accepted::Repeated(_))), "{new:?} {repeat:?}");
    // Another content under the id is still noticed.
    let [_, other] = two_attempts(lion, [&first, &body("2026-01-15T11:30:05.000Z", 2)]).await;
    assert!(matches!(other, Accepted::Conflict(_)), "{other:?}");

    let profile: Profile = serde_json::from_str(
        r#"{
            "name": "sender",
            "scheme": {"kind": "body-hmac", "header": "X-Sender-Signature"},
            "event": {"name": "/type", "id": "/id"},
            "time": {"at": "/meta/sent", "unit": "s", "of": "sending"}
        }"#,
    )
    .unwrap();
    let endpoint = Endpoint::of(profile, "sender-signing-secret-7f3a").unwrap();
    let body = |sent: u32| format!(r#"{{"id":"e1","type":"a","meta":{{"sent":{sent}}}}}"#);
    let [_, repeat] = two_attempts(endpoint, [&body(1_768_473_000), &body(1_768_476_600)]).await;
    assert!(matches!(repeat, Accepted::Repeated(_)), "{repeat:?}");
}
