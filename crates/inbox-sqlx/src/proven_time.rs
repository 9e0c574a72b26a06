//! Proven time, by which deletion goes. The module does no I/O and reads no clock.
//!
//! - **Guarantees**: an entry is deleted only when its age has passed by proven time. A clock that is ahead for less
//!   than a day causes no deletion; a clock that runs fast gains a quarter of an hour a day at most.
//! - **Assumes** that the monotonic clock is right, and that every stamp is at least the proven time when it is
//!   written.
//! - **Without it**, one second with a clock 200 days ahead deletes every id, and the next repeat is paid again.

use std::time::Duration;

/// In milliseconds, like every time of this module.
const HOUR: i64 = 60 * 60 * 1_000;
const DAY: i64 = 24 * HOUR;

/// The largest distance that proven time follows at once while a process runs. It regrows in a day.
const ALLOWANCE: i64 = HOUR / 4;

/// The row of `inbox_clock`: two witnesses of the time, the database's clock and the monotonic clock, and how far they
/// agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProvenTime {
    /// The highest proven time. It never decreases.
    pub(crate) proven_at: i64,
    /// The distance of the pending jump: how far the clock is ahead of proven time. Zero without a jump.
    pub(crate) ahead_by: i64,
    /// The monotonic time for which the clock has kept its distance.
    pub(crate) lasted: i64,
    /// The remaining distance that proven time may follow at once.
    pub(crate) allowance: i64,
    /// The beginning of the stamps whose clock had not lasted a day; `None` if it has.
    pub(crate) unsettled_from: Option<i64>,
    /// Stamps from here to `held_until` count as if they had been written at `held_until`.
    pub(crate) held_from: i64,
    /// The time of the last jump that was accepted while the clock before it was unsettled.
    pub(crate) held_until: i64,
    /// The clock at the last write of this row.
    pub(crate) written_at: i64,
}

