//! Tenants of one endpoint share no id, no subject and no conflict, and have turns in claims.
//!
//! A store that forgets the tenant merges the events of two merchants, and pays one reward instead of two. A store without
//! turns lets the backlog of one merchant delay all others.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use referral_webhooks::Strength;
use referral_webhooks_inbox::store::{Accepted, Claim, ClaimRequest, Filter, Finish, NewEntry, State, Store};
use time::OffsetDateTime;

use crate::checks::checks;
use crate::samples::{
    LONG, SHORT, accept, assert_none_due, body, claim, claim_with_parked, entry, everything_finished, finish, ids,
    let_short_lease_expire, sample, sleep, unreadable,
};

/// Returns a sample of a tenant.
fn sample_of(tenant: &str, id: &str) -> NewEntry {
    sample(id, "{}").of_tenant(tenant)
}

/// Returns a sample about a subject of a tenant, at this place in its order.
fn about(tenant: &str, subject: &str, id: &str, place: i64) -> NewEntry {
    let mut new = sample_of(tenant, id).about(subject);
    new.ordered_at = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_750_000_000 + place);
    new
}

/// Stores a backlog of a tenant.
async fn backlog(store: &impl Store, tenant: &str, count: usize) {
    join_all((0..count).map(|number| store.accept(sample_of(tenant, &format!("{tenant}-{number}"))))).await;
}

/// Returns how many of these claims each tenant has.
fn shares(claims: &[Claim]) -> BTreeMap<&str, usize> {
    let mut shares = BTreeMap::new();
    for claim in claims {
        *shares.entry(claim.tenant.as_deref().unwrap_or_default()).or_default() += 1;
    }
    shares
}

