//! The connections of a process, by their use.
//!
//! - **Guarantees**: all uses together have no more connections than the application permits, and each has one.
//! - **Assumes** that opening a store, which needs one connection, is over before the pools connect.
//! - **Without it**, a server with few connections would refuse other programs, or a use without a connection would
//!   wait until its time-out.

/// The connections of a process, by their use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connections {
    /// The number of batches that are stored at once: while one waits for the disk, the next is sent.
    pub(crate) writers: u32,
    /// Those that count repeats. They are apart, because a flood of one delivery waits for one row.
    pub(crate) repeats: u32,
    /// Those that claim, end attempts and read.
    pub(crate) changes: u32,
    /// The number of handlers that run at once.
    pub(crate) handlers: u32,
}

impl Connections {
    /// The connection that listens.
    pub(crate) const LISTENER: u32 = 1;

    /// The fewest connections of a process: one for each use.
    pub(crate) const LEAST: u32 = 5;

    /// The default.
    pub(crate) const DEFAULT: u32 = 25;

    /// The most that any use but handlers needs in addition to its first connection.
    const OTHERS: u32 = 5;

    /// Divides this many connections. Handlers get half of those above the least, and all that the others do not need.
    pub(crate) fn of(most: u32) -> Self {
        let above = most.saturating_sub(Self::LEAST);
        let others = (above / 2).min(Self::OTHERS);
        let handlers = (1 + above - others).min(u32::from(u16::MAX));
        // In the order of their use: a second one that changes, a second writer, and so on.
        let extra = |places: [u32; 3]| places.iter().filter(|place| **place < others).count() as u32;
        const NONE: u32 = u32::MAX;
        Self {
            changes: 1 + extra([0, 2, 4]),
            writers: 1 + extra([1, NONE, NONE]),
            repeats: 1 + extra([3, NONE, NONE]),
            handlers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_has_a_connection_and_all_have_no_more_than_permitted() {
        for most in (Connections::LEAST..300).chain([65_535, 65_544]) {
            let Connections { writers, repeats, changes, handlers } = Connections::of(most);
            assert_eq!(writers + repeats + changes + handlers + Connections::LISTENER, most, "{most}");
            assert!([writers, repeats, changes, handlers].iter().all(|uses| *uses >= 1), "{most}");
        }
        let rows =
            [(5, 1, 1, 1, 1), (10, 2, 1, 2, 4), (25, 2, 2, 4, 16), (73, 2, 2, 4, 64), (u32::MAX, 2, 2, 4, 65_535)];
        for (most, writers, repeats, changes, handlers) in rows {
            assert_eq!(Connections::of(most), Connections { writers, repeats, changes, handlers }, "{most}");
        }
    }
}
