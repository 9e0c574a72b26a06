//! Resources of a process, as Linux reports them.

use std::fs;
use std::time::Duration;

use super::source::Failure;

/// Returns the resident memory of this process in bytes.
pub(crate) fn memory() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no VmRSS")?;
    Ok(kilobytes.trim().parse::<u64>()? * 1_024)
}

/// Returns how long the threads of a process have run, in user and system mode, or `None` after its end.
pub(crate) fn ran(process: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    // The ticks of `stat` are hundredths of a second, which is too coarse for an idle process.
    let nanoseconds = threads.filter_map(|thread| {
        let schedule = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
