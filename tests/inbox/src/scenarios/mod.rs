//! The scenarios: a file each.

mod clock;
mod disk_full;
mod kill;
mod locked;
mod poison;
mod shutdown;
mod slow_sync;
mod storm;
mod two_and_two;
mod zombie;

use futures_util::future::BoxFuture;

use crate::effort::Effort;
use crate::row::Row;
use crate::store::Kind;

/// A way in which things go wrong.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The stores that know this fault.
    pub(crate) stores: &'static [Kind],
    pub(crate) run: fn(Kind, Effort) -> BoxFuture<'static, Vec<Row>>,
}

const ALL: &[Kind] = &[Kind::Sqlite];

/// The stores that write to a disk of ours.
const FILES: &[Kind] = &[Kind::Sqlite];

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "kill", stores: ALL, run: |kind, effort| Box::pin(kill::run(kind, effort)) },
    Scenario { name: "two-and-two", stores: ALL, run: |kind, effort| Box::pin(two_and_two::run(kind, effort)) },
    Scenario { name: "storm", stores: ALL, run: |kind, _| Box::pin(storm::run(kind)) },
    Scenario { name: "disk-full", stores: FILES, run: |kind, _| Box::pin(disk_full::run(kind)) },
    Scenario { name: "zombie", stores: ALL, run: |kind, effort| Box::pin(zombie::run(kind, effort)) },
    Scenario { name: "poison", stores: ALL, run: |kind, effort| Box::pin(poison::run(kind, effort)) },
    Scenario { name: "clock", stores: ALL, run: |kind, _| Box::pin(clock::run(kind)) },
    Scenario { name: "locked", stores: ALL, run: |kind, _| Box::pin(locked::run(kind)) },
    Scenario { name: "shutdown", stores: ALL, run: |kind, effort| Box::pin(shutdown::run(kind, effort)) },
    Scenario { name: "slow-sync", stores: FILES, run: |kind, effort| Box::pin(slow_sync::run(kind, effort)) },
];
