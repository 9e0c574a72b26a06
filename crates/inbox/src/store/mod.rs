//! The interface between an inbox and its storage: the names that a store's author needs.
//!
//! Merchants use a store through the [`Inbox`](crate::Inbox) and need [`Filter`], [`Entry`] and [`Stats`] at most. A
//! new store implements [`Store`], and [`TransactionalStore`] or [`SqlStore`] if its database allows them. The crate
//! `referral-webhooks-inbox-conformance` tests every rule that these traits document.

mod accepted;
mod activity;
mod by_hand;
mod claim;
mod completion;
mod conflict;
mod counts;
mod decoded;
mod endpoint_stats;
mod entry;
mod erasure;
mod error;
mod filter;
mod finish;
pub mod headers;
mod history;
mod item_id;
mod lease;
mod new_entry;
mod prune;
mod refused;
mod same_key;
mod secret_use;
mod state;
mod stats;
mod stored_endpoint;
mod traits;

pub use self::accepted::Accepted;
pub use self::activity::{Activity, ActivityOf};
pub use self::by_hand::ByHand;
pub use self::claim::{Claim, ClaimRequest};
pub use self::completion::Completion;
pub use self::conflict::Conflict;
#[cfg(feature = "encrypt")]
pub(crate) use self::conflict::original_of;
pub use self::counts::Counts;
pub use self::decoded::Decoded;
pub(crate) use self::decoded::{digest_of, other_profile, profile_of};
pub use self::endpoint_stats::EndpointStats;
pub use self::entry::{Entry, EntryId};
pub use self::erasure::Erasure;
pub use self::error::StoreError;
pub use self::filter::Filter;
pub use self::finish::Finish;
pub use self::history::{Act, HistoryLine};
pub(crate) use self::item_id::is_item_of;
pub use self::lease::{LEASE_OVER, Lease};
pub use self::new_entry::{NOT_SEALED, NewEntry, SEAL_MARK};
pub use self::prune::{PruneRule, Pruned};
pub use self::refused::{RefusedRequest, Slot};
pub use self::same_key::SameKey;
pub use self::secret_use::SecretUse;
pub use self::state::{State, UnknownState};
pub use self::stats::Stats;
pub use self::stored_endpoint::StoredEndpoint;
pub use self::traits::{SqlStore, Store, TransactionalStore, Work};
pub use crate::outcome::Outcome;
pub use crate::reason::Reason;
