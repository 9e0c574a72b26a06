//! The scenarios, one in each file.

mod admission;
mod clock;
mod clock_days;
mod conflicts;
mod disk_full;
mod kill;
mod locked;
mod maintenance;
mod moved_file;
mod poison;
mod restart;
mod rotation;
mod shutdown;
mod slow_sync;
mod storm;
mod subjects;
mod tenants;
mod two_and_two;
mod zombie;

use futures_util::future::LocalBoxFuture;

use crate::row::Row;
use crate::setting::Setting;
use crate::store::Kind;

/// A kind of fault, and the stores that it applies to.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The stores that can have this fault.
    pub(crate) stores: &'static [Kind],
    pub(crate) run: fn(Setting) -> LocalBoxFuture<'static, Vec<Row>>,
}

const ALL: &[Kind] = &[Kind::Sqlite, Kind::Postgres];

/// The stores with a server.
const SERVERS: &[Kind] = &[Kind::Postgres];

/// The stores that write to a local disk.
const FILES: &[Kind] = &[Kind::Sqlite];

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "kill", stores: ALL, run: |setting| Box::pin(kill::run(setting)) },
    Scenario { name: "two-and-two", stores: ALL, run: |setting| Box::pin(two_and_two::run(setting)) },
    Scenario { name: "storm", stores: ALL, run: |setting| Box::pin(storm::run(setting)) },
    Scenario { name: "disk-full", stores: FILES, run: |setting| Box::pin(disk_full::run(setting)) },
    Scenario { name: "zombie", stores: ALL, run: |setting| Box::pin(zombie::run(setting)) },
    Scenario { name: "poison", stores: ALL, run: |setting| Box::pin(poison::run(setting)) },
    Scenario { name: "clock", stores: ALL, run: |setting| Box::pin(clock::run(setting)) },
    Scenario { name: "clock-days", stores: ALL, run: |setting| Box::pin(clock_days::run(setting)) },
    Scenario { name: "locked", stores: ALL, run: |setting| Box::pin(locked::run(setting)) },
    Scenario { name: "shutdown", stores: ALL, run: |setting| Box::pin(shutdown::run(setting)) },
    Scenario { name: "admission", stores: ALL, run: |setting| Box::pin(admission::run(setting)) },
    Scenario { name: "conflicts", stores: ALL, run: |setting| Box::pin(conflicts::run(setting)) },
    Scenario { name: "maintenance", stores: ALL, run: |setting| Box::pin(maintenance::run(setting)) },
    Scenario { name: "rotation", stores: ALL, run: |setting| Box::pin(rotation::run(setting)) },
    Scenario { name: "subjects-after-outage", stores: ALL, run: |setting| Box::pin(subjects::run(setting)) },
    Scenario { name: "tenants", stores: ALL, run: |setting| Box::pin(tenants::run(setting)) },
    Scenario { name: "restart", stores: SERVERS, run: |setting| Box::pin(restart::run(setting)) },
    Scenario { name: "moved-file", stores: FILES, run: |setting| Box::pin(moved_file::run(setting)) },
    Scenario { name: "slow-sync", stores: FILES, run: |setting| Box::pin(slow_sync::run(setting)) },
];
