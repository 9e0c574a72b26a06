//! `refhook inbox`: the deliveries of an inbox, for operators.

mod act;
pub(crate) mod any_store;
mod cancel;
pub(crate) mod database;
mod discard;
mod erase;
mod exact;
mod export;
mod filter;
mod forward;
mod import;
mod keyring;
mod list;
mod mark_done;
mod masked;
mod migrate;
mod moment;
mod page;
mod redecode;
mod redeliver;
mod refused;
mod show;
mod stats;
mod story;
mod table;
mod tail;
mod who;

use clap::Subcommand;

use crate::failure::Outcome;

/// Shows, changes, exports and imports the deliveries of an inbox: a file of SQLite or a database of PostgreSQL, while its
/// application runs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InboxCommand {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  refhook inbox stats --db shop.db
  refhook inbox list --db shop.db --state discarded --since 2d
  refhook inbox show --db shop.db 1204
  refhook inbox redeliver --db shop.db 1204 --reason 'the shop is back'
  DATABASE_URL=postgres://shop@db/shop refhook inbox tail";

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::List),
    Show(Box<show::Show>),
    Tail(tail::Tail),
    Stats(stats::Stats),
    Refused(refused::Refused),
    Redeliver(Box<redeliver::Redeliver>),
    Cancel(Box<cancel::Cancel>),
    Discard(Box<discard::Discard>),
    MarkDone(Box<mark_done::MarkDone>),
    Redecode(Box<redecode::Redecode>),
    Erase(Box<erase::Erase>),
    Export(Box<export::Export>),
    Import(import::Import),
    Page(Box<page::Page>),
    Migrate(migrate::Migrate),
}

impl InboxCommand {
    pub(crate) fn run(self) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            match self.verb {
                Verb::List(list) => list.run().await,
                Verb::Show(show) => show.run().await,
                Verb::Tail(tail) => tail.run().await,
                Verb::Stats(stats) => stats.run().await,
                Verb::Refused(refused) => refused.run().await,
                Verb::Redeliver(redeliver) => redeliver.run().await,
                Verb::Cancel(cancel) => cancel.run().await,
                Verb::Discard(discard) => discard.run().await,
                Verb::MarkDone(mark_done) => mark_done.run().await,
                Verb::Redecode(redecode) => redecode.run().await,
                Verb::Erase(erase) => erase.run().await,
                Verb::Export(export) => export.run().await,
                Verb::Import(import) => import.run().await,
                Verb::Page(page) => page.run().await,
                Verb::Migrate(migrate) => migrate.run().await,
            }
        })
    }
}
