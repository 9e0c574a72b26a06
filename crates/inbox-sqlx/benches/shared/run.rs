//! All parts, in their order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::accepting::accepting;
use super::filled::filled;
use super::listing::listing;
use super::outage::outage;
use super::processing::processing;
use super::resting::{full_admission, idle};
use super::source::{Failure, Ids, Source};
use crate::engine::Place;

/// The default seconds of the inbox's measurement for a row, and those of a short run.
const SECONDS: f64 = 3.0;
const QUICK: f64 = 0.5;

pub(crate) async fn run() -> Result<(), Failure> {
    let usual = if std::env::args().any(|argument| argument == "--quick") { QUICK } else { SECONDS };
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(usual);
    let (time, begun) = (Duration::from_secs_f64(seconds), Instant::now());
    let place = Place::new().await?;
    let source = Arc::new(Source::new(1_024, Ids::InTime)?);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{}; {} processors, load {}; bodies of {} bytes",
        place.engine().await?,
        std::thread::available_parallelism()?,
        load.split(' ').next().unwrap_or_default(),
        source.request()?.body().len()
    );
    if is_wanted("resting") {
        full_admission(&place).await?;
        idle(&place, time).await?;
    }
    if is_wanted("accepting") {
        accepting(&place, &source, time).await?;
    }
    if is_wanted("processing") {
        processing(&place, &source, time).await?;
    }
    if is_wanted("filled") {
        filled(&place, time).await?;
    }
    if is_wanted("listing") {
        listing(&place).await?;
    }
    if is_wanted("outage") {
        outage(&place, time).await?;
    }
    println!();
    println!("  {:.0} s in all", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Returns whether this part is selected. Without a selection all of them are.
fn is_wanted(part: &str) -> bool {
    const PARTS: [&str; 6] = ["resting", "accepting", "processing", "filled", "listing", "outage"];
    let mut named = std::env::args().filter(|argument| PARTS.contains(&argument.as_str())).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}
