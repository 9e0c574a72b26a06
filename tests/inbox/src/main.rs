//! The inbox under faults: real receivers and workers, real traffic, and a table of lost and doubled deliveries.
//!
//! ```text
//! scripts/faults                      # every store, every scenario, some minutes
//! scripts/faults --quick              # what the tests run
//! scripts/faults --quick kill storm   # only these
//! ```
//!
//! Receivers and workers are processes of this same program. The driver sends them genuine deliveries over HTTP as a
//! platform does: on connections that are kept alive, every delivery one to three times, and repeated until it is
//! acknowledged. Meanwhile it kills, stops, fills, locks, prunes and erases. At the end it reads the tables by plain
//! SQL, and compares:
//!
//! - **lost** is a delivery that was answered 200, but was not stored, was not processed or has no effect;
//! - **doubled** is a delivery with more than one effect. The table of effects has no unique key that would hide it.
//!
//! The driver fails if a delivery was lost, if an effect was doubled although exactly once is promised, or if another
//! promise of a scenario was broken. The broken promises are listed below the table.
#![allow(clippy::unwrap_used, reason = "a test program may stop where it fails")]

mod child;
mod client;
mod effort;
mod figures;
mod judge;
mod ledger;
mod maintenance;
mod past;
mod person;
mod process;
mod row;
mod scenarios;
mod serve;
mod server;
mod setting;
mod shop;
mod store;
mod tenants;
mod traffic;

use std::process::ExitCode;

use clap::Parser;
use rustix::process::getuid;

use crate::child::Child;
use crate::effort::Effort;
use crate::scenarios::SCENARIOS;
use crate::serve::Serve;
use crate::setting::Setting;
use crate::store::{Kind, Store};

#[derive(Debug, Parser)]
enum Command {
    /// Runs the scenarios on a store.
    Run {
        /// The store.
        store: Kind,
        /// The size of the tests: a minute and a half.
        #[arg(long)]
        quick: bool,
        /// Names of scenarios. Without a name, all of them run.
        scenarios: Vec<String>,
    },
    /// Measures the figures of many tenants on a store.
    Tenants {
        /// The store.
        store: Kind,
        /// A smoke run of half a minute.
        #[arg(long)]
        quick: bool,
    },
    /// Hidden: receivers and workers of the scenarios.
    #[command(hide = true)]
    Serve(Serve),
    /// Hidden: processes without a server for the tests.
    #[command(hide = true)]
    Child(Child),
}

#[tokio::main]
async fn main() -> ExitCode {
    sqlx::any::install_default_drivers();
    match Command::parse() {
        Command::Run { store, .. } if store.needs_mounts() && !getuid().is_root() => as_root(),
        Command::Run { store, quick, scenarios } => {
            let effort = if quick { Effort::QUICK } else { Effort::FULL };
            run(store, effort, &scenarios).await
        }
        Command::Tenants { store, quick } => {
            let setting = Setting { store: Store::start(store).await, effort: Effort::FULL };
            if figures::measure(&setting, quick).await { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Command::Serve(serve) => {
            serve::serve(serve).await;
            ExitCode::SUCCESS
        }
        Command::Child(child) => {
            child::run(child).await;
            ExitCode::SUCCESS
        }
    }
}

/// Runs the same command in a new user namespace, as root of that namespace, which may mount disks.
fn as_root() -> ExitCode {
    let mut unshare = std::process::Command::new("unshare");
    let status = unshare.arg("-rm").args(std::env::args_os()).status().unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(kind: Kind, effort: Effort, names: &[String]) -> ExitCode {
    if let Some(unknown) = names.iter().find(|name| SCENARIOS.iter().all(|scenario| scenario.name != name.as_str())) {
        eprintln!("there is no scenario `{unknown}`");
        return ExitCode::FAILURE;
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let setting = Setting { store: Store::start(kind).await, effort };
    let mut rows = Vec::new();
    println!("{}", row::heading(kind));
    for scenario in SCENARIOS.iter().filter(|scenario| wanted(scenario.name) && scenario.stores.contains(&kind)) {
        for row in (scenario.run)(setting.clone()).await {
            println!("{row}");
            rows.push(row);
        }
    }
    let broken: Vec<&String> = rows.iter().flat_map(|row| &row.broken).collect();
    println!();
    rows.iter().flat_map(|row| &row.notes).for_each(|note| println!("  {note}"));
    broken.iter().for_each(|broken| println!("BROKEN  {broken}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
