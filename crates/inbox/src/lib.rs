//! A durable inbox: acknowledged means stored, stored means processed.
//!
//! 1. [`Intake::receive`] stores a verified delivery and returns the reply to the platform.
//! 2. A [`Worker`] claims stored entries and runs handlers with the [`Delivery`](referral_webhooks::Delivery), which is
//!    verified again. A handler may fail, be slow, or die with its process.
//! 3. An operator lists entries through [`Inbox::store`], and [redelivers](Inbox::redeliver), [cancels](Inbox::cancel)
//!    or [releases](Inbox::release) them.
//!
//! ```
//! use referral_webhooks::platform::redpin::{Event, Redpin};
//! use referral_webhooks::{Delivery, Endpoint};
//! use referral_webhooks_inbox::{Attempt, CancellationToken, Inbox, MemoryStore, Outcome};
//!
//! async fn credit(delivery: Delivery<Redpin>, attempt: Attempt) -> Outcome {
//!     match delivery.event() {
//!         Event::ReferralCreated(referral) => {
//!             println!("{}: {:?}", attempt.id, referral.status);
//!             Outcome::Done
//!         }
//!         // Unknown events are parked and do not come here.
//!         _ => Outcome::Ignored("no reward for it".into()),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In production, use a store of `referral-webhooks-inbox-sqlx`.
//! let inbox = Inbox::new(MemoryStore::new());
//! let redpin = inbox.intake("redpin-main", Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?)?;
//!
//! let shutdown = CancellationToken::new();
//! let worker = tokio::spawn(inbox.worker().run(&redpin, credit).until(shutdown.clone()));
//! // The server runs here. Its handler returns `redpin.receive(&delivery).await`.
//! shutdown.cancel();
//! worker.await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Guides
//!
//! - **Receive:** mount a ready-made route, `Intake::service` for axum, hyper and others (feature `tower`) or
//!   `Intake::configure` for actix-web (feature `actix`). In a handler, call [`Intake::receive`].
//! - **Pay once:** write the reward in the store's transaction with [`Worker::run_in_tx`], or in a transaction of the
//!   application with [`Worker::run_completing`]. A call to another service needs [`Worker::run`] and [`Attempt::key`]
//!   as its idempotency key.
//! - **Serve tenants:** [`Inbox::tenants`] makes an intake whose endpoint is found by the request. Tenants come, go and
//!   rotate their secrets while servers and one worker run.
//! - **Replace a secret** of one endpoint with [`Intake::replace`], without a restart.
//! - **Pay once for a fact:** name the [business key](Intake::dedupe_by) of an event, if a platform may send one fact
//!   under two ids.
//! - **Write a handler:** an async function that returns `Result<Outcome, E>`. An error is a retry, and its reason is the
//!   error's [text without personal data](Reason::of_error). A handler in a transaction gets state
//!   [as its last argument](WithState).
//! - **Keep an order:** name the subject of a delivery with [`Intake::one_at_a_time`].
//! - **Test:** use the [`MemoryStore`] and tokio's paused clock, with which hours of back-off pass immediately, or
//!   `SqliteStore::in_memory` for handlers in transactions. [`Worker::run_until_idle`] ends when no entry is due, and
//!   [`Attempt::for_test`] calls a handler alone.
//! - **Operate:** the [guide](guide::operate) says what to watch, what a person does, and how to shut down.
//! - **Upgrade:** call [`Intake::redecode`] after an upgrade, so that parked events become due.
//! - **Protect personal data:** encrypt bodies with `Sealed` (feature `encrypt`), erase a person with
//!   [`Intake::erase_where`], and set [retention](Inbox::keep_bodies).
//! - **Write a store:** implement the traits of [`store`], and run the checks of `referral-webhooks-inbox-conformance`.
//!
//! # Guarantees
//!
//! Every store passes the conformance suite, which checks these guarantees.
//!
//! - **Acknowledged means stored.** [`Reply::Accepted`](referral_webhooks::Reply::Accepted) follows the durable insert.
//!   If the budget expires, admission is full or the store fails, the platform is asked to send the delivery again.
//! - **One entry per endpoint, tenant and delivery id**, for concurrent repeats and after completion. Another body under the
//!   same id is a [conflict](store::Accepted::Conflict), a dead letter with an entry of its own. Their number is
//!   unlimited. A repeat of a digest that comes too late to be a retry is a conflict too.
//! - **One entry per endpoint and business key**, if [`Intake::dedupe_by`] names one. A delivery with another id and a
//!   known key is kept as a cancelled entry, and is not processed.
//! - **Every 200 is visible.** An acknowledged delivery is stored and counted in [`Stats`](store::Stats) until it is
//!   processed or a person has acted.
//! - **Ids outlive repeats.** An inbox does not start with a shorter retention. If no signed time limits when a repeat
//!   is accepted, its id is kept without end. Age is measured in proven time, so a clock that is wrong for seconds
//!   deletes no id.
//! - **Dead letters and parked entries are kept**, with body and id, until a person has acted, unless a period is set.
//! - **Every entry is processed at least once**, across restarts, or becomes a dead letter. A worker with an expired
//!   lease ends no attempt. A shutdown costs no attempt.
//! - **An event that kills its process** costs each concurrent entry at most two attempts, because an entry that was
//!   abandoned twice runs isolated. Several workers in one process do not coordinate.
//! - **Exactly once**, if the effect is in the store's database and commits together with the completion.
//! - **Endpoints and tenants do not starve each other.** A claim takes a share of each endpoint first, and if an endpoint
//!   has a backlog, an equal share of each of its tenants.
//! - **A subject's entries are processed one at a time**, in the order of their signatures. Waiting entries do not slow
//!   down claims.
//! - **Unreadable events are parked.** They reach only handlers for [unknown events](Worker::unknown_events).
//! - **Claims and pruning are bounded** by number and by bytes, and no number or duration from a caller delays an entry
//!   indefinitely.
//! - **A rotation locks no entry.** A secret of `reopens_with` opens stored entries and accepts no delivery. A missing
//!   secret is named at once, in [`health`](Inbox::health) and by each action, and costs no attempt.
//! - **Erasure keeps the id**, so that a repeat of an erased delivery is recognized and not processed.
//!
//! # Observability
//!
//! An operator's action writes a line with the person's name and reason to [`Store::history`](store::Store::history), and one
//! with the name to the log. Storing and
//! processing are spans named `send` and `process`, with OpenTelemetry's fields for messages. They are not linked,
//! because they may run in different processes. The feature `metrics` reports to the installed recorder of the crate
//! `metrics`, which is installed before the inbox is made. Labels are names of the merchant's, kinds, states and positions,
//! and never text from a sender. `docs/operations/` in the repository has alert rules and a dashboard:
//!
//! | metric | meaning | labels |
//! |---|---|---|
//! | `webhook_refused_total` | refused requests | `platform`, `endpoint`, `kind` |
//! | `webhook_genuine_total` | genuine deliveries | `platform`, `endpoint`, `secret_index`: 0 is the current secret |
//! | `inbox_received_total` | deliveries that reached the inbox | `platform`, `endpoint`, `secret_index`, `outcome`: `stored`, `repeated`, `same_key`, `conflict`, `revived`, `busy` (admission or budget), `failed` (store), `unfulfilled`, `decision`, `too_many_items`; of several events in one body the gravest |
//! | `inbox_items_total` | events of bodies that hold several | `platform`, `endpoint`, `outcome`: `stored`, `repeated`, `same_key`, `conflict`, `revived` |
//! | `inbox_accept_seconds` | time from verification to the answer | `platform`, `endpoint` |
//! | `inbox_commit_batch_size` | deliveries that an SQL store committed together | |
//! | `inbox_parked_total` | deliveries that were parked | `platform`, `endpoint` |
//! | `inbox_attempts_total` | ends of attempts | `endpoint`, `outcome`: `completed`, `retry`, `discarded`, `parked`, `held`, `released`, `postponed`, `abandoned` |
//! | `inbox_handler_seconds` | time from the claim to the end of the attempt | `endpoint`, `outcome` |
//! | `inbox_depth` | unfinished entries, parked entries and dead letters | `endpoint`, `state` |
//! | `inbox_conflicts` | conflicts, a part of the dead letters | `endpoint` |
//! | `inbox_oldest_due_seconds` | time since the oldest entry became due: alert on it | `endpoint` |
//! | `inbox_clock_ahead_seconds` | how far the store's clock is ahead of proven time; pruning ignores the jump for a day | |
//! | `inbox_log_pending` | 1 while erased text remains in the write-ahead log | |
//! | `inbox_last_genuine_timestamp_seconds` | time of the last genuine delivery | `platform`, `endpoint` |
//! | `inbox_failing_since_timestamp_seconds` | time since which all answers of the process have been failures, or 0 | `platform`, `endpoint` |
//! | `inbox_disabling_share` | share of the time until the platform disables the endpoint; absent if it publishes none | `platform`, `endpoint` |
//! | `inbox_signatures_fail_since_timestamp_seconds` | time of the first wrong signature or token after the last genuine delivery, or 0 | `platform`, `endpoint` |
//! | `inbox_redeliveries_total` | entries that an operator redelivered | |
//! | `inbox_pruned_total` | bodies and entries that were deleted | `endpoint`, `what`: `body`, `entry` |
//! | `inbox_refused_dropped_total` | refused requests that were not kept, because too many came | `endpoint` |
//! | `inbox_store_errors_total` | errors of the store | `operation` |
//!
//! Every log line about a delivery has the fields `platform`, `endpoint` and `delivery_id`, and where they apply `entry`,
//! `attempt`, `event`, `secret_index`, `reason` and `cause`. A delivery has one line "accepted" each time that it comes, and
//! one line "completed". A refused request has no proven id: its line names the endpoint, the template of the route and the
//! reason. A handler's [`Reason`] is logged, so it must not contain personal data.
//!
//! # Limits
//!
//! - The inbox makes no decision for a person. Bodies of dead letters and parked entries contain personal data and are
//!   kept until a person acts or a [period](Inbox::keep_dead_letters) is set. Alert on `discarded` and `parked`.
//! - A call to another service happens at least once. Only its idempotency key makes it happen once.
//! - Claims are fair, and handlers share the worker's [concurrency](Worker::concurrency): handlers of one tenant that run
//!   for seconds occupy it for seconds. Set a [limit](Worker::limit), or more concurrency.
//! - The order of a subject covers stored deliveries. A delivery that has not arrived delays no other.
//! - [`MemoryStore`] is not durable.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin;
mod admission;
mod backoff;
mod endpoint_health;
mod fulfilment;
#[cfg(any(doc, doctest))]
pub mod guide;
mod handler;
mod health;
mod inbox;
mod intake;
mod line;
mod memory;
#[cfg(feature = "metrics")]
mod metric_table;
mod names;
mod not_stored;
mod outcome;
mod pulse;
mod reason;
mod reception;
mod refused;
mod replacement;
#[cfg(any(feature = "tower", feature = "actix"))]
mod routes;
#[cfg(feature = "encrypt")]
mod sealed;
mod secret_role;
mod secrets;
mod settings;
mod setup_error;
mod source;
pub mod store;
mod storing;
mod telemetry;
mod tenants;
mod worker;

pub use admin::{AnyIntake, Changed, Concerned, Erased, Redecoded, Redelivered, Selection, StoredRequest};
pub use backoff::BackOff;
pub use endpoint_health::EndpointHealth;
pub use fulfilment::Unfulfilled;
pub use handler::{ConnectionOf, HandlerError, IntoOutcome, Stateful, TxHandler, WithState, boxed};
pub use health::Health;
pub use inbox::Inbox;
pub use intake::Intake;
pub use memory::MemoryStore;
pub use not_stored::NotStored;
pub use outcome::Outcome;
pub use reason::Reason;
pub use referral_webhooks_door::{Endpoints, Resolved};
pub use refused::KeepRefused;
#[cfg(feature = "encrypt")]
pub use sealed::{KeyRing, SealError, Sealed};
pub use secrets::SecretNeeded;
pub use setup_error::SetupError;
pub use source::{OneEndpoint, Source};
pub use store::{ByHand, EntryId};
pub use tenants::TenantIntake;
pub use tokio_util::sync::CancellationToken;
pub use worker::{Attempt, Worker};
