//! Deliveries of unusual kinds: sealed, pruned, of a tenant, one of several in a body, of an unknown platform.

use std::time::Duration;

use referral_webhooks::platform::friendbuy::Friendbuy;
use referral_webhooks::{Endpoint, Message, StoredDelivery};
use referral_webhooks_inbox::store::{NewEntry, PruneRule, Store as _};
use referral_webhooks_inbox::{KeyRing, Sealed};
use referral_webhooks_inspector::Platforms;
use referral_webhooks_inspector::mask::Mask;
use time::OffsetDateTime;

use crate::site::{PERSON, PERSONAL, Site, redpin};

const PARTS: [&str; 6] = ["", "?tab=request", "?tab=verification", "?tab=attempts", "?tab=related", "?tab=repeats"];

#[tokio::test]
async fn a_sealed_delivery_without_a_key_is_explained() {
    let site = Site::start().await;
    let ring =
        KeyRing::new("8J+dqlCr3hVhPq0d1LrZ5mB3uV1yX7cQm2oT9wKeR4s=", 1, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let sealed = Sealed::open(site.store.clone(), ring.unwrap()).await.unwrap();
    let id = sealed.accept(NewEntry::of("redpin-main", &redpin("msg_1", PERSON), 3)).await.unwrap().id();
    let mut dana = site.browser("dana", "all").await;
    for part in PARTS {
        let page = dana.get(&format!("/entries/{id}{part}")).await;
        assert_eq!(page.status, 200, "{part}");
        assert!(!page.text().contains("Reveal personal data"), "{part}");
    }
    let words = dana.get(&format!("/entries/{id}")).await.words();
    assert!(words.contains("The body is encrypted"), "{words}");
    assert!(dana.get(&format!("/entries/{id}?tab=request")).await.words().contains("The request is encrypted"));
}

#[tokio::test]
async fn a_pruned_delivery_is_explained() {
    let site = Site::start().await;
    let id = site.accept("msg_1", PERSON).await;
    site.inbox.cancel(id, "dana").await.unwrap();
    let rule = PruneRule::new("redpin-main", Duration::ZERO, None, None, 100);
    tokio::time::sleep(Duration::from_millis(20)).await;
    site.store.prune(rule).await.unwrap();
    assert!(site.store.body(id).await.unwrap().is_none(), "the body is pruned");
    let mut dana = site.browser("dana", "all").await;
    for part in PARTS {
        assert_eq!(dana.get(&format!("/entries/{id}{part}")).await.status, 200, "{part}");
    }
    let words = dana.get(&format!("/entries/{id}")).await.words();
    assert!(words.contains("The body was deleted after its period"), "{words}");
    assert!(words.contains("so it cannot be processed again"), "{words}");
}

#[tokio::test]
async fn one_event_of_a_body_says_which_it_is() {
    let site = Site::start().await;
    let endpoint = Endpoint::<Friendbuy>::new("friendbuy-test-secret").unwrap();
    let intake = site.inbox.intake("friendbuy", endpoint.clone()).unwrap();
    let fixture = referral_webhooks_fixtures::sample("friendbuy").unwrap();
    let now = OffsetDateTime::now_utc();
    let request = endpoint.sign(&Message::new(fixture.request.body().clone(), now)).unwrap();
    let accepted = intake.accept_items(&endpoint.receive(&request, now).unwrap()).await.unwrap();
    assert_eq!(accepted.len(), 2);
    let mut dana = site.browser("dana", "all").await;
    for (position, accepted) in accepted.iter().enumerate() {
        let page = dana.get(&format!("/entries/{}", accepted.id())).await;
        let words = page.words();
        assert!(words.contains(&format!("event {} of a body that holds several", position + 1)), "{words}");
        assert!(words.contains("The body holds 2 events"), "{words}");
        assert!(!page.text().contains("ada@"));
    }
}

#[tokio::test]
async fn a_tenant_is_named() {
    let site = Site::start().await;
    let entry = NewEntry::of("redpin-main", &redpin("msg_1", PERSON), 3).of_tenant("acme");
    let id = site.store.accept(entry).await.unwrap().id();
    let mut dana = site.browser("dana", "all").await;
    assert!(dana.get(&format!("/entries/{id}")).await.words().contains("tenant acme"));
    let words = dana.get(&format!("/entries/{id}?tab=verification")).await.words();
    assert!(words.contains("checked with the secret of this tenant"), "{words}");
}

#[tokio::test]
async fn the_event_of_an_unknown_platform_stays_masked() {
    let site = Site::start().await;
    let mut entry = NewEntry::of("redpin-main", &redpin("msg_1", PERSON), 3);
    entry.platform = "unheard-of";
    let id = site.store.accept(entry).await.unwrap().id();
    let mut dana = site.browser("dana", "all").await;
    for part in PARTS {
        let page = dana.get(&format!("/entries/{id}{part}")).await;
        assert_eq!(page.status, 200, "{part}");
        for text in PERSONAL {
            assert!(!page.text().contains(text), "{part} shows {text}");
        }
    }
    let words = dana.get(&format!("/entries/{id}")).await.words();
    assert!(words.contains("is not known to this program"), "{words}");
}

#[test]
fn a_profile_hides_its_personal_members() {
    let profile: referral_webhooks::profile::Profile = toml::from_str(
        r#"
        name = "inspected-kind"
        scheme = { kind = "body-hmac", header = "X-Inspected" }
        event.name = "/type"
        personal = ["/who"]
        "#,
    )
    .unwrap();
    let platforms = Platforms::built_in().with(profile);
    let body = r#"{"type":"paid","who":"gold","plan":"silver"}"#;
    let stored = StoredDelivery::new(http::HeaderMap::new(), body.into(), OffsetDateTime::UNIX_EPOCH, None);
    let masked = Mask::of(&platforms, "inspected-kind", &stored).body(body.as_bytes()).to_text().into_owned();
    assert_eq!(masked, r#"{"type":"paid","who":"•••","plan":"silver"}"#);
}
