//! A durable inbox: acknowledged means stored, stored means processed.
//!
//! A delivery is verified, stored, acknowledged, and then processed by a handler that may fail, wait and die:
//!
//! 1. [`Inbox::intake`] takes an endpoint in; [`Intake::receive`] stores a delivery and says what to tell the platform.
//! 2. [`Inbox::worker`] takes entries out and hands them to your handlers, as a
//!    [`Delivery`](referral_webhooks::Delivery) that was verified again.
//! 3. [`Inbox::store`] shows the entries, the dead letters among them, and redelivers.
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
//!             println!("{}: {:?}", attempt.key, referral.status);
//!             Outcome::Done
//!         }
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
//! With the feature `tower`, `Intake::service` is the ready-made route for axum, hyper and others.
//!
//! # What is promised
//!
//! Each promise has a check in [`conformance`], which every store passes, or a test of that name in this crate.
//!
//! - **Acknowledged means stored.** [`Reply::Accepted`](referral_webhooks::Reply::Accepted) comes after the store said
//!   that the entry is durable. Over the budget, with a full queue or a broken store the platform is asked to send it
//!   again (`a_store_that_hangs_is_answered_within_the_budget`, `a_full_queue_is_answered_at_once`,
//!   `a_broken_store_asks_for_another_try`).
//! - **One entry per endpoint and id**, whatever comes at once, and after it was completed
//!   (`concurrent_repeats_are_one_entry`, `a_repeat_is_known_in_every_state`). Another body under the same id is kept
//!   and flagged (`another_body_under_a_key_is_flagged_and_changes_nothing`).
//! - **Keys outlive repeats.** A shorter setting does not start (`keys_that_are_kept_too_short_do_not_start`).
//! - **Every entry is processed at least once**, over restarts, or is a dead letter
//!   (`a_lease_that_ran_out_is_rescued_and_counted`, `dying_on_the_last_attempt_leaves_a_dead_letter`,
//!   `a_handler_that_panics_or_hangs_ends_as_a_dead_letter`). Who lost its lease ends nothing
//!   (`a_lost_lease_ends_nothing`). One that kills its process does not take its neighbours with it
//!   (`what_was_lost_together_twice_is_not_taken_up_together_again`). A shutdown burns no attempt (`a_shutdown_gives_back_what_does_not_end`).
//! - **Exactly once** where the handler writes in the store's transaction: see
//!   [`Worker::run_in_tx`].
//! - **No endpoint starves another** (`a_flood_at_one_endpoint_does_not_starve_another`).
//!
//! # What it does not do
//!
//! It promises no order. It cannot make a call to another service happen once: give it [`Attempt::key`]. Bodies are not
//! encrypted at rest. [`MemoryStore`] is not durable.

mod attempt;
mod backoff;
pub mod conformance;
mod entry;
mod inbox;
mod intake;
mod memory;
mod outcome;
mod queue;
#[cfg(feature = "tower")]
mod service;
mod setup_error;
mod state;
mod store;
mod worker;

pub use attempt::Attempt;
pub use backoff::BackOff;
pub use entry::{Accepted, Claim, Entry, EntryId, Lease, NewEntry, Reason};
pub use inbox::Inbox;
pub use intake::{Intake, NotStored};
pub use memory::{LEASE_OVER, MemoryStore};
pub use outcome::{Finish, Outcome};
pub use setup_error::SetupError;
pub use state::State;
pub use store::{ClaimRequest, Event, Filter, PruneRule, Pruned, Stats, Store, StoreError, TransactionalStore, Work};
pub use tokio_util::sync::CancellationToken;
pub use worker::Worker;
