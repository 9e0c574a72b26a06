//! Deletion while the database's clock is wrong, and after it was corrected.

use std::time::Duration;

use referral_webhooks::Strength;
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Accepted, ClaimRequest, Finish, NewEntry, PruneRule, Pruned};
use referral_webhooks_inbox::store::{SqlStore as _, Store as _};
use time::OffsetDateTime;

use super::support::{LONG, Shop, redpin, shop};
use crate::engine::{Other, Store, open};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Shop {
    /// Steps the database's clock by this many milliseconds: moves all times in the tables back by as much.
    pub(crate) async fn step_clock(&self, step: i64) {
        let steps = [
            "UPDATE inbox_clock SET proven_at = proven_at - $1, unsettled_from = unsettled_from - $1, \
             held_from = held_from - $1, held_until = held_until - $1, written_at = written_at - $1",
            "UPDATE inbox_entry SET last_seen_at = last_seen_at - $1, finished_at = finished_at - $1, \
             next_at = next_at - $1",
        ];
        for statement in steps {
            sqlx::query(statement).bind(step).execute(&mut self.connection().await).await.unwrap();
        }
    }

    async fn change(&self, statement: &'static str) {
        sqlx::query(statement).execute(&mut self.connection().await).await.unwrap();
    }

    async fn ended(&self, delivery_id: &str, finish: Finish) -> EntryId {
        let id = self.accepted(delivery_id).await;
        let lease = self.claimed(LONG).await;
        assert!(self.store.finish(&lease, finish).await.unwrap());
        id
    }

    /// Makes an entry of each kind that is pruned: completed, a dead letter, cancelled.
    async fn finished(&self) -> [EntryId; 3] {
        let completed = self.ended("completed", Finish::Complete(None)).await;
        let discarded = self.ended("discarded", Finish::Discard("never".into())).await;
        let cancelled = self.accepted("cancelled").await;
        assert!(self.store.cancel(cancelled, "operator".into()).await.unwrap());
        [completed, discarded, cancelled]
    }
}

/// Prunes everything older than this.
async fn pruned(store: &Store, age: i64) -> Pruned {
    let age = Duration::from_millis(age.unsigned_abs());
    store.prune(PruneRule::new("shop", age, age, Some(age), 100)).await.unwrap()
}

const NOTHING: Pruned = Pruned { bodies: 0, entries: 0, is_more: false };

#[tokio::test]
async fn a_clock_that_is_ahead_deletes_neither_bodies_nor_ids() {
    for step in [HOUR, 100 * DAY, 200 * DAY] {
        for is_restarted in [false, true] {
            let shop = shop().await;
            let ids = shop.finished().await;
            assert_eq!(pruned(&shop.store, step / 2).await, NOTHING);
            shop.step_clock(step).await;
            let store = if is_restarted { open(&shop.database.url).await } else { shop.store.clone() };
            for _ in 0..3 {
                assert_eq!(pruned(&store, step / 2).await, NOTHING, "{step}, {is_restarted}");
            }
            let ahead = i64::try_from(store.stats().await.unwrap().clock_ahead.as_millis()).unwrap();
            assert!((step - MINUTE..step + MINUTE).contains(&ahead), "{ahead} instead of {step}");
            shop.step_clock(-step).await;
            assert_eq!(pruned(&store, step / 2).await, NOTHING, "{step}, {is_restarted}");
            assert_eq!(store.stats().await.unwrap().clock_ahead, Duration::ZERO);
            for id in ids {
                assert!(store.get(id).await.unwrap().unwrap().has_body, "{step}, {is_restarted}");
            }
            let again = shop.intake.accept(&redpin("completed")).await.unwrap();
            assert_eq!(again, Accepted::Repeated(ids[0]), "{step}, {is_restarted}");
        }
    }
}

#[tokio::test]
async fn entries_past_their_age_are_deleted() {
    for is_restarted in [false, true] {
        let shop = shop().await;
        let ids = shop.finished().await;
        shop.change("UPDATE inbox_entry SET finished_at = finished_at - 8640000000, last_seen_at = finished_at").await;
        let kept = shop.ended("kept", Finish::Complete(None)).await;
        let store = if is_restarted { open(&shop.database.url).await } else { shop.store.clone() };
        assert_eq!(pruned(&store, 101 * DAY).await, NOTHING);
        shop.change("UPDATE inbox_entry SET last_seen_at = finished_at").await;
        assert_eq!(pruned(&store, 99 * DAY).await, Pruned { bodies: 3, entries: 3, is_more: false }, "{is_restarted}");
        for id in ids {
            assert!(store.get(id).await.unwrap().is_none());
        }
        assert!(store.get(kept).await.unwrap().unwrap().has_body);
    }
}

