//! The cost of strangers' connections to a server: its memory, and the time of genuine deliveries meanwhile.
//!
//! Each attack has a separate server process, so that the peak of that process's resident memory is the attack's. Once
//! all strangers are connected, genuine deliveries follow one after another, each on a new connection.

mod attack;
mod genuine;

use std::fs;
use std::time::{Duration, Instant};

use attack::Attack;
use genuine::Times;

use crate::child::Server;
use crate::machine;
use crate::place::Place;
use crate::servers::{Framework, Handler};

/// The size of a measurement.
pub(crate) struct Effort {
    connections: usize,
    deliveries: usize,
    /// How long the attack runs before the first genuine delivery.
    head_start: Duration,
}

pub(crate) const FULL: Effort = Effort { connections: 2000, deliveries: 600, head_start: Duration::from_secs(12) };
/// For a test that only checks that the program works, optimised or not.
pub(crate) const SMOKE: Effort = Effort { connections: 100, deliveries: 20, head_start: Duration::from_millis(300) };

/// The goals: resident memory, and the 99th percentile of genuine deliveries.
const MOST_MEMORY: f64 = 100.0;
const MOST_TIME: Duration = Duration::from_millis(50);

/// Measures the attacks whose row contains all of these words.
pub(crate) fn measure(effort: &Effort, words: &[&str]) {
    machine::print();
    println!("{} connections of strangers, {} genuine deliveries", effort.connections, effort.deliveries);
    println!("{:<7}{:<28}{:>12}{:>12}{:>8}{:>10}{:>10}{:>8}", "", "", "before", "peak", "CPU", "p50", "p99", "lost");
    for framework in Framework::WITH_OURS {
        for attack in Attack::ALL {
            let label = format!("{} {}", framework.name(), attack.name());
            if !words.iter().all(|word| label.contains(word)) {
                continue;
            }
            let row = Row::measure(framework, attack, effort);
            println!("{row}");
            assert_eq!(row.times.lost, 0, "genuine deliveries were not accepted");
        }
    }
    println!("goals: peak < {MOST_MEMORY} MiB, p99 < {MOST_TIME:?}; `!` marks what misses one");
}

struct Row {
    framework: Framework,
    attack: Attack,
    before: f64,
    peak: f64,
    /// The share of one CPU that the server used, from the start of the attack.
    busy: f64,
    times: Times,
}

impl Row {
    fn measure(framework: Framework, attack: Attack, effort: &Effort) -> Self {
        let mut server = Server::start(framework, Handler::Ours);
        Place::Client.take();
        let before = memory(&server, "VmRSS:");
        let (began, used) = (Instant::now(), server.usage());
        attack.begin(server.address, effort.connections);
        std::thread::sleep(effort.head_start);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let times = runtime.block_on(genuine::deliver(server.address, effort.deliveries));
        let cpu = server.usage().since(used).cpu.map_or(f64::NAN, |cpu| cpu.as_secs_f64());
        let busy = cpu / began.elapsed().as_secs_f64();
        Self { framework, attack, before, peak: memory(&server, "VmHWM:"), busy, times }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { framework, attack, before, peak, busy, times } = self;
        let (middle, most) = (times.within(0.5), times.within(0.99));
        let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
        write!(f, "{:<7}{:<28}{before:>8.1} MiB{peak:>8.1} MiB", framework.name(), attack.name())?;
        write!(f, "{:>6.0} %", busy * 100.0)?;
        write!(f, "{:>10}{:>10}{:>8}", milliseconds(middle), milliseconds(most), times.lost)?;
        if *peak >= MOST_MEMORY || most >= MOST_TIME { write!(f, "  !") } else { Ok(()) }
    }
}

/// Returns a line of the process's memory in MiB, or NaN if the system does not report it.
fn memory(server: &Server, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let kilobytes = status.lines().find_map(|text| text.strip_prefix(line)?.trim().strip_suffix(" kB"));
    kilobytes.map_or(f64::NAN, |number| number.trim().parse::<f64>().unwrap() / 1024.0)
}
