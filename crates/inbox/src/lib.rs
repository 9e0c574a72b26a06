//! A durable inbox: acknowledged means stored, stored means processed.
//!
//! A delivery is verified, stored, acknowledged, and then processed by a handler that may fail, wait and die:
//!
//! 1. [`Inbox::intake`] takes an endpoint in; [`Intake::receive`] stores a delivery and says what to tell the platform.
//! 2. [`Inbox::worker`] takes entries out and hands them to your handlers, as a
//!    [`Delivery`](referral_webhooks::Delivery) that was verified again.
//! 3. [`Inbox::store`] shows the entries, dead letters and parked ones among them. A person
//!    [redelivers](Inbox::redeliver) an entry, [dismisses](Inbox::cancel) it, or [takes](Inbox::release) it from its
//!    worker.
//!
//! ```
//! use referral_webhooks::platform::redpin::{Event, Redpin};
//! use referral_webhooks::{Delivery, Endpoint};
//! use referral_webhooks_inbox::{Attempt, Inbox, MemoryStore, Outcome};
//! use tokio_util::sync::CancellationToken;
//!
//! async fn credit(delivery: Delivery<Redpin>, attempt: Attempt) -> Outcome {
//!     match delivery.event() {
//!         Event::ReferralCreated(referral) => {
//!             println!("{}: {:?}", attempt.id, referral.status);
//!             Outcome::Done
//!         }
//!         // Events that this version does not know come to no handler that does not ask for them.
//!         _ => Outcome::Ignored("no reward for it".into()),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // For tests. Give it one of `referral-webhooks-inbox-sqlx` where deliveries must not be lost.
//! let inbox = Inbox::new(MemoryStore::new());
//! let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//!
//! let shutdown = CancellationToken::new();
//! let worker = tokio::spawn(inbox.worker().run(&redpin, credit).until(shutdown.clone()));
//! // Here the server runs; its handler is `redpin.receive(&delivery)`.
//! shutdown.cancel();
//! worker.await?;
//! # Ok(())
//! # }
//! ```
//!
//! The ready-made routes verify, store and answer: `Intake::service` for axum, hyper and others, with the feature
//! `tower`; `Intake::configure` for actix-web, with the feature `actix`.
//!
//! # What is promised
//!
//! Each promise has a check in `referral-webhooks-inbox-conformance`, which every store passes, or a test of that name in this crate.
//!
//! - **Acknowledged means stored.** [`Reply::Accepted`](referral_webhooks::Reply::Accepted) comes after the store said
//!   that the entry is durable. Over the budget, with a full queue or a broken store the platform is asked to send it
//!   again (`a_store_that_hangs_is_answered_within_the_budget`, `a_full_queue_is_answered_at_once`,
//!   `a_broken_store_asks_for_another_try`).
//! - **One entry per endpoint and id**, whatever comes at once, and after it was completed
//!   (`concurrent_repeats_are_one_entry`, `a_repeat_is_known_in_every_state`). Another body under the same id is a
//!   dead letter of its own, without a limit to their number
//!   (`another_body_under_a_key_is_a_dead_letter_of_its_own`, `other_bodies_at_once_are_each_stored_once`). So is a
//!   repeat of a digest that comes too late to be one (`a_late_repeat_of_a_digest_is_a_dead_letter_of_its_own`).
//! - **Every 200 is seen.** An acknowledged delivery is kept, and counted in a row of [`Stats`](store::Stats), until it is processed or
//!   a person has acted (`every_acknowledged_delivery_is_seen`).
//! - **Keys outlive repeats.** A shorter setting does not start (`keys_that_are_kept_too_short_do_not_start`). Age is
//!   judged by proven time, so a clock that is wrong for seconds deletes no id (see the stores). Where no
//!   signed time limits when a repeat is accepted, an id is kept for good
//!   (`an_id_without_a_signed_time_is_never_pruned`, `a_repeat_without_a_signed_time_keeps_the_id_of_its_entry`).
//! - **What waits for a person is kept**, body and id, unless a period is set
//!   (`what_waits_for_a_person_is_kept_with_its_id`).
//! - **Every entry is processed at least once**, over restarts, or is a dead letter
//!   (`a_lease_that_ran_out_is_rescued_and_counted`, `dying_on_the_last_attempt_leaves_a_dead_letter`,
//!   `a_handler_that_panics_or_hangs_ends_as_a_dead_letter`). Who lost its lease ends nothing
//!   (`a_lost_lease_ends_nothing`). A shutdown burns no attempt (`a_shutdown_releases_what_does_not_end`).
//! - **A delivery that kills its process** costs those at work beside it an attempt, and two at most: what was left twice
//!   is isolated (`what_was_lost_together_twice_is_not_taken_up_together_again`,
//!   `what_was_lost_twice_is_claimed_alone`, `what_may_kill_its_worker_runs_alone`). Several workers in one process do
//!   not know of each other.
//! - **Exactly once** where the effect is in the store's database: written in the store's transaction
//!   ([`Worker::run_in_tx`]), or in one of the application's own, with any driver ([`Worker::run_completing`]).
//! - **No endpoint starves another** (`a_flood_at_one_endpoint_does_not_starve_another`), and with
//!   [`Intake::one_at_a_time`] one subject's deliveries are processed one at a time in the order of their signatures
//!   (`a_subject_is_processed_one_at_a_time_in_its_order`, `many_workers_never_run_a_subject_twice`). What waits for an
//!   earlier one is not due, so it makes no claim slower (`an_entry_behind_another_of_its_subject_is_waiting`).
//! - **What cannot be read is parked**, reaches no handler that does not ask for
//!   [unknown events](Worker::unknown_events), and after an upgrade [`Intake::redecode`] makes it due
//!   (`events_that_cannot_be_read_are_parked_and_reach_no_handler`, `what_can_be_read_after_an_upgrade_is_processed`), in
//!   the turn of its subject (`a_parked_entry_that_can_be_read_now_takes_its_turn`).
//! - **Claims and pruning are bounded** by number and by bytes (`a_claim_is_bounded_by_bytes`,
//!   `pruning_is_bounded_by_bytes`), and no number or duration of a caller keeps an entry for long
//!   (`no_duration_of_a_caller_keeps_an_entry_for_long`, `a_sweep_with_any_bounds_ends`,
//!   `every_number_of_a_caller_is_taken`).
//! - **A person can be erased** ([`Intake::erase_where`], `somebody_is_erased_wherever_they_stand_and_nobody_else`)
//!   without a repeat becoming new (`erasing_keeps_the_key_and_the_history`); with the feature `encrypt` bodies are
//!   encrypted at rest (`Sealed`, `nothing_about_people_can_be_read_in_the_store`). Another pepper or key does not
//!   start (`a_ring_that_is_not_that_of_the_store_does_not_start`).
//!
//! # What it tells
//!
//! [`Inbox::health`] answers readiness probes. Everything done by hand is a line of [`Store::history`](store::Store::history) with who did it.
//! Storing and processing are spans named `send` and `process`, with the fields of OpenTelemetry's messages. With the
//! feature `metrics` there are numbers for whatever recorder is installed; labels are the platform, the endpoint and the
//! outcome, never anything that a sender chose:
//!
//! | metric | what | labels |
//! |---|---|---|
//! | `inbox_received_total` | deliveries that reached the inbox | `platform`, `endpoint`, `outcome`: `stored`, `repeated`, `conflict`, `revived`, `busy` (queue or budget), `failed` (store) |
//! | `inbox_accept_seconds` | from verified to answered | `platform`, `endpoint` |
//! | `inbox_commit_batch_size` | deliveries that the SQL stores committed together | |
//! | `inbox_last_accepted_timestamp_seconds` | when the last one was accepted | `platform`, `endpoint` |
//! | `inbox_attempts_total` | ends of attempts | `endpoint`, `outcome`: `completed`, `retry`, `discarded`, `parked`, `released`, `abandoned` |
//! | `inbox_handler_seconds` | from claimed to ended | `endpoint`, `outcome` |
//! | `inbox_depth` | what waits in the store, for a worker or (`parked`, `discarded`) for a person | `state` |
//! | `inbox_conflicts` | the dead letters whose id another entry has: a part of `discarded` | |
//! | `inbox_oldest_due_seconds` | for how long the oldest has been due: the alarm to set | |
//! | `inbox_clock_ahead_seconds` | how far the store's clock is ahead of proven time: nothing is deleted by it for a day | |
//! | `inbox_log_pending` | 1 while text that was erased is still in the log of changes | |
//! | `inbox_redeliveries_total` | entries that were redelivered by hand | |
//! | `inbox_pruned_total` | what was forgotten | `endpoint`, `what`: `body`, `entry` |
//! | `inbox_store_errors_total` | what the store did not do | `operation` |
//!
//! # What it does not do
//!
//! It does not decide for a person: bodies of dead letters and parked entries, which are about people, are kept until
//! somebody acts or a [period](Inbox::keep_dead_letters) is set. Watch `discarded` and `parked`.
//!
//! It cannot make a call to another service happen once: give it [`Attempt::id`]. It cannot wait for what has not come:
//! the order of a subject is that of what is stored. A span of processing is not linked to the one of storing, for
//! neither trace nor process need be the same. [`MemoryStore`] is not durable.

mod admin;
mod admission;
mod backoff;
mod health;
mod inbox;
mod intake;
mod memory;
mod not_stored;
mod outcome;
mod pulse;
#[cfg(any(feature = "tower", feature = "actix"))]
mod routes;
#[cfg(feature = "encrypt")]
mod sealed;
mod settings;
mod setup_error;
pub mod store;
mod telemetry;
mod worker;

pub use admin::{Erased, Redecoded};
pub use backoff::BackOff;
pub use health::Health;
pub use inbox::Inbox;
pub use intake::Intake;
pub use memory::MemoryStore;
pub use not_stored::NotStored;
pub use outcome::Outcome;
#[cfg(feature = "encrypt")]
pub use sealed::{KeyRing, SealError, Sealed};
pub use setup_error::SetupError;
pub use store::{EntryId, Reason};
pub use tokio_util::sync::CancellationToken;
pub use worker::{Attempt, Worker};
