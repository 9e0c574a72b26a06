//! Hardware counters of the CPU, if they are readable.

/// Cycles and instructions in user mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) cycles: f64,
    pub(crate) instructions: f64,
}

#[cfg(target_os = "linux")]
pub(crate) use linux::Counters;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use perf_event::events::Hardware;
    use perf_event::{Builder, Counter};

    use super::Counts;

    /// Two hardware counters of this thread.
    pub(crate) struct Counters {
        cycles: Counter,
        instructions: Counter,
    }

    impl Counters {
        /// Opens them, or says why the machine has none for us.
        pub(crate) fn open() -> Result<Self, String> {
            let mut counters = Self::try_open().map_err(|error| error.to_string())?;
            let counts = counters.around(|| std::hint::black_box((0..1000_u64).sum::<u64>()));
            // Some virtual machines let the counters be opened and leave them at zero.
            if counts.is_none_or(|counts| counts.cycles == 0.0 || counts.instructions == 0.0) {
                return Err("the counters do not count".to_owned());
            }
            Ok(counters)
        }

        fn try_open() -> io::Result<Self> {
            Ok(Self {
                cycles: Builder::new(Hardware::CPU_CYCLES).build()?,
                instructions: Builder::new(Hardware::INSTRUCTIONS).build()?,
            })
        }

        /// Returns the cost of an act. `None` if the counters fail.
        pub(crate) fn around<T>(&mut self, act: impl FnOnce() -> T) -> Option<Counts> {
            self.restart().ok()?;
            act();
            self.stop().ok()?;
            // Far below 2^52 for one turn, so the conversion is exact.
            let (cycles, instructions) = (self.cycles.read().ok()? as f64, self.instructions.read().ok()? as f64);
            Some(Counts { cycles, instructions })
        }

        fn restart(&mut self) -> io::Result<()> {
            self.cycles.reset()?;
            self.instructions.reset()?;
            self.cycles.enable()?;
            self.instructions.enable()
        }

        fn stop(&mut self) -> io::Result<()> {
            self.instructions.disable()?;
            self.cycles.disable()
        }
    }
}

/// No counters: only Linux's are known here.
#[cfg(not(target_os = "linux"))]
pub(crate) struct Counters;

#[cfg(not(target_os = "linux"))]
impl Counters {
    pub(crate) fn open() -> Result<Self, String> {
        Err("known for Linux only".to_owned())
    }

    pub(crate) fn around<T>(&mut self, act: impl FnOnce() -> T) -> Option<Counts> {
        act();
        None
    }
}
