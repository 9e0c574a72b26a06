//! The acts of a person on single entries, on selections, and on everything that mentions a person.

use std::sync::Arc;

use referral_webhooks_inbox::store::{Filter, NewEntry, RefusedRequest, State, Store as _};
use referral_webhooks_inbox::{AnyIntake, ByHand, EntryId, Reason};
use time::OffsetDateTime;

use crate::support::{REFERRAL, accepted, claim, delivery, entry, inbox, redpin};

#[tokio::test]
async fn an_erasure_of_a_person_covers_refused_requests() {
    let (inbox, intake) = inbox();
    accepted(&intake, "m1").await;
    let of_ada = delivery(&intake.endpoint(), "m2", &REFERRAL.replace("r1", "ada@example.org"));
    let of_ada = intake.accept(&of_ada).await.unwrap().id();
    let refused = |endpoint: &str, second: i64, path: &str, body: &'static str| {
        let at = OffsetDateTime::from_unix_timestamp(1_700_000_000 + second).unwrap();
        let mut refused = RefusedRequest::new(endpoint, "redpin", "too-old", at);
        (refused.path, refused.body) = (path.to_owned(), body.into());
        refused
    };
    let requests = vec![
        refused("shop", 0, "/", r#"{"email":"ADA\u0040example.org"}"#),
        refused("shop", 1, "/", r#"{"email":"grace@example.org"}"#),
        refused("shop", 2, "/hooks?email=ada%40example.org", ""),
        refused("no-intake", 3, "/", "email=ada%40example.org"),
    ];
    inbox.store().keep_refused(requests, 10).await.unwrap();
    let concerned = inbox.count_where(|stored| stored.mentions("ada@example.org")).await.unwrap();
    assert_eq!((concerned.entries, concerned.refused), (1, 3), "counted before");
    let erased = inbox.erase_where(|stored| stored.mentions("ada@example.org"), "dana").await.unwrap();
    assert_eq!((erased.erased, erased.refused, erased.unverified), (1, 3, 0));
    assert!(!entry(inbox.store(), of_ada).await.has_body);
    let left = inbox.store().refused("shop").await.unwrap();
    assert!(left.len() == 1 && left[0].body.starts_with(b"{\"email\":\"grace"), "{left:?}");
    assert!(inbox.store().refused("no-intake").await.unwrap().is_empty());
    let concerned = inbox.count_where(|stored| stored.mentions("ada@example.org")).await.unwrap();
    assert_eq!((concerned.entries, concerned.refused), (0, 0));
}

#[tokio::test]
async fn a_selection_is_erased_within_its_limit() {
    let (inbox, intake) = inbox();
    let mut ids = Vec::new();
    for number in 0..6 {
        let name = if number < 4 { "ada@example.org" } else { "grace@example.org" };
        let body = REFERRAL.replace("r1", name);
        ids.push(intake.accept(&delivery(&intake.endpoint(), &format!("m{number}"), &body)).await.unwrap().id());
    }
    let running = claim(inbox.store(), 1, std::time::Duration::from_secs(30)).await.remove(0);
    assert_eq!(running.lease.id, ids[0]);
    let all = inbox.select(Filter::new().endpoint("shop")).await.unwrap();
    assert_eq!(all.count_where(|stored| stored.mentions("ada@")).await.unwrap(), 4);
    let reason = Reason::from("ticket 4711");
    let erased = all.clone().erase(2, ByHand::new("dana").because(&reason)).await.unwrap();
    assert_eq!((erased.erased, erased.running, erased.remaining), (1, 1, 4));
    let line = inbox.store().history(ids[1]).await.unwrap().pop().unwrap();
    assert_eq!((line.what.as_str(), line.reason.as_deref(), line.by_hand), ("erased", Some("ticket 4711"), true));
    let erased = all.erase_where(|stored| stored.mentions("ada@"), "dana").await.unwrap();
    assert_eq!((erased.erased, erased.running), (2, 1));
    for (number, want) in [true, false, false, false, true, true].into_iter().enumerate() {
        assert_eq!(entry(inbox.store(), ids[number]).await.has_body, want, "m{number}");
    }
    assert!(inbox.erase(ids[5], "dana").await.unwrap().is_erased());
    assert!(!inbox.erase(ids[0], "dana").await.unwrap().is_erased(), "it is running");
}

#[tokio::test]
async fn one_entry_and_a_selection_are_redecoded_by_intakes_of_any_platform() {
    let (inbox, intake) = inbox();
    let parked = async |id: &str| {
        let mut new = NewEntry::of("shop", &redpin(id), 3);
        new.unreadable = Some("unknown event name".to_owned());
        inbox.store().accept(new).await.unwrap().id()
    };
    let ids = [parked("m1").await, parked("m2").await, parked("m3").await];
    let state = async |id| entry(inbox.store(), id).await.state;
    let none: [Arc<dyn AnyIntake>; 0] = [];
    assert!(inbox.redecode(ids[0], &none, "dana").await.unwrap().is_none(), "no intake of its endpoint");
    let intakes: [Arc<dyn AnyIntake>; 1] = [Arc::new(intake)];
    assert!(inbox.redecode(EntryId(99), &intakes, "dana").await.unwrap().is_none(), "an unknown id");
    let redecoded = inbox.redecode(ids[1], &intakes, "dana").await.unwrap().unwrap();
    assert_eq!((redecoded.readable, redecoded.processed), (1, 1));
    assert_eq!([state(ids[0]).await, state(ids[1]).await], [State::Parked, State::Available]);
    for (filter, want) in [
        (Filter::new().endpoint("other"), 0),
        (Filter::new().state(State::Completed), 0),
        (Filter::new().only(ids[0]), 1),
        (Filter::new().state(State::Parked), 1),
    ] {
        let selection = inbox.select(filter.clone()).await.unwrap();
        let redecoded = selection.redecode(&intakes, "dana").await.unwrap();
        assert_eq!(redecoded.processed, want, "{filter:?}");
    }
    let acts = inbox.store().acts_by_hand(None, 10).await.unwrap();
    assert!(acts.len() == 3 && acts.iter().all(|act| act.line.what == "redecoded"), "{acts:?}");
}

#[tokio::test]
async fn the_role_of_a_secret_is_named() {
    let (inbox, intake) = inbox();
    let id = accepted(&intake, "m1").await;
    let secret = entry(inbox.store(), id).await.secret.unwrap();
    let role = inbox.secret_role("shop", secret).map(|role| role.to_string());
    assert!(role.is_some_and(|role| role.contains("current")), "it is the endpoint's");
    assert_eq!(inbox.secret_role("other", secret), None);
}
