//! The checks that every store of [`referral_webhooks_inbox`] passes, for authors of stores.
//!
//! A store implements [`Store`](referral_webhooks_inbox::store::Store), whose documentation lists the promises of a
//! store. Each check here tests one promise against a real store. A store that fails a check can lose an acknowledged
//! delivery, or process it twice: a merchant pays no reward, or pays it two times.
//!
//! # Use
//!
//! The suite is a dev-dependency, so that no merchant builds it:
//!
//! ```toml
//! [dev-dependencies]
//! referral-webhooks-inbox-conformance = "0.1"
//! tokio = { version = "1", features = ["macros", "rt"] }
//! ```
//!
//! [`store_checks!`] takes an async function that opens an empty store, and makes one `#[tokio::test]` of each check:
//!
//! ```
//! // tests/conformance.rs
//! # mod conformance {
//! use referral_webhooks_inbox::MemoryStore; // your store instead
//!
//! async fn fresh() -> MemoryStore {
//!     MemoryStore::new()
//! }
//!
//! referral_webhooks_inbox_conformance::store_checks!(fresh);
//! # }
//! ```
//!
//! `cargo test any_part_of_a_name` runs the checks with this text in their names. Tests run in parallel, each with its
//! own store: for a database, each call of the function creates a new database or a new schema.
//!
//! A check panics if the promise is broken. Several checks let a lease of 300 ms expire by the store's own clock, so all
//! tests run in real time.
//!
//! # Groups
//!
//! | module | what its checks test |
//! |---|---|
//! | [`accepting`](mod@accepting) | one entry per endpoint, tenant and delivery id, repeats, revived dead letters |
//! | [`conflicts`](mod@conflicts) | another body under a known delivery id |
//! | [`keys`](mod@keys) | another delivery id with a known business key |
//! | [`items`](mod@items) | several events in one body: one transaction, one copy of the body |
//! | [`profiles`](mod@profiles) | entries that were read with a profile |
//! | [`secrets`](mod@secrets) | the secrets that stored bodies need, and attempts that wait for one |
//! | [`acknowledged`](mod@acknowledged) | every acknowledged delivery is kept and counted, in every state |
//! | [`marks`](mod@marks) | marks are written once, and seals are not mixed |
//! | [`claiming`](mod@claiming) | claims are disjoint and fair, attempts end as their handler decided |
//! | [`parked`](mod@parked) | entries that this version cannot read |
//! | [`leases`](mod@leases) | abandoned entries are rescued, and isolated after two expired leases |
//! | [`subjects`](mod@subjects) | entries of one subject run in order, one at a time |
//! | [`tenants`](mod@tenants) | ids, subjects, conflicts and lists of one tenant, and turns of tenants in claims |
//! | [`admin`](mod@admin) | redeliver, redecode, cancel, release, erase, list, probe, count |
//! | [`by_hand`](mod@by_hand) | names and reasons of persons, durations of attempts |
//! | [`overview`](mod@overview) | related entries, numbers by state, endpoints, activity over time |
//! | [`figures`](mod@figures) | the numbers of entries of each endpoint, and its last delivery |
//! | [`pruning`](mod@pruning) | ages of bodies, dead letters and ids, and the bounds of a call |
//! | [`refused`](mod@refused) | refused requests are kept within their slots, erased and pruned |
//! | [`limits`](mod@limits) | extreme numbers and durations |
//! | [`sequences`](mod@sequences) | random sequences of calls against a model |
//!
//! # Limits of the suite
//!
//! Each check opens a store once and ends with it. A store needs its own tests of durability over a crash, of the
//! transactions in [`TransactionalStore`](referral_webhooks_inbox::store::TransactionalStore) and
//! [`SqlStore`](referral_webhooks_inbox::store::SqlStore), and of its schema migrations.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a check is a test: it panics if a promise is broken"
)]

pub mod accepting;
pub mod acknowledged;
pub mod admin;
pub mod by_hand;
mod checks;
pub mod claiming;
pub mod conflicts;
pub mod figures;
pub mod items;
pub mod keys;
pub mod leases;
pub mod limits;
pub mod marks;
mod model;
pub mod overview;
pub mod parked;
pub mod profiles;
pub mod pruning;
pub mod refused;
mod samples;
pub mod secrets;
pub mod sequences;
pub mod subjects;
pub mod tenants;

/// Makes one `#[tokio::test]` of each check, with the check's name.
///
/// The argument is the path of an async function that opens an empty store. Each test calls it once.
#[macro_export]
macro_rules! store_checks {
    ($fresh:path) => {
        $crate::accepting!($fresh);
        $crate::acknowledged!($fresh);
        $crate::admin!($fresh);
        $crate::by_hand!($fresh);
        $crate::claiming!($fresh);
        $crate::conflicts!($fresh);
        $crate::figures!($fresh);
        $crate::items!($fresh);
        $crate::keys!($fresh);
        $crate::leases!($fresh);
        $crate::limits!($fresh);
        $crate::marks!($fresh);
        $crate::overview!($fresh);
        $crate::parked!($fresh);
        $crate::profiles!($fresh);
        $crate::pruning!($fresh);
        $crate::refused!($fresh);
        $crate::secrets!($fresh);
        $crate::sequences!($fresh);
        $crate::subjects!($fresh);
        $crate::tenants!($fresh);
    };
}
