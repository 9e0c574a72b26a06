//! Everything, in its order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::accepting::accepting;
use crate::engine::Place;
use crate::filled::filled;
use crate::processing::processing;
use crate::resting::{full_queue, idle};
use crate::source::{Failure, Keys, Source};

/// The seconds for which the inbox is measured for a row, if not set, and for a look.
const SECONDS: f64 = 3.0;
const QUICK: f64 = 0.5;

pub(crate) async fn run() -> Result<(), Failure> {
    let usual = if std::env::args().any(|argument| argument == "--quick") { QUICK } else { SECONDS };
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(usual);
    let (time, begun) = (Duration::from_secs_f64(seconds), Instant::now());
    let place = Place::new().await?;
    let source = Arc::new(Source::new(1_024, Keys::InTime)?);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{}; {} processors, load {}; bodies of {} bytes",
        place.engine().await?,
        std::thread::available_parallelism()?,
        load.split(' ').next().unwrap_or_default(),
        source.request()?.body().len()
    );
    full_queue(&place).await?;
    idle(&place, time).await?;
    accepting(&place, &source, time).await?;
    processing(&place, &source, time).await?;
    filled(&place, time).await?;
    println!();
    println!("  {:.0} s in all", begun.elapsed().as_secs_f64());
    Ok(())
}