#[tokio::test]
async fn a_jump_that_has_lasted_a_day_is_accepted() {
    // The clock had been right for a long time before, so its stamps are trusted.
    for (is_settled, want) in [(true, Pruned { bodies: 3, entries: 3, is_more: false }), (false, NOTHING)] {
        let shop = shop().await;
        shop.finished().await;
        if is_settled {
            shop.change("UPDATE inbox_clock SET unsettled_from = NULL").await;
        }
        let age = 99 * DAY;
        shop.step_clock(100 * DAY).await;
        assert_eq!(pruned(&shop.store, age).await, NOTHING);
        shop.change("UPDATE inbox_clock SET lasted = 86400000 - 100").await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(pruned(&shop.store, age).await, want, "settled: {is_settled}");
        assert_eq!(shop.store.stats().await.unwrap().clock_ahead, Duration::ZERO);
    }
}

#[tokio::test]
async fn an_end_under_a_slow_clock_is_stamped_with_now() {
    for step in [HOUR, 100 * DAY, 200 * DAY] {
        let shop = shop().await;
        let repeated = shop.ended("repeated", Finish::Complete(None)).await;
        shop.step_clock(-step).await;
        let mut ids = shop.finished().await.to_vec();
        let erased = shop.accepted("erased").await;
        assert!(shop.store.erase(erased, "operator".into()).await.unwrap().is_erased());
        let elsewhere = shop.accepted("elsewhere").await;
        let lease = shop.claimed(LONG).await;
        assert_eq!(Other::pays(&shop.database.url, "elsewhere", shop.store.completion(&lease), true).await, 1);
        let died = shop.accepted("died").await;
        shop.change("UPDATE inbox_entry SET last_attempt = 1 WHERE delivery_id = 'died'").await;
        shop.claimed(Duration::from_millis(1)).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let wanted = ClaimRequest::new("another", &["shop".to_owned()], 1, LONG);
        assert!(shop.store.claim(wanted).await.unwrap().is_empty());
        assert_eq!(shop.intake.accept(&redpin("repeated")).await.unwrap(), Accepted::Repeated(repeated));
        ids.extend([erased, elsewhere, died]);
        shop.step_clock(step).await;
        let earliest = OffsetDateTime::now_utc() - time::Duration::minutes(1);
        for id in ids {
            let entry = shop.store.get(id).await.unwrap().unwrap();
            assert!(entry.finished_at.unwrap() >= earliest, "{step}: {entry:?}");
        }
        assert!(shop.store.get(repeated).await.unwrap().unwrap().last_seen_at >= earliest, "{step}");
        assert_eq!(pruned(&shop.store, step / 2).await, NOTHING, "{step}");
    }
}

/// Two events with the same bytes have one digest. Under a wrong clock neither is lost, and the second is not paid.
#[tokio::test]
async fn a_late_digest_is_kept_whatever_the_clock_was() {
    let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
    let digest = || {
        let mut new = NewEntry::of("shop", &redpin("digest"), 3);
        (new.strength, new.late_after) = (Strength::Digest, Some(days(3)));
        new
    };
    for error in [0, HOUR, -HOUR, 100 * DAY, -100 * DAY, 200 * DAY, -200 * DAY] {
        for is_corrected in [false, true] {
            for is_late in [false, true] {
                let shop = shop().await;
                // The earlier entry has set proven time by the right clock.
                shop.accepted("before").await;
                shop.step_clock(error).await;
                let first = shop.store.accept(digest()).await.unwrap().id();
                if is_corrected {
                    shop.step_clock(-error).await;
                }
                if is_late {
                    shop.step_clock(10 * DAY).await;
                    if error < 0 && !is_corrected {
                        // The process runs meanwhile, so that proven time advances.
                        shop.change("UPDATE inbox_clock SET proven_at = proven_at + 864000000").await;
                    }
                }
                let case = format!("{error} ms, corrected: {is_corrected}, late: {is_late}");
                let again = shop.store.accept(digest()).await.unwrap();
                // After a correction in between, the age is unknown. The delivery is kept, and an operator decides.
                let is_kept = is_late || is_corrected && error.abs() > 3 * DAY && error > 0;
                match is_kept {
                    true => assert!(matches!(again, Accepted::Conflict(id) if id != first), "{case}: {again:?}"),
                    false => assert_eq!(again, Accepted::Repeated(first), "{case}"),
                }
                let stats = shop.store.stats().await.unwrap();
                assert_eq!((stats.available, stats.conflicts), (2, u64::from(is_kept)), "{case}");
                // The retry of the second event is a repeat again.
                let retry = shop.store.accept(digest()).await.unwrap();
                assert_eq!(retry, Accepted::Repeated(first), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn without_proven_time_only_deletion_stops() {
    let shop = shop().await;
    shop.change("DELETE FROM inbox_clock").await;
    let ids = shop.finished().await;
    let rule = PruneRule::new("shop", Duration::ZERO, Duration::ZERO, Some(Duration::ZERO), 100);
    assert!(shop.store.prune(rule).await.is_err());
    assert_eq!(shop.intake.accept(&redpin("completed")).await.unwrap(), Accepted::Repeated(ids[0]));
    assert_eq!(shop.store.stats().await.unwrap().clock_ahead, Duration::ZERO);
}
