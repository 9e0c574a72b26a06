//! The resources of a server, as it counts them itself.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The resources that a process has used since it began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Usage {
    /// Time on a CPU, in user mode and in the kernel, or `None` if the system does not report it.
    pub(crate) cpu: Option<Duration>,
    pub(crate) user_instructions: Option<u64>,
    pub(crate) kernel_instructions: Option<u64>,
}

impl Usage {
    /// Returns the difference to an earlier measurement.
    pub(crate) fn since(self, earlier: Self) -> Self {
        let between = |now: Option<u64>, then: Option<u64>| now?.checked_sub(then?);
        Self {
            cpu: self.cpu.zip(earlier.cpu).map(|(now, then)| now.saturating_sub(then)),
            user_instructions: between(self.user_instructions, earlier.user_instructions),
            kernel_instructions: between(self.kernel_instructions, earlier.kernel_instructions),
        }
    }
}

/// Three numbers on a line, with a dash for an unknown one.
impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.cpu.and_then(|cpu| u64::try_from(cpu.as_nanos()).ok());
        let text = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let [user, kernel] = [self.user_instructions, self.kernel_instructions].map(text);
        write!(f, "{} {user} {kernel}", text(nanoseconds))
    }
}

impl FromStr for Usage {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let numbers: Vec<Option<u64>> = line.split(' ').map(|number| number.parse().ok()).collect();
        let [nanoseconds, user_instructions, kernel_instructions] = numbers[..] else {
            return Err(format!("not three numbers: {line}"));
        };
        Ok(Self { cpu: nanoseconds.map(Duration::from_nanos), user_instructions, kernel_instructions })
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::Meter;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::time::Duration;

    use perf_event::events::Hardware;
    use perf_event::{Builder, Counter};

    use super::Usage;

    /// The counters of the CPU, if they are readable, and those of the scheduler.
    pub(crate) struct Meter {
        user: Option<Counter>,
        kernel: Option<Counter>,
    }

    impl Meter {
        /// Starts to count for this thread, and for the threads that it starts from now on.
        pub(crate) fn open() -> Self {
            let open = |in_kernel: bool| {
                let mut builder = Builder::new(Hardware::INSTRUCTIONS);
                let mut counter =
                    builder.exclude_user(in_kernel).exclude_kernel(!in_kernel).inherit(true).build().ok()?;
                counter.enable().ok()?;
                // Some virtual machines let counters be opened and leave them at zero.
                std::hint::black_box((0..1000_u64).sum::<u64>());
                counter.read().is_ok_and(|count| count > 0).then_some(counter)
            };
            Self { user: open(false), kernel: open(true) }
        }

        pub(crate) fn usage(&mut self) -> Usage {
            let read = |counter: &mut Option<Counter>| counter.as_mut()?.read().ok();
            Usage {
                cpu: cpu_of_all_threads(),
                user_instructions: read(&mut self.user),
                kernel_instructions: read(&mut self.kernel),
            }
        }
    }

    /// Returns the first number in a thread's `schedstat`, which is its nanoseconds on a CPU. The more usual `stat`
    /// counts in ticks of ten milliseconds.
    fn cpu_of_all_threads() -> Option<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir("/proc/self/task").ok()? {
            let statistics = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            nanoseconds += statistics.split(' ').next()?.parse::<u64>().ok()?;
        }
        Some(Duration::from_nanos(nanoseconds))
    }
}

/// Counters of other systems than Linux, which are unsupported.
#[cfg(not(target_os = "linux"))]
pub(crate) struct Meter;

#[cfg(not(target_os = "linux"))]
impl Meter {
    pub(crate) fn open() -> Self {
        Self
    }

    pub(crate) fn usage(&mut self) -> Usage {
        Usage { cpu: None, user_instructions: None, kernel_instructions: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_survives_the_way_between_the_processes() {
        let counted =
            Usage { cpu: Some(Duration::from_nanos(7)), user_instructions: Some(5), kernel_instructions: Some(3) };
        for usage in [counted, Usage { user_instructions: None, kernel_instructions: None, ..counted }] {
            assert_eq!(usage.to_string().parse(), Ok(usage));
        }
    }
}
