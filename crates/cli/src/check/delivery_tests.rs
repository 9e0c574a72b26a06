//! Tests of the deliveries of a run, over all platforms.

use std::collections::HashSet;

use referral_webhooks_fixtures::sample;

use super::*;

fn makers() -> Vec<Maker> {
    let maker = |sender: Sender| {
        let fixture = sample(&sender.name).expect("every platform has a sample");
        // A secret that can sign.
        let secret = sender.scheme.secret_from(&[7; 32]);
        let to = "http://localhost/hooks".parse().expect("valid");
        Maker::new(sender, &[&secret], to, fixture.request.into_body()).expect("the sample can be signed")
    };
    Sender::platforms().into_iter().map(maker).collect()
}

#[test]
fn every_delivery_of_every_platform_has_ids_of_its_own() {
    for mut maker in makers() {
        let (name, event) = (maker.sender.name.clone(), maker.event());
        let mut seen = HashSet::new();
        for _ in 0..3 {
            let delivery = maker.fresh();
            let ids = maker.ids(&delivery);
            assert!(!ids.is_empty(), "{name}");
            assert_eq!(
                (maker.sender.event_name(&delivery.body), maker.unread(&delivery.body)),
                (event.clone(), None),
                "{name}"
            );
            for id in ids {
                assert!(seen.insert(id.to_string()), "{name}: {id} twice by {:?}", maker.plan);
            }
            // A repeat has the same ids.
            assert!(maker.ids(&delivery).iter().all(|id| seen.contains(&id.to_string())), "{name}");
        }
    }
}

#[test]
fn a_forger_is_refused_at_every_platform() {
    for mut maker in makers() {
        let delivery = maker.fresh();
        let forger = maker.forger().expect("there is another secret");
        let forged = maker.signed_by(&forger, &delivery, OffsetDateTime::now_utc()).expect("it can be signed");
        assert!(maker.refuses(&forged), "{}", maker.sender.name);
        assert!(!maker.refuses(&maker.signed(&delivery).expect("it can be signed")), "{}", maker.sender.name);
    }
}

#[test]
fn a_test_is_marked_where_the_platform_has_a_mark() {
    for mut maker in makers() {
        let event = maker.event();
        maker.mark_as_test();
        let has_mark = ["refersion", "saasquatch"].contains(&maker.sender.name.as_str());
        assert_eq!((maker.is_test(), maker.event()), (has_mark, event), "{}", maker.sender.name);
    }
}

#[test]
fn an_unknown_event_is_accepted_and_unread() {
    let without: Vec<String> = makers()
        .into_iter()
        .filter_map(|mut maker| {
            let name = maker.sender.name.clone();
            let Some(delivery) = maker.unknown() else { return Some(name) };
            assert_ne!(maker.sender.event_name(&delivery.body), maker.event(), "{name}");
            assert!(!maker.refuses(&maker.signed(&delivery).expect("it can be signed")), "{name}");
            None
        })
        .collect();
    // Their bodies name no event.
    assert_eq!(without, ["refersion", "refir"]);
}
