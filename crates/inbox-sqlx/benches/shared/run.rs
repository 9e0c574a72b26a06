//! Everything, in its order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::accepting::accepting;
use crate::engine::Place;
use crate::filled::filled;
use crate::processing::processing;
use crate::resting::{full_queue, idle};
use crate::source::{Failure, Source};

/// The seconds for which the inbox is measured for a row, if not set.
const SECONDS: f64 = 3.0;

pub(crate) async fn run() -> Result<(), Failure> {
    let seconds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(SECONDS);
    let (time, begun) = (Duration::from_secs_f64(seconds), Instant::now());
    let place = Place::new().await?;
    let source = Arc::new(Source::new(1_024)?);
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
    filled(&place, &source, time).await?;
    println!();
    println!("  {:.0} s in all", begun.elapsed().as_secs_f64());
    Ok(())
}
