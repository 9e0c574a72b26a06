//! The disk without a database.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::source::Failure;

/// (c): returns how often a second the disk confirms 4 KiB, always at the same place.
pub(crate) fn syncs(folder: &Path, time: Duration) -> Result<f64, Failure> {
    let mut file = File::create(folder.join("synced"))?;
    let (mut begun, mut count) = (Instant::now(), 0);
    // The first write extends the file.
    for round in 0.. {
        file.rewind()?;
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        if round == 0 {
            begun = Instant::now();
        } else {
            count += 1;
        }
        if count > 0 && begun.elapsed() >= time {
            break;
        }
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}
