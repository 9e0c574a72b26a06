//! The database's files are renamed, deleted, replaced and put back under two receivers.

use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::judge::judge;
use crate::row::{Promise, Row};
use crate::serve::Work;
use crate::setting::Setting;
use crate::shop::Shop;
use crate::traffic::{Plan, Traffic};

/// How long the files are away, and how long the receivers may take afterwards.
const AWAY: Duration = Duration::from_millis(1_500);
const BACK: Duration = Duration::from_secs(5);

const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// An act on the files, and the way to undo it.
struct Accident {
    name: &'static str,
    act: fn(&Path) -> Result<()>,
    undo: fn(&Path) -> Result<()>,
}

const ACCIDENTS: &[Accident] = &[
    Accident { name: "all renamed", act: |file| each(file, &aside(file)), undo: |file| each(&aside(file), file) },
    Accident {
        name: "the file renamed",
        act: |file| std::fs::rename(file, aside(file)),
        undo: |file| std::fs::rename(aside(file), file),
    },
    Accident {
        name: "the folder renamed",
        act: |file| std::fs::rename(folder(file), folder(file).with_extension("away")),
        undo: |file| std::fs::rename(folder(file).with_extension("away"), folder(file)),
    },
    Accident {
        name: "all deleted, and linked again",
        act: |file| {
            SUFFIXES.iter().try_for_each(|suffix| {
                std::fs::hard_link(with_suffix(file, suffix), with_suffix(&aside(file), suffix))?;
                std::fs::remove_file(with_suffix(file, suffix))
            })
        },
        undo: |file| each(&aside(file), file),
    },
    Accident {
        name: "a copy moved over it, and back",
        act: |file| {
            let copy = file.with_extension("copy");
            std::fs::copy(file, &copy)?;
            std::fs::rename(file, aside(file))?;
            std::fs::rename(copy, file)
        },
        undo: |file| std::fs::rename(aside(file), file),
    },
    Accident { name: "the log deleted", act: |file| std::fs::remove_file(with_suffix(file, "-wal")), undo: |_| Ok(()) },
    Accident {
        name: "the index deleted",
        act: |file| std::fs::remove_file(with_suffix(file, "-shm")),
        undo: |_| Ok(()),
    },
];

fn aside(file: &Path) -> PathBuf {
    file.with_extension("aside")
}

fn folder(file: &Path) -> &Path {
    file.parent().expect("it is in a folder")
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", file.display()).into()
}

fn each(from: &Path, to: &Path) -> Result<()> {
    SUFFIXES.iter().try_for_each(|suffix| std::fs::rename(with_suffix(from, suffix), with_suffix(to, suffix)))
}

pub(super) async fn run(setting: Setting) -> Vec<Row> {
    let temporary = tempfile::tempdir().unwrap();
    let data = temporary.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let url = setting.store.new_database(&data).await;
    let file = data.join("shop.db");
    let shop = Shop::open_at(&setting, url, temporary).await;
    let receivers = [shop.start("first", Work::Tx).await, shop.start("second", Work::Tx).await];
    let doors = receivers.each_ref().map(|receiver| receiver.door().clone());
    let traffic = Traffic::start(&doors, Plan::STEADY);
    let mut seen = Vec::new();
    for accident in ACCIDENTS {
        sleep(Duration::from_millis(500)).await;
        let refused = traffic.so_far().count(503);
        (accident.act)(&file).unwrap();
        // A log that was deleted without its file is recreated at once.
        sleep(AWAY).await;
        (accident.undo)(&file).unwrap();
        let back = Instant::now();
        sleep(BACK.min(Duration::from_secs(2))).await;
        let record = traffic.so_far();
        seen.push((accident.name, record.count(503) - refused, record.recovered_after(back)));
    }
    let record = traffic.end().await;
    drop(receivers);
    let mut row = judge(&shop, "moved-file", &record, Promise::ExactlyOnce).await;
    for (name, refused, recovered) in seen {
        row.must(refused > 0, &format!("deliveries are refused meanwhile: {name}"));
        let recovered = recovered.unwrap_or(Duration::MAX);
        row.must(recovered <= BACK, &format!("it accepts again within {BACK:?}: {name}: {recovered:?}"));
        row.note(&format!("{name}: {refused} refused, accepting {recovered:.0?} after"));
    }
    vec![row]
}
