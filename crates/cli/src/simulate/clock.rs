//! The virtual clock.
//!
//! - It guarantees that an answer takes the same time on both clocks: while a request is under way, and until the end of
//!   a burst, the virtual clock has the pace of the real one. A deadline of 2 s is therefore 2 s for the endpoint too.
//! - It assumes that no event is due in a skipped interval. The caller asks for the next due event first.
//! - Without this rule, an answer after 10 ms at 3600x would have taken 36 s, and every platform would have given up on it.

use std::str::FromStr;
use std::time::Duration;

/// The pace of the virtual clock while no request is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Speed {
    /// A multiple of the real clock.
    Times(f64),
    /// The clock jumps to the next due event.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = text.strip_suffix('x').unwrap_or(text);
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        match number.parse::<f64>() {
            Ok(times) if is_plain && (1.0..=1e9).contains(&times) => Ok(Self::Times(times)),
            _ => Err("expected a factor from 1x to 1000000000x, such as 3600x, or `max`".to_owned()),
        }
    }
}

/// A clock that starts at zero.
#[derive(Debug)]
pub(super) struct Clock {
    speed: Speed,
    /// The end of a burst, which is played in real time.
    real_until: Duration,
    now: Duration,
    /// The sum of real time that earlier waits took too long.
    debt: Duration,
}

impl Clock {
    /// Returns a clock that has the pace of the real one until this time, and then its own.
    pub(super) const fn new(speed: Speed, real_until: Duration) -> Self {
        Self { speed, real_until, now: Duration::ZERO, debt: Duration::ZERO }
    }

    /// Returns the virtual time.
    pub(super) const fn now(&self) -> Duration {
        self.now
    }

    /// Lets real time pass while a request is under way.
    pub(super) fn pass(&mut self, real: Duration) {
        self.now = self.now.saturating_add(real);
    }

    /// Returns the real time to wait for this virtual time while no request is under way.
    pub(super) fn wait(&self, due: Duration) -> Duration {
        self.pace(due).saturating_sub(self.debt)
    }

    /// Arrives at this virtual time after a wait while no request was under way.
    pub(super) fn arrive(&mut self, due: Duration, waited: Duration) {
        self.debt = self.debt.saturating_add(waited).saturating_sub(self.pace(due));
        self.now = self.now.max(due);
    }

    /// Returns the real time from now to this virtual time.
    fn pace(&self, due: Duration) -> Duration {
        let in_real_time = due.min(self.real_until).saturating_sub(self.now);
        let rest = due.saturating_sub(self.now).saturating_sub(in_real_time);
        let rest = match self.speed {
            Speed::Max => Duration::ZERO,
            Speed::Times(times) => rest.div_f64(times),
        };
        in_real_time.saturating_add(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, Speed};

    const HOUR: Duration = Duration::from_secs(3_600);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_speed_is_a_factor_or_max() {
        for (text, want) in [
            ("max", Some(Speed::Max)),
            ("1x", Some(Speed::Times(1.0))),
            ("3600x", Some(Speed::Times(3_600.0))),
            ("3600", Some(Speed::Times(3_600.0))),
            ("1.5x", Some(Speed::Times(1.5))),
            ("0.5x", None),
            ("0", None),
            ("-1x", None),
            ("inf", None),
            ("NaN", None),
            ("1e3x", None),
            ("x", None),
            ("", None),
            ("2000000000x", None),
        ] {
            assert_eq!(text.parse().ok(), want, "{text}");
        }
    }

    #[test]
    fn idle_time_is_waited_for_at_the_speed() {
        for (speed, real_until, due, want) in [
            (Speed::Max, Duration::ZERO, 48 * HOUR, Duration::ZERO),
            (Speed::Times(3_600.0), Duration::ZERO, 48 * HOUR, 48 * SECOND),
            (Speed::Times(17_280.0), Duration::ZERO, 48 * HOUR, 10 * SECOND),
            (Speed::Times(1.0), Duration::ZERO, HOUR, HOUR),
            // Until the end of a burst, each clock has the pace of the real one.
            (Speed::Max, 10 * SECOND, 4 * SECOND, 4 * SECOND),
            (Speed::Max, 10 * SECOND, HOUR, 10 * SECOND),
            (Speed::Times(10.0), 10 * SECOND, 110 * SECOND, 20 * SECOND),
        ] {
            let mut clock = Clock::new(speed, real_until);
            assert_eq!(clock.wait(due), want, "{speed:?} {due:?}");
            clock.arrive(due, want);
            assert_eq!((clock.now(), clock.wait(due)), (due, Duration::ZERO), "{speed:?} {due:?}");
        }
    }

    #[test]
    fn an_answer_takes_the_same_time_on_both_clocks() {
        for speed in [Speed::Max, Speed::Times(3_600.0)] {
            let mut clock = Clock::new(speed, Duration::ZERO);
            clock.arrive(HOUR, HOUR);
            clock.pass(2 * SECOND);
            assert_eq!(clock.now(), HOUR + 2 * SECOND);
        }
    }

    #[test]
    fn a_wait_that_took_too_long_shortens_the_next() {
        let mut clock = Clock::new(Speed::Times(3_600.0), Duration::ZERO);
        clock.arrive(HOUR, 2 * SECOND);
        assert_eq!((clock.now(), clock.wait(4 * HOUR)), (HOUR, 2 * SECOND));
        clock.arrive(4 * HOUR, 2 * SECOND);
        assert_eq!(clock.wait(5 * HOUR), SECOND);
    }

    #[test]
    fn the_clock_never_goes_back() {
        let mut clock = Clock::new(Speed::Max, Duration::ZERO);
        clock.arrive(HOUR, Duration::ZERO);
        clock.arrive(SECOND, Duration::ZERO);
        assert_eq!(clock.now(), HOUR);
    }
}
