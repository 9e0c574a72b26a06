//! A disk that fills up and then has room.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::judge::judge;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::small(folder.path().join("disk"));
    let shop = Shop::open_at(&setting, setting.store.new_database(&disk.0).await, folder).await;
    let receiver = shop.start("receiver", Work::Tx).await;
    let plan = Plan { pause: Duration::from_millis(5), ..Plan::STEADY };
    let traffic = Traffic::start(&[receiver.door().clone()], plan);
    let began = Instant::now();
    while traffic.so_far().count(503) < 50 && began.elapsed() < Duration::from_secs(30) {
        sleep(Duration::from_millis(100)).await;
    }
    let filled = began.elapsed();
    sleep(Duration::from_secs(2)).await;
    disk.grow();
    let room = Instant::now();
    sleep(Duration::from_secs(2)).await;
    let record = traffic.end().await;
    let mut row = judge(&shop, "disk-full", &record, Promise::ExactlyOnce).await;
    row.must(record.count(503) >= 50, "the disk was full");
    let recovered = record.recovered_after(room).unwrap_or(Duration::MAX);
    row.must(recovered <= Duration::from_secs(10), &format!("it accepts again within 10 s: {recovered:?}"));
    row.note(&format!("full after {filled:.1?}; accepting {recovered:.0?} after there was room, without a restart"));
    vec![row]
}

/// A disk in memory, unmounted when it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn small(at: PathBuf) -> Self {
        std::fs::create_dir(&at).unwrap();
        mount("size=6m", &at);
        Self(at)
    }

    fn grow(&self) {
        mount("remount,size=64m", &self.0);
    }
}

fn mount(options: &str, at: &Path) {
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status();
    assert!(mount.unwrap().success(), "a disk in memory cannot be mounted; without root, go through `unshare -rm`");
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A lazy unmount, because the processes on it exit a little later.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
