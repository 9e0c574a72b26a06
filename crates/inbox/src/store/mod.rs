//! What an inbox asks of its storage.

mod conflict;
mod entry;
pub mod headers;
mod prune;
mod state;
mod stats;
mod traits;

pub use self::conflict::Conflict;
#[cfg(feature = "encrypt")]
pub(crate) use self::conflict::original_of;
pub use self::entry::{Accepted, Claim, Decoded, Entry, EntryId, Lease, NOT_SEALED, NewEntry, Reason};
pub use self::prune::{Erasure, PruneRule, Pruned};
pub use self::state::State;
pub use self::stats::Stats;
pub use self::traits::{
    ClaimRequest, Completion, Filter, HistoryLine, SEAL_MARK, SqlStore, Store, StoreError, TransactionalStore, Work,
};
pub use crate::memory::LEASE_OVER;
pub use crate::outcome::{Finish, Outcome};