impl ProvenTime {
    /// Returns the state when the clock shows `clock`, and `elapsed` has passed on the monotonic clock since this
    /// process last looked. `None` is the first look of a process: time during which no process looked is no proof.
    ///
    /// Several processes count the same time once, because none counts more than the clock has moved since the row was
    /// written.
    pub(crate) fn after(self, elapsed: Option<Duration>, clock: i64) -> Self {
        let moved = clock.saturating_sub(self.written_at).max(0);
        let passed = elapsed.map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX).min(moved));
        let mut next = Self {
            proven_at: self.proven_at + passed,
            allowance: (self.allowance + passed / (DAY / ALLOWANCE)).min(ALLOWANCE),
            written_at: clock,
            ..self
        };
        let ahead = clock.saturating_sub(next.proven_at);
        // A restart takes some time, and does not use the allowance.
        let is_jump = if elapsed.is_some() { ahead > next.allowance } else { ahead >= HOUR };
        if is_jump {
            next.jump(ahead, passed, clock);
        } else {
            next.follow(ahead, passed, elapsed.is_none());
        }
        next
    }

    /// Counts the time of a jump. It is accepted after a day at one distance, with a tolerance of one hour.
    fn jump(&mut self, ahead: i64, passed: i64, clock: i64) {
        if self.ahead_by == 0 || (ahead - self.ahead_by).abs() > HOUR {
            (self.ahead_by, self.lasted) = (ahead, 0);
            return;
        }
        self.lasted += passed;
        if self.lasted >= DAY {
            // The clock before it was behind, and so may be the stamps that were made by it.
            if let Some(from) = self.unsettled_from.take() {
                (self.held_from, self.held_until) = (from, clock);
            }
            (self.proven_at, self.ahead_by, self.lasted) = (clock, 0, DAY);
        }
    }

    /// Follows a clock that is near proven time or behind it. The clock settles when it has agreed for a day. After a
    /// restart it needs at least another hour, because a machine may start with the time at which it was stopped.
    fn follow(&mut self, ahead: i64, passed: i64, is_first: bool) {
        let from = self.proven_at;
        if ahead > 0 {
            self.proven_at += ahead;
            self.allowance -= if is_first { 0 } else { ahead };
        }
        let was_pending = std::mem::take(&mut self.ahead_by) > 0;
        if was_pending || is_first {
            self.unsettled_from.get_or_insert(from);
            self.lasted = if was_pending { 0 } else { self.lasted.min(DAY - HOUR) };
        } else if ahead >= -HOUR && self.unsettled_from.is_some() {
            self.lasted += passed;
            if self.lasted >= DAY {
                (self.unsettled_from, self.lasted) = (None, DAY);
            }
        }
    }

    /// Returns the latest stamp that is at least this old.
    pub(crate) fn latest_of_age(&self, age: i64) -> i64 {
        let latest = self.proven_at.saturating_sub(age);
        if latest < self.held_until { latest.min(self.held_from - 1) } else { latest }
    }

    /// Returns whether the row must be written. Without progress it is not, so that a process that lives for seconds
    /// takes no time from the others.
    pub(crate) fn differs_from(&self, stored: &Self) -> bool {
        *self != Self { written_at: self.written_at, ..*stored } || self.written_at < stored.written_at
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const MINUTE: i64 = 60_000;
    /// The true time at the beginning of every case.
    const BEGIN: i64 = 20_000 * DAY;

    /// A machine with a clock that may be wrong, and the row of its inbox.
    struct Machine {
        time: i64,
        error: i64,
        row: ProvenTime,
        looked_at: Option<i64>,
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        /// Sets the clock to so many milliseconds from the true time.
        Set(i64),
        /// Runs for so long, and looks once a minute.
        Run(i64),
        /// Is off for so long, and starts again.
        Off(i64),
        /// Is restarted at once.
        Restart,
    }
    use Step::{Off, Restart, Run, Set};

    impl Machine {
        fn created(error: i64) -> Self {
            let clock = BEGIN + error;
            let row = ProvenTime {
                proven_at: clock,
                ahead_by: 0,
                lasted: 0,
                allowance: ALLOWANCE,
                unsettled_from: Some(clock),
                held_from: 0,
                held_until: 0,
                written_at: clock,
            };
            let mut machine = Self { time: BEGIN, error, row, looked_at: None };
            machine.look();
            machine
        }

        /// A machine whose clock was right for a month.
        fn settled() -> Self {
            let mut machine = Self::created(0);
            machine.take(&[Run(30 * DAY)]);
            assert_eq!((machine.row.proven_at, machine.row.unsettled_from), (machine.time, None));
            machine
        }

        fn clock(&self) -> i64 {
            self.time + self.error
        }

        fn look(&mut self) {
            let elapsed = self.looked_at.map(|at| Duration::from_millis((self.time - at).unsigned_abs()));
            let next = self.row.after(elapsed, self.clock());
            assert!(next.proven_at >= self.row.proven_at, "proven time never decreases: {:?}", self.row);
            self.row = if next.differs_from(&self.row) { next } else { self.row };
            self.looked_at = Some(self.time);
        }

        fn take(&mut self, steps: &[Step]) {
            for step in steps {
                match *step {
                    Set(error) => self.error = error,
                    Run(time) => {
                        let end = self.time + time;
                        while self.time < end {
                            self.time = end.min(self.time + MINUTE);
                            self.look();
                        }
                    }
                    Off(time) => {
                        self.time += time;
                        self.looked_at = None;
                        self.look();
                    }
                    Restart => {
                        self.looked_at = None;
                        self.look();
                    }
                }
            }
        }

        /// The stamp of an entry that finishes now.
        fn stamp(&self) -> i64 {
            self.clock().max(self.row.proven_at)
        }

        /// How far proven time is from the true one.
        fn proven_ahead(&self) -> i64 {
            self.row.proven_at - self.time
        }

        /// Whether an entry with this stamp would be deleted at this age.
        fn deletes(&self, stamp: i64, age: i64) -> bool {
            stamp <= self.row.latest_of_age(age)
        }
    }

    const STEPS: [i64; 6] = [HOUR, 2 * HOUR, 3 * DAY, 100 * DAY, 200 * DAY, 20_000 * DAY];

    #[test]
    fn a_clock_ahead_proves_nothing_until_it_lasted_a_day() {
        for step in STEPS {
            for lasts in [0, MINUTE, 23 * HOUR] {
                for restarts in [&[][..], &[Restart], &[Off(MINUTE)]] {
                    let mut machine = Machine::settled();
                    let stamp = machine.stamp();
                    machine.take(&[Set(step), Run(lasts)]);
                    machine.take(restarts);
                    let ahead = machine.proven_ahead();
                    assert!(ahead <= 0, "{step} for {lasts}, {restarts:?}: {ahead}");
                    assert!(!machine.deletes(stamp, 2 * DAY), "{step} for {lasts}, {restarts:?}");
                    // After the correction, old entries are deleted again.
                    machine.take(&[Set(0), Run(MINUTE)]);
                    assert_eq!((machine.row.ahead_by, machine.proven_ahead()), (0, 0), "{step} for {lasts}");
                    machine.take(&[Run(2 * DAY)]);
                    assert!(machine.deletes(stamp, 2 * DAY), "{step} for {lasts}, {restarts:?}");
                }
            }
        }
    }

    #[test]
    fn a_clock_ahead_is_believed_after_a_day() {
        for step in STEPS {
            let mut machine = Machine::settled();
            machine.take(&[Set(step), Run(DAY + 2 * MINUTE)]);
            assert_eq!((machine.proven_ahead(), machine.row.ahead_by), (step, 0), "{step}");
        }
    }

    #[test]
    fn a_machine_that_was_off_deletes_nothing_for_a_day() {
        for off in [2 * HOUR, 3 * DAY, 100 * DAY] {
            let mut machine = Machine::settled();
            let stamp = machine.stamp();
            machine.take(&[Off(off), Run(23 * HOUR)]);
            assert!(machine.row.ahead_by > 0 && !machine.deletes(stamp, 25 * HOUR), "{off}");
            machine.take(&[Run(HOUR + 2 * MINUTE)]);
            assert_eq!((machine.row.ahead_by, machine.proven_ahead()), (0, 0), "{off}");
            assert!(machine.deletes(stamp, off + DAY), "{off}");
        }
    }

    #[test]
    fn downtime_and_frequent_restarts_prove_nothing_and_stop_nothing() {
        let hourly = |lost: i64| [Run(HOUR - lost), Off(lost)].repeat(30);
        for (steps, is_pending) in [
            // A short absence is not a jump.
            (vec![Off(50 * MINUTE)], false),
            ([Run(MINUTE), Off(50 * MINUTE)].repeat(200), false),
            // Of a long one only what runs afterwards counts, restarts or not.
            (vec![Off(3 * DAY), Run(12 * HOUR)], true),
            ([vec![Off(3 * DAY)], hourly(MINUTE)].concat(), false),
            ([vec![Off(3 * DAY)], vec![Restart; 5_000]].concat(), true),
        ] {
            let mut machine = Machine::settled();
            machine.take(&steps);
            assert_eq!(machine.row.ahead_by > 0, is_pending, "{:?} of {}", &steps[..2.min(steps.len())], steps.len());
        }
        // A machine that is off every night is never a day at one distance: only its running time counts.
        let mut machine = Machine::settled();
        let before = machine.row.proven_at;
        machine.take(&[Run(14 * HOUR), Off(10 * HOUR)].repeat(20));
        assert!(machine.row.proven_at - before >= 20 * 14 * HOUR, "{machine:?}", machine = machine.row);
    }

    #[test]
    fn a_clock_in_small_steps_gains_little() {
        for (step, every) in [(50 * MINUTE, MINUTE), (MINUTE, MINUTE), (5 * MINUTE, HOUR)] {
            let mut machine = Machine::settled();
            let stamp = machine.stamp();
            for day in 1..=10 {
                for _ in 0..DAY / every {
                    machine.take(&[Set(machine.error + step), Run(every)]);
                }
                let ahead = machine.proven_ahead();
                assert!(ahead <= (day + 1) * ALLOWANCE, "{step} every {every}: {ahead} on day {day}");
            }
            assert!(!machine.deletes(stamp, 11 * DAY), "{step} every {every}");
        }
    }

    #[test]
    fn a_clock_that_flaps_proves_nothing() {
        for flaps in [[Set(100 * DAY), Set(0)], [Set(100 * DAY), Set(200 * DAY)], [Set(100 * DAY), Set(98 * DAY)]] {
            let mut machine = Machine::settled();
            let stamp = machine.stamp();
            for flap in flaps.repeat(20) {
                machine.take(&[flap, Run(20 * HOUR)]);
                assert!(!machine.deletes(stamp, 80 * DAY), "{flaps:?}");
            }
        }
    }

    #[test]
    fn an_entry_that_finishes_while_the_clock_is_behind_is_not_deleted_early() {
        for error in STEPS.map(|step| -step) {
            for lasts in [0, MINUTE, 20 * DAY] {
                let mut machine = Machine::settled();
                machine.take(&[Set(error), Run(lasts)]);
                let (stamp, finished) = (machine.stamp(), machine.time);
                machine.take(&[Restart, Set(0), Run(2 * DAY)]);
                let age = machine.time - finished;
                // What passed between the last look and the step is not counted.
                assert!(!machine.deletes(stamp, age + 2 * MINUTE), "{error} for {lasts}");
                assert!(machine.deletes(stamp, age - 2 * HOUR), "{error} for {lasts}");
            }
        }
    }

    #[test]
    fn a_clock_that_was_wrong_at_the_start_deletes_nothing_early() {
        // The errors at first, and whether the machine was new or off for so long.
        for error in STEPS.iter().flat_map(|step| [-step, *step]) {
            for is_new in [true, false] {
                let mut machine = if is_new { Machine::created(error) } else { Machine::settled() };
                if !is_new {
                    machine.take(&[Set(error), Off(error.abs())]);
                }
                machine.take(&[Run(MINUTE)]);
                let (stamp, finished) = (machine.stamp(), machine.time);
                machine.take(&[Run(2 * MINUTE), Set(0), Run(5 * DAY)]);
                let age = machine.time - finished;
                assert!(!machine.deletes(stamp, age + HOUR), "{error}, {is_new}: {:?}", machine.row);
                machine.take(&[Run(4 * DAY)]);
                assert!(error > 0 || machine.deletes(stamp, age - DAY), "{error}, {is_new}: {:?}", machine.row);
            }
        }
    }

    #[test]
    fn several_processes_count_the_same_time_once() {
        for processes in [2, 3, 10] {
            let mut row = Machine::settled().row;
            let begin = row.proven_at;
            let mut looked_at = BTreeMap::new();
            // The clock jumps at first, and every process looks once a minute.
            for second in 1..=20 * 60 * 60_i64 {
                let process = second % 60;
                if process < processes {
                    let elapsed = looked_at.insert(process, second).map(|at| (second - at).unsigned_abs());
                    row = row.after(elapsed.map(Duration::from_secs), begin + 100 * DAY + second * 1_000);
                }
            }
            let counted = row.proven_at - begin;
            assert!(counted <= 20 * HOUR + MINUTE, "{processes}: {counted}");
            assert!(counted >= 19 * HOUR, "{processes}: {counted}");
            assert!(row.ahead_by > 0, "{processes}");
        }
    }
}
