//! What every store promises, one check a promise.
//!
//! The macro [`store_checks!`](crate::store_checks) makes a test of each:
//!
//! ```
//! # mod doc {
//! use referral_webhooks_inbox::MemoryStore;
//!
//! async fn fresh() -> MemoryStore {
//!     MemoryStore::new()
//! }
//!
//! referral_webhooks_inbox_conformance::store_checks!(fresh);
//! # }
//! ```
//!
//! A check wants an empty store, and panics if the promise is broken. Some let a lease of 300 ms run out. The test crate
//! needs `tokio` with the features `macros` and `rt-multi-thread`.

#![allow(clippy::missing_panics_doc, reason = "a check panics where the promise is broken, as is said above")]

mod accepting;
mod acknowledged;
mod admin;
mod claiming;
mod conflicts;
mod leases;
mod limits;
mod marks;
mod model;
mod parked;
mod subjects;

use std::time::Duration;

use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Message};
use time::OffsetDateTime;

pub use accepting::*;
pub use acknowledged::*;
pub use admin::*;
pub use claiming::*;
pub use conflicts::*;
pub use leases::*;
pub use limits::*;
pub use marks::*;
pub use model::*;
pub use parked::*;
pub use subjects::*;

use referral_webhooks_inbox::store::State;
use referral_webhooks_inbox::store::{Accepted, Claim, Entry, EntryId, NewEntry};
use referral_webhooks_inbox::store::{ClaimRequest, Store};

/// Makes a test of every check; the argument is an async function that opens an empty store, and is called once a test.
#[macro_export]
macro_rules! store_checks {
    ($fresh:path) => {
        $crate::store_checks! { $fresh:
            // Accepting
            a_delivery_is_stored_once_and_repeats_are_counted
            concurrent_repeats_are_one_entry
            the_same_key_at_another_endpoint_is_another_entry
            another_body_under_a_key_is_a_dead_letter_of_its_own
            every_other_body_is_kept_without_a_limit
            other_bodies_at_once_are_each_stored_once
            a_conflict_is_processed_only_after_a_person_redelivers_it
            a_key_that_looks_like_a_conflict_loses_no_body
            another_spelling_of_a_digest_is_a_repeat
            a_late_repeat_of_a_digest_is_a_dead_letter_of_its_own
            a_repeat_is_known_in_every_state
            a_dead_letter_that_comes_again_is_processed_again
            a_dead_letter_may_stay_one
            a_revived_delivery_opens
            digests_are_flagged_as_derived_keys
            what_was_stored_opens_as_the_delivery_that_it_was
            many_senders_at_once_lose_nothing
            // Marks
            a_mark_is_written_once
            an_entry_with_another_seal_is_refused
            // Working
            two_workers_never_claim_the_same_entry
            the_oldest_is_claimed_first
            a_flood_at_one_endpoint_does_not_starve_another
            only_the_wanted_endpoints_are_claimed
            what_is_completed_is_not_claimed_again
            a_retry_waits_for_its_time
            retries_end_as_dead_letters
            a_discarded_entry_is_a_dead_letter_at_once
            giving_back_burns_no_attempt_and_reuses_no_number
            attempts_may_be_without_end
            waiting_ends_when_something_arrives
            // Parked
            an_unreadable_entry_is_parked_and_counted
            a_parked_entry_is_claimed_by_those_who_ask
            a_parked_entry_does_not_hold_up_its_subject
            a_parked_subject_is_claimed_one_at_a_time
            parking_burns_no_attempt
            a_parked_entry_that_can_be_read_now_is_due
            a_parked_entry_that_can_be_read_now_takes_its_turn
            a_repeat_restores_a_body_that_a_person_needs
            // Leases
            a_lease_that_ran_out_is_rescued_and_counted
            what_failed_and_was_then_left_once_is_rescued_at_once
            a_lost_lease_ends_nothing
            an_extended_lease_is_kept
            dying_on_the_last_attempt_leaves_a_dead_letter
            what_was_lost_together_twice_is_not_taken_up_together_again
            what_was_lost_twice_is_claimed_alone
            a_reason_in_the_words_of_an_expired_lease_isolates_nothing
            fresh_attempts_forget_expired_leases
            a_lease_lasts_an_hour_at_most
            // Subjects
            a_subject_is_processed_one_at_a_time_in_its_order
            a_retry_keeps_its_place_and_a_dead_letter_gives_it_up
            a_subject_whose_worker_died_goes_on
            many_workers_never_run_a_subject_twice
            what_was_erased_holds_nobody_up
            an_entry_behind_another_of_its_subject_is_waiting
            a_subject_at_another_endpoint_is_another_subject
            every_end_of_an_entry_promotes_the_next
            an_entry_that_is_due_again_takes_its_turn
            // By hand
            redelivery_gives_fresh_attempts
            runs_count_what_was_wanted_again
            what_is_unfinished_is_not_redelivered
            a_dead_letter_that_can_be_read_now_is_processed
            what_waits_for_a_worker_or_a_person_is_cancelled
            a_released_entry_is_due_and_its_old_lease_is_void
            erasing_keeps_the_key_and_the_history
            what_was_erased_or_forgotten_does_not_come_back
            what_is_being_processed_is_not_erased
            pruning_forgets_bodies_first_and_unfinished_entries_never
            what_waits_for_a_person_is_kept_with_its_id
            an_id_without_a_signed_time_is_never_pruned
            a_repeat_without_a_signed_time_keeps_the_id_of_its_entry
            pruning_is_bounded
            pruning_is_bounded_by_bytes
            pruning_leaves_other_endpoints_alone
            lists_are_filtered_and_paged
            the_body_of_every_entry_can_be_read
            a_store_that_works_can_be_probed
            // Numbers
            no_duration_of_a_caller_keeps_an_entry_for_long
            a_sweep_with_any_bounds_ends
            every_number_of_a_caller_is_taken
            a_claim_is_bounded_by_bytes
            // Everything at once
            any_order_of_calls_keeps_the_rules
            every_acknowledged_delivery_is_seen
            the_numbers_say_what_waits
        }
    };
    ($fresh:path: $($check:ident)+) => {
        $(
            #[tokio::test]
            async fn $check() {
                $crate::$check($fresh().await).await;
            }
        )+
    };
}

