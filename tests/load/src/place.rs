//! The CPUs of the processes.

/// The CPU of a process. The scheduler often puts client and server on the same one, where they wait for each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Client,
    Server,
}

#[cfg(target_os = "linux")]
impl Place {
    /// Binds the process to its CPU, and describes the result.
    pub(crate) fn take(self) -> &'static str {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

        const SHARED: &str = "client and servers run where the system puts them";
        let Ok(allowed) = sched_getaffinity(None) else { return SHARED };
        let mut cpus = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let (Some(servers), Some(clients)) = (cpus.next(), cpus.next()) else { return SHARED };
        let mut only = CpuSet::new();
        only.set(match self {
            Self::Server => servers,
            Self::Client => clients,
        });
        if sched_setaffinity(None, &only).is_err() { SHARED } else { "client and servers on a CPU each" }
    }
}

#[cfg(not(target_os = "linux"))]
impl Place {
    pub(crate) fn take(self) -> &'static str {
        "client and servers run where the system puts them"
    }
}
