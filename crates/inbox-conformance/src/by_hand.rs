//! The lines of persons and of attempts in the history.
//!
//! A store that loses the name or the reason of a person leaves an effect that nobody can explain.

use std::time::Duration;

use referral_webhooks_inbox::Reason;
use referral_webhooks_inbox::store::{Act, ByHand, Decoded, EntryId, Finish, HistoryLine, PruneRule, State, Store};

use crate::checks::checks;
use crate::samples::{
    AN_HOUR, LONG, SHORT, accept, claim_one, completed, discarded, entry, finish, let_short_lease_expire, process,
    sample, sample_at, sleep, state, stored, unreadable,
};

/// Returns the last line of an entry's history.
async fn last_line(store: &impl Store, id: EntryId) -> HistoryLine {
    store.history(id).await.unwrap().pop().expect("the history has a line")
}

checks!(
    mod by_hand {
        /// A person who asks later why a reward was paid twice finds the reason.
        async fn every_act_keeps_the_name_and_the_reason_of_a_person(store: impl Store) {
            let reason = Reason::from("ticket 4711");
            let dana = ByHand::new("dana").because(&reason);
            let assert_noted = async |id, what: &str| {
                let line = last_line(&store, id).await;
                let found = (line.what.as_str(), line.actor.as_str(), line.reason.as_deref(), line.by_hand);
                assert_eq!(found, (what, "dana", Some("ticket 4711"), true));
            };
            let id = completed(&store, "m1").await;
            assert!(store.redeliver(id, 2, dana).await.unwrap());
            assert_noted(id, "redelivered").await;
            claim_one(&store, LONG).await;
            assert!(store.release(id, dana).await.unwrap());
            assert_noted(id, "released").await;
            assert!(store.discard(id, "fraud".into(), dana).await.unwrap());
            assert_noted(id, "discarded").await;
            assert_eq!(entry(&store, id).await.reason.as_deref(), Some("fraud"), "the reason of the dead letter");
            assert!(store.cancel(id, dana).await.unwrap());
            assert_noted(id, "cancelled").await;
            assert!(store.mark_done(id, dana).await.unwrap());
            assert_noted(id, "marked_done").await;
            assert!(store.record(id, "revealed", dana).await.unwrap());
            assert_noted(id, "revealed").await;
            let parked = accept(&store, unreadable("m2")).await;
            assert!(store.redecode(parked, Decoded::default(), 2, dana).await.unwrap());
            assert_noted(parked, "redecoded").await;
            assert!(store.erase(id, dana).await.unwrap().is_erased());
            assert_noted(id, "erased").await;
            let reasons: Vec<_> = store.history(id).await.unwrap().into_iter().filter_map(|line| line.reason).collect();
            assert_eq!(reasons, ["ticket 4711"], "the reason of the erasure stays alone");
        }

        /// A reason is optional, and the programs' lines are not by hand.
        async fn a_line_without_a_person_is_not_by_hand(store: impl Store) {
            let id = discarded(&store, "m1").await;
            accept(&store, {
                let mut again = sample("m1", "{}");
                again.revives = true;
                again
            })
            .await;
            assert!(store.cancel(id, "dana".into()).await.unwrap());
            let lines = store.history(id).await.unwrap();
            let found: Vec<_> = lines.iter().map(|line| (line.what.as_str(), line.by_hand)).collect();
            assert_eq!(found, [("discarded", false), ("revived", false), ("cancelled", true)]);
            assert_eq!(lines[2].reason, None);
        }

        /// A record changes nothing else.
        async fn a_record_changes_only_the_history(store: impl Store) {
            let id = stored(&store, "m1", 3).await;
            let before = entry(&store, id).await;
            assert!(store.record(id, "revealed", "dana".into()).await.unwrap());
            assert_eq!(entry(&store, id).await, before);
            assert!(!store.record(EntryId(id.0 + 1), "revealed", "dana".into()).await.unwrap(), "an unknown id");
            let word = "ä".repeat(300);
            assert!(store.record(id, &word, (&word).into()).await.unwrap(), "an overlong word");
            assert_eq!(process(&store, Finish::Complete(None)).await.lease.id, id);
        }

        /// The list covers all entries, and each page continues after the previous one.
        async fn acts_are_listed_over_all_entries(store: impl Store) {
            assert_eq!(store.acts_by_hand(None, 10).await.unwrap(), []);
            let first = completed(&store, "m1").await;
            let second = accept(&store, sample_at("other", "m1", "{}")).await;
            for number in 0..5 {
                let reason = Reason::from(format!("reason {number}"));
                let id = if number % 2 == 0 { first } else { second };
                store.record(id, "revealed", ByHand::new("dana").because(&reason)).await.unwrap();
            }
            store.cancel(second, "robin".into()).await.unwrap();
            let (mut all, mut before): (Vec<Act>, _) = (Vec::new(), None);
            loop {
                let page = store.acts_by_hand(before, 4).await.unwrap();
                let Some(last) = page.last() else { break };
                before = Some(last.number);
                all.extend(page);
            }
            let found = |act: &Act| (act.entry, act.endpoint.clone(), act.line.reason.clone().unwrap_or_default());
            let found: Vec<_> = all.iter().map(found).collect();
            let row = |id, endpoint: &str, reason: &str| (id, endpoint.to_owned(), reason.to_owned());
            assert_eq!(
                found,
                [
                    row(second, "other", ""),
                    row(first, "shop", "reason 4"),
                    row(second, "other", "reason 3"),
                    row(first, "shop", "reason 2"),
                    row(second, "other", "reason 1"),
                    row(first, "shop", "reason 0"),
                ]
            );
            assert!(all.iter().all(|act| act.line.by_hand) && all.windows(2).all(|two| two[0].number > two[1].number));
            assert_eq!(all[0].line, last_line(&store, second).await);
            assert!(store.erase(first, "robin".into()).await.unwrap().is_erased());
            let reasons = store.acts_by_hand(None, 10).await.unwrap();
            assert!(reasons.iter().filter(|act| act.entry == first).all(|act| act.line.reason.is_none()), "erased");
            let zero = Duration::ZERO;
            store.prune(PruneRule::new("shop", zero, zero, Some(zero), 10)).await.unwrap();
            let left = store.acts_by_hand(None, 10).await.unwrap();
            assert!(left.iter().all(|act| act.entry == second), "the lines go with their entry: {left:?}");
        }

        /// A slow handler is visible in the history.
        async fn an_attempt_has_the_duration_since_its_claim(store: impl Store) {
            let ends = [
                Finish::Complete(None),
                Finish::Discard("why".into()),
                Finish::Park("why".into()),
                Finish::Hold("why".into()),
            ];
            for (number, end) in ends.into_iter().enumerate() {
                let id = stored(&store, &format!("m{number}"), 3).await;
                let lease = claim_one(&store, LONG).await.lease;
                sleep(60).await;
                assert!(store.extend(&lease).await.unwrap(), "an extension is part of the attempt");
                finish(&store, &lease, end.clone()).await;
                let took = last_line(&store, id).await.took.expect("an attempt ended");
                assert!((55..20_000).contains(&took.as_millis()), "{end:?}: {took:?}");
            }
            let id = stored(&store, "again", 3).await;
            process(&store, Finish::Retry(Duration::ZERO, "why".into())).await;
            assert!(last_line(&store, id).await.took.is_some_and(|took| took < AN_HOUR));
            let lease = claim_one(&store, LONG).await.lease;
            assert!(store.release(id, "dana".into()).await.unwrap());
            assert!(last_line(&store, id).await.took.is_some(), "a release ends an attempt");
            assert!(!store.finish(&lease, Finish::Complete(None)).await.unwrap());
            assert!(store.cancel(id, "dana".into()).await.unwrap());
            assert_eq!(last_line(&store, id).await.took, None, "no attempt ended");
        }

        /// The worker is gone, so its attempt took until its lease expired.
        async fn an_abandoned_attempt_took_its_lease(store: impl Store) {
            let id = stored(&store, "m1", 2).await;
            for attempt in 1..=2 {
                claim_one(&store, SHORT).await;
                let_short_lease_expire().await;
                if attempt == 2 {
                    crate::samples::assert_none_due(&store, "the last lease expired").await;
                    assert_eq!(state(&store, id).await, State::Discarded);
                }
            }
            for line in store.history(id).await.unwrap() {
                assert_eq!(line.what, "abandoned");
                let took = line.took.expect("an attempt ended").as_millis();
                assert!((SHORT.as_millis()..SHORT.as_millis() + 20).contains(&took), "{took}");
            }
        }
    }
);