checks!(
    mod tenants {
        /// Every way of reading an entry returns its tenant, and the tenant is a part of the id.
        async fn one_id_under_two_tenants_is_two_entries(store: impl Store) {
            let names = ["", "acme", "globex"];
            let mut entries = Vec::new();
            for tenant in names {
                let stored = store.accept(sample_of(tenant, "m1")).await.unwrap();
                assert!(matches!(stored, Accepted::Stored(_)), "{tenant}: {stored:?}");
                entries.push(stored.id());
            }
            for (tenant, id) in names.iter().zip(&entries) {
                assert_eq!(store.accept(sample_of(tenant, "m1")).await.unwrap(), Accepted::Repeated(*id), "{tenant}");
                assert_eq!(entry(&store, *id).await.tenant.as_deref().unwrap_or_default(), *tenant);
                assert_eq!(body(&store, *id).await.body.as_ref(), b"{}");
            }
            let mut claims = claim(&store, 10, LONG).await;
            claims.sort_by_key(|claim| claim.lease.id);
            let claimed: Vec<_> = claims.iter().map(|claim| claim.tenant.as_deref()).collect();
            assert_eq!(claimed, [None, Some("acme"), Some("globex")]);
            for claim in &claims {
                assert_eq!(claim.delivery.as_ref().expect("the body is kept").body.as_ref(), b"{}");
            }
        }

        /// A batch that contains one id under many tenants stores each of them.
        async fn simultaneous_tenants_with_one_id_are_all_stored(store: impl Store) {
            let sent = (0..60).map(|number| {
                let store = store.clone();
                tokio::spawn(async move { accept(&store, sample_of(&format!("t{}", number % 20), "m1")).await })
            });
            let entries: BTreeSet<_> = join_all(sent).await.into_iter().map(Result::unwrap).collect();
            assert_eq!(entries.len(), 20);
            assert_eq!(store.stats().await.unwrap().available, 20);
        }

        /// Another body conflicts with the entry of its own tenant only.
        async fn a_conflict_stays_within_its_tenant(store: impl Store) {
            for strength in [Strength::MessageId, Strength::BusinessFields] {
                let new = |tenant, body| {
                    let mut new = sample(&format!("{strength:?}"), body).of_tenant(tenant);
                    new.strength = strength;
                    new
                };
                let acme = accept(&store, new("acme", "{}")).await;
                let globex = store.accept(new("globex", "[1]")).await.unwrap();
                assert!(matches!(globex, Accepted::Stored(_)), "{globex:?}");
                for _ in 0..2 {
                    let other = store.accept(new("globex", "{}")).await.unwrap();
                    assert!(matches!(other, Accepted::Conflict(_)), "{other:?}");
                    let other = entry(&store, other.id()).await;
                    assert_eq!((other.tenant.as_deref(), other.conflict_of), (Some("globex"), Some(globex.id())));
                    assert_eq!(body(&store, other.id).await.body.as_ref(), b"{}");
                }
                assert_eq!(entry(&store, acme).await.conflicts, 0);
            }
        }

        /// A digest that comes too late is a conflict in its own tenant only.
        async fn a_late_repeat_is_judged_within_its_tenant(store: impl Store) {
            let digest = |tenant| {
                let mut new = sample_of(tenant, "digest");
                (new.strength, new.late_after) = (Strength::Digest, Some(Duration::from_millis(300)));
                new
            };
            let acme = accept(&store, digest("acme")).await;
            sleep(600).await;
            assert!(matches!(store.accept(digest("globex")).await.unwrap(), Accepted::Stored(_)));
            let late = store.accept(digest("acme")).await.unwrap();
            assert!(matches!(late, Accepted::Conflict(_)), "{late:?}");
            assert_eq!(entry(&store, late.id()).await.conflict_of, Some(acme));
        }

        /// One business key under two tenants is two facts. Within a tenant it is one, under any number of ids.
        async fn a_business_key_belongs_to_its_tenant(store: impl Store) {
            let keyed = |tenant, id| sample_of(tenant, id).with_business_key("reward 7, paid");
            for tenant in ["", "acme", "globex"] {
                let stored = store.accept(keyed(tenant, "m1")).await.unwrap();
                assert!(matches!(stored, Accepted::Stored(_)), "{tenant}: {stored:?}");
                let again = store.accept(keyed(tenant, "m2")).await.unwrap();
                assert!(matches!(again, Accepted::SameKey(_)), "{tenant}: {again:?}");
                let again = entry(&store, again.id()).await;
                assert_eq!(again.repeat_of, Some(stored.id()), "{tenant}");
                assert_eq!(again.tenant.as_deref().unwrap_or_default(), tenant);
            }
            assert_eq!(claim(&store, 10, LONG).await.len(), 3);
        }

        /// One subject's name under two tenants is two subjects.
        async fn a_subject_belongs_to_its_tenant(store: impl Store) {
            let mut first = Vec::new();
            for tenant in ["", "acme", "globex"] {
                first.push(accept(&store, about(tenant, "ada", "m1", 1)).await);
                accept(&store, about(tenant, "ada", "m2", 2)).await;
            }
            let mut claims = claim(&store, 10, LONG).await;
            claims.sort_by_key(|claim| claim.lease.id);
            assert_eq!(ids(&claims), first, "the first entry of each tenant");
            finish(&store, &claims[1].lease, Finish::Complete(None)).await;
            let next = claim(&store, 10, LONG).await;
            assert_eq!(
                (next.len(), next[0].tenant.as_deref(), next[0].delivery_id.contains("m2")),
                (1, Some("acme"), true)
            );
            assert_none_due(&store, "the other tenants' entries are running").await;
            assert_eq!(store.promote_orphans("shop").await.unwrap(), 0, "no subject is stranded");
        }

        /// A list shows one tenant's entries, with and without the other conditions.
        async fn a_list_shows_the_entries_of_one_tenant(store: impl Store) {
            let mut of_acme = Vec::new();
            for (tenant, id) in [("acme", "m1"), ("globex", "m1"), ("", "m1"), ("acme", "m2")] {
                let id = accept(&store, sample_of(tenant, id)).await;
                if tenant == "acme" {
                    of_acme.insert(0, id);
                }
            }
            let acme = || Filter::new().tenant("acme");
            for filter in [acme(), acme().endpoint("shop"), acme().state(State::Available), acme().with_body()] {
                let listed = store.list(filter.clone()).await.unwrap();
                assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), of_acme, "{filter:?}");
            }
            for (filter, count) in [
                (acme().endpoint("other"), 0),
                (acme().state(State::Parked), 0),
                (acme().unreadable(), 0),
                (acme().before(of_acme[0]), 1),
                (acme().most(1), 1),
                (Filter::new().tenant("initech"), 0),
                (Filter::new().tenant(""), 1),
                (Filter::new().tenant("").endpoint("shop").with_body(), 1),
                (Filter::new(), 4),
            ] {
                assert_eq!(store.list(filter.clone()).await.unwrap().len(), count, "{filter:?}");
            }
        }

        /// The first claim after a fresh delivery takes it, although the backlog is older and larger than a claim.
        async fn a_backlog_of_one_tenant_does_not_delay_another(store: impl Store) {
            backlog(&store, "acme", 300).await;
            assert_eq!(shares(&claim(&store, 10, LONG).await), BTreeMap::from([("acme", 10)]));
            for tenant in ["aaa", "globex", "zzz"] {
                let fresh = accept(&store, sample_of(tenant, "fresh")).await;
                let claims = claim(&store, 10, LONG).await;
                assert!(ids(&claims).contains(&fresh), "{tenant}: {claims:?}");
                assert_eq!(claims.len(), 10, "the backlog has the rest");
            }
        }

        /// Tenants with many due entries have equal shares, and their oldest entries are first.
        async fn tenants_have_equal_shares_of_a_claim(store: impl Store) {
            for tenant in ["acme", "globex", "initech"] {
                backlog(&store, tenant, 40).await;
                sleep(5).await;
            }
            let mut total = BTreeMap::new();
            for _ in 0..4 {
                let claims = claim(&store, 12, LONG).await;
                assert_eq!(claims.len(), 12);
                for (tenant, count) in shares(&claims) {
                    assert!((3..=5).contains(&count), "{tenant}: {count}");
                    *total.entry(tenant.to_owned()).or_insert(0) += count;
                }
            }
            assert_eq!(total.values().sum::<usize>(), 48);
            let oldest = store.list(Filter::new().tenant("globex").state(State::Running)).await.unwrap();
            let waiting = store.list(Filter::new().tenant("globex").state(State::Available)).await.unwrap();
            let due = |entry: &referral_webhooks_inbox::store::Entry| (entry.last_seen_at, entry.id);
            assert!(oldest.iter().map(due).max() < waiting.iter().map(due).min(), "the oldest are claimed first");
        }

        /// Claims smaller than the number of tenants reach each of them before one has a second turn.
        async fn claims_go_round_the_tenants(store: impl Store) {
            const TENANTS: usize = 30;
            for number in 0..TENANTS {
                backlog(&store, &format!("t{number:02}"), 8).await;
            }
            let mut turns = BTreeMap::new();
            for _ in 0..TENANTS / 5 + 2 {
                for claim in claim(&store, 5, LONG).await {
                    *turns.entry(claim.tenant.unwrap()).or_insert(0) += 1;
                }
            }
            assert_eq!(turns.len(), TENANTS, "each tenant had a turn: {turns:?}");
            assert!(turns.values().all(|count| *count <= 3), "{turns:?}");
        }

        /// A claim of one entry goes round, too, and entries without a tenant are among those that it reaches.
        async fn a_claim_of_one_entry_reaches_every_tenant(store: impl Store) {
            backlog(&store, "", 3).await;
            sleep(5).await;
            for tenant in ["acme", "globex"] {
                backlog(&store, tenant, 20).await;
            }
            let mut turns = BTreeSet::new();
            for _ in 0..6 {
                turns.extend(claim(&store, 1, LONG).await.into_iter().map(|claim| claim.tenant));
            }
            assert_eq!(turns, BTreeSet::from([None, Some("acme".to_owned()), Some("globex".to_owned())]));
        }

        /// A thousand tenants whose entries are due later do not hide the one behind them for long.
        async fn tenants_that_wait_do_not_hide_one_that_is_due(store: impl Store) {
            const TENANTS: usize = 1_200;
            join_all((0..TENANTS).map(|number| store.accept(sample_of(&format!("t{number:04}"), "m1")))).await;
            let mut left = TENANTS;
            while left > 0 {
                for claim in claim(&store, 300, LONG).await {
                    let later = Finish::Retry(Duration::from_secs(3_600), "later".into());
                    finish(&store, &claim.lease, later).await;
                    left -= 1;
                }
            }
            backlog(&store, "a", 60).await;
            accept(&store, sample_of("z", "fresh")).await;
            let mut claims = 0;
            while !claim(&store, 5, LONG).await.iter().any(|claim| claim.tenant.as_deref() == Some("z")) {
                claims += 1;
                assert!(claims < 6, "the tenant behind the waiting ones has no turn");
            }
        }

        /// The bound on bytes ends a claim early, and the tenants that it left out have the next turns.
        async fn tenants_with_large_bodies_have_turns(store: impl Store) {
            let large = format!("[{}1]", "1,".repeat(5_000));
            for tenant in ["acme", "globex", "initech", "umbrella"] {
                for number in 0..8 {
                    accept(&store, sample(&format!("{tenant}-{number}"), &large).of_tenant(tenant)).await;
                }
            }
            let mut turns = BTreeMap::new();
            for _ in 0..6 {
                let mut wanted = ClaimRequest::new("worker", &["shop".to_owned()], 8, LONG);
                wanted.most_bytes = 15_000;
                let claims = store.claim(wanted).await.unwrap();
                assert_eq!(claims.len(), 2);
                for claim in claims {
                    *turns.entry(claim.tenant.unwrap()).or_insert(0) += 1;
                }
            }
            assert_eq!(turns.len(), 4, "{turns:?}");
            assert!(turns.values().all(|count| (2..=4).contains(count)), "{turns:?}");
        }

        /// An entry that was abandoned twice is isolated behind a backlog of other tenants, too.
        async fn an_isolated_entry_has_its_turn_behind_a_backlog(store: impl Store) {
            let poison = accept(&store, sample_of("globex", "poison")).await;
            for _ in 0..2 {
                assert_eq!(ids(&claim(&store, 1, SHORT).await), [poison]);
                let_short_lease_expire().await;
            }
            // This claim finds the second expired lease, and lets the entry wait for a random part of the lease, which may be
            // over before the claim is.
            for early in claim(&store, 1, SHORT).await {
                assert!(early.isolated);
                finish(&store, &early.lease, Finish::Release).await;
            }
            backlog(&store, "acme", 80).await;
            backlog(&store, "initech", 80).await;
            let_short_lease_expire().await;
            for _ in 0..8 {
                let claims = claim(&store, 4, LONG).await;
                if claims[0].isolated {
                    assert_eq!(ids(&claims), [poison]);
                    return;
                }
            }
            panic!("the isolated entry has no turn");
        }

        /// Abandoned entries of every tenant are rescued, or are dead letters after their last attempt.
        async fn abandoned_entries_of_tenants_are_rescued(store: impl Store) {
            for tenant in ["acme", "globex"] {
                accept(&store, sample_of(tenant, "m1")).await;
                let mut last = sample_of(tenant, "m2");
                last.attempts = 1;
                accept(&store, last).await;
            }
            assert_eq!(claim(&store, 10, SHORT).await.len(), 4);
            backlog(&store, "initech", 40).await;
            let_short_lease_expire().await;
            let mut rescued = BTreeSet::new();
            for _ in 0..12 {
                let claims = claim(&store, 4, LONG).await;
                rescued.extend(claims.into_iter().filter(|claim| claim.lease.attempt == 2).map(|claim| claim.tenant));
            }
            assert_eq!(rescued.len(), 2, "{rescued:?}");
            assert_eq!(store.stats().await.unwrap().discarded, 2);
        }

        /// Parked entries of one subject's name are claimed for each tenant.
        async fn parked_entries_are_claimed_for_each_tenant(store: impl Store) {
            for tenant in ["", "acme", "globex"] {
                for id in ["m1", "m2"] {
                    accept(&store, unreadable(id).of_tenant(tenant).about("ada")).await;
                }
            }
            let claims = claim_with_parked(&store).await;
            assert_eq!(shares(&claims), BTreeMap::from([("", 1), ("acme", 1), ("globex", 1)]));
        }

        /// A rule of an endpoint prunes the entries of all its tenants, and a repeat afterwards is new.
        async fn one_rule_prunes_all_tenants(store: impl Store) {
            for tenant in ["", "acme", "globex"] {
                accept(&store, sample_of(tenant, "m1")).await;
            }
            for claim in claim(&store, 10, LONG).await {
                finish(&store, &claim.lease, Finish::Complete(None)).await;
            }
            sleep(20).await;
            let pruned = store.prune(everything_finished()).await.unwrap();
            assert_eq!((pruned.bodies, pruned.entries), (3, 3));
            for tenant in ["", "acme", "globex"] {
                let again = store.accept(sample_of(tenant, "m1")).await.unwrap();
                assert!(matches!(again, Accepted::Stored(_)), "{tenant}: {again:?}");
            }
        }
    }
);