/// The lease of checks that let it run out.
const SHORT: Duration = Duration::from_millis(300);

/// The lease of all others.
const LONG: Duration = Duration::from_secs(30);

/// A secret as good as any.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The endpoint behind all sample entries.
fn endpoint() -> Endpoint<Redpin> {
    Endpoint::new(SECRET).expect("the secret is one of Svix's examples")
}

/// A genuine delivery with this key, stored under this endpoint's name.
fn sample(endpoint_name: &str, key: &str, body: &str, attempts: u32) -> NewEntry {
    let now = OffsetDateTime::now_utc();
    let request = endpoint().sign(&Message::new(body, now).id(key)).expect("keys of samples can be signed");
    let delivery = endpoint().receive(&request, now).expect("it was signed with the endpoint's secret");
    // Stores judge no event: whether it can be read is up to the check.
    with(NewEntry::of(endpoint_name, &delivery, attempts), |it| it.unreadable = None)
}

/// Stores a sample at the endpoint `shop`.
async fn stored<S: Store>(store: &S, key: &str, attempts: u32) -> EntryId {
    match store.accept(sample("shop", key, "{}", attempts)).await {
        Ok(Accepted::Stored(id)) => id,
        other => panic!("`{key}` was not stored: {other:?}"),
    }
}

async fn claimed<S: Store>(store: &S, most: usize, lease: Duration) -> Vec<Claim> {
    let wanted = ClaimRequest::new("worker", &["shop".to_owned()], most, lease);
    store.claim(wanted).await.expect("the store claims")
}

/// Claims the only entry that is due.
async fn claimed_one<S: Store>(store: &S, lease: Duration) -> Claim {
    let mut claims = claimed(store, 10, lease).await;
    assert_eq!(claims.len(), 1, "exactly one entry is due");
    claims.remove(0)
}

async fn entry<S: Store>(store: &S, id: EntryId) -> Entry {
    store.get(id).await.expect("the store reads").expect("the entry is kept")
}

async fn state<S: Store>(store: &S, id: EntryId) -> State {
    entry(store, id).await.state
}

async fn history<S: Store>(store: &S, id: EntryId) -> Vec<String> {
    store.history(id).await.expect("the store reads").into_iter().map(|event| event.what).collect()
}

/// Returns the value after a change.
fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
