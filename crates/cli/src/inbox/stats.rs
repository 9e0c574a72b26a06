//! `refhook inbox stats`: the numbers of entries, and the endpoints.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use referral_webhooks_inbox::store::{
    Counts, EndpointStats, Filter, State, Stats as StoreStats, Store as _, StoredEndpoint,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::database::{DbArgs, Opened, failed};
use super::filter::FilterArgs;
use super::moment::short;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::terminal::{self, BOLD, DIM, YELLOW, printable};

/// Shows the numbers of entries by state and by endpoint, the oldest due entry and the kept refused requests.
///
/// With filters, only the states of the matching entries are counted.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Stats {
    #[command(flatten)]
    db: DbArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,

    #[command(flatten)]
    filters: FilterArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox stats --db shop.db
  refhook inbox stats --db shop.db --endpoint redpin --since 1d
  refhook inbox stats --db postgres://shop@db/shop --output json";

/// All figures of an inbox.
struct Figures {
    counts: Counts,
    stats: StoreStats,
    endpoints: Vec<(StoredEndpoint, EndpointStats)>,
}

impl Figures {
    async fn read(opened: &Opened) -> Result<Self, Failure> {
        let store = opened.store();
        let counts = store.counts(Filter::new()).await.map_err(failed)?;
        let stats = store.stats().await.map_err(failed)?;
        let stored = store.endpoints().await.map_err(failed)?;
        let names: Vec<String> = stored.iter().map(|endpoint| endpoint.endpoint.clone()).collect();
        let by_name = store.endpoint_stats(&names).await.map_err(failed)?.into_iter();
        let mut by_name: BTreeMap<String, EndpointStats> = by_name.map(|it| (it.endpoint.clone(), it)).collect();
        let mut with_stats = |endpoint: StoredEndpoint| {
            let stats = by_name.remove(&endpoint.endpoint);
            (endpoint.clone(), stats.unwrap_or_else(|| EndpointStats::new(&endpoint.endpoint)))
        };
        let endpoints = stored.into_iter().map(&mut with_stats).collect();
        Ok(Self { counts, stats, endpoints })
    }

    fn print(&self, output: Output) -> Result<(), Failure> {
        let mut out = anstream::stdout();
        let Self { counts, stats, endpoints } = self;
        if output == Output::Json {
            writeln!(out, "{}", terminal::json_line(&json!({ "kind": "inbox", "counts": counts, "stats": stats })))?;
            for (endpoint, stats) in endpoints {
                writeln!(
                    out,
                    "{}",
                    terminal::json_line(&json!({ "kind": "endpoint", "endpoint": endpoint, "stats": stats }))
                )?;
            }
            return Ok(out.flush()?);
        }
        print_counts(&mut out, counts)?;
        let due = Duration::try_from(stats.oldest_due).unwrap_or(Duration::MAX);
        writeln!(out, "{:<12}{:>8}", "oldest due", if due.is_zero() { "-".to_owned() } else { short(due) })?;
        if stats.log_pending {
            writeln!(out, "{YELLOW}erased text is in the write-ahead log{YELLOW:#}")?;
        }
        if !stats.clock_ahead.is_zero() {
            let ahead = short(Duration::try_from(stats.clock_ahead).unwrap_or(Duration::MAX));
            writeln!(out, "{YELLOW}the clock of the store has jumped ahead by {ahead}{YELLOW:#}")?;
        }
        if !endpoints.is_empty() {
            let names = ["ENDPOINT", "SEEN", "DUE", "RETRY", "PARKED", "DEAD", "REFUSED"];
            let [endpoint, seen, due, retry, parked, dead, refused] = names;
            writeln!(out)?;
            writeln!(
                out,
                "{DIM}{endpoint:<24}  {seen:>4}  {due:>5}  {retry:>5}  {parked:>6}  {dead:>6}  {refused:>7}{DIM:#}"
            )?;
        }
        let now = OffsetDateTime::now_utc();
        for (endpoint, EndpointStats { stats, last_seen_at, .. }) in endpoints {
            let name = super::table::fitted(&printable(&endpoint.endpoint), 24);
            let seen = endpoint.last_seen_at.or(*last_seen_at).map_or_else(|| "-".to_owned(), |at| short(now - at));
            let due = stats.available + stats.waiting + stats.running;
            let (retry, parked, dead, refused) = (stats.retryable, stats.parked, stats.discarded, endpoint.refused);
            writeln!(out, "{name}  {seen:>4}  {due:>5}  {retry:>5}  {parked:>6}  {dead:>6}  {refused:>7}")?;
        }
        Ok(out.flush()?)
    }
}

fn print_counts(out: &mut impl std::io::Write, counts: &Counts) -> std::io::Result<()> {
    for state in State::ALL {
        let count = counts.of(state);
        let shown = if Counts::is_bound(count) { format!("{count}+") } else { count.to_string() };
        writeln!(out, "{BOLD}{:<12}{BOLD:#}{shown:>8}", state.as_str())?;
    }
    for (name, count) in [("repeated", counts.repeated), ("conflicts", counts.conflicts)] {
        let shown = if Counts::is_bound(count) { format!("{count}+") } else { count.to_string() };
        writeln!(out, "{name:<12}{shown:>8}")?;
    }
    Ok(())
}

impl Stats {
    pub(crate) async fn run(self) -> Outcome {
        let opened = self.db.open().await?;
        if self.filters.is_empty() {
            Figures::read(&opened).await?.print(self.output)?;
            return Ok(ExitCode::SUCCESS);
        }
        let counts = opened.store().counts(self.filters.filter()).await.map_err(failed)?;
        let mut out = anstream::stdout();
        match self.output {
            Output::Json => writeln!(out, "{}", terminal::json_line(&json!({ "kind": "counts", "counts": counts })))?,
            Output::Text => print_counts(&mut out, &counts)?,
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
