//! The scenarios: the order and the times of events, lost answers, repeats, and outages.

use std::time::Duration;

use clap::ValueEnum;

use super::random::draw;

/// The number of events among which `reorder` shuffles.
const WINDOW: u64 = 8;

/// The time after which `duplicates` repeats a delivery once more.
const LATER: Duration = Duration::from_secs(3_600);

/// The course of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Scenario {
    /// The events come evenly over the duration.
    #[default]
    Steady,
    /// One or two answers to each delivery are lost, so that accepted deliveries are retried.
    Retries,
    /// Each accepted delivery comes again at once, and some of them once more after an hour.
    Duplicates,
    /// The events come in another order than they happened.
    Reorder,
    /// The endpoint is not reachable for the first `--down-for`.
    Outage,
    /// The secret changes from the second to the first in the middle of the duration.
    Rotation,
    /// The events come at `--rate` a second, in real time.
    Burst,
}

impl Scenario {
    /// Returns the name, as at the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// The script of a simulation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) scenario: Scenario,
    pub(super) seed: u64,
    /// The number of events.
    pub(super) count: u32,
    /// The time over which the events are spread.
    pub(super) duration: Duration,
    /// The length of the outage at the start.
    pub(super) down_for: Duration,
}

impl Script {
    /// Returns the time of the first attempt in this place of the order.
    pub(super) fn due(&self, place: u32) -> Duration {
        let nanoseconds = self.duration.as_nanos() * u128::from(place) / u128::from(self.count.max(1));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    /// Returns the number of the event in this place of the order.
    pub(super) fn number(&self, place: u32) -> u32 {
        if self.scenario != Scenario::Reorder {
            return place;
        }
        let (place, count) = (u64::from(place), u64::from(self.count));
        let start = place - place % WINDOW;
        let mut window: Vec<u64> = (start..count.min(start + WINDOW)).collect();
        for last in (1..window.len() as u64).rev() {
            let other = draw(self.seed, start + last, 1) % (last + 1);
            window.swap(usize::try_from(last).unwrap_or_default(), usize::try_from(other).unwrap_or_default());
        }
        // Two neighbours always change places if chance has kept the order.
        if window.is_sorted() && window.len() > 1 {
            window.swap(0, 1);
        }
        let at = usize::try_from(place - start).unwrap_or_default();
        window.get(at).and_then(|number| u32::try_from(*number).ok()).unwrap_or_default()
    }

    /// Returns whether the endpoint is not reachable.
    pub(super) fn is_down(&self, at: Duration) -> bool {
        at < self.down_for
    }

    /// Returns the number of lost answers to this event's delivery.
    pub(super) fn lost_answers(&self, number: u32) -> u64 {
        if self.scenario == Scenario::Retries { 1 + draw(self.seed, u64::from(number), 2) % 2 } else { 0 }
    }

    /// Returns the waits before the repeats of this event's delivery, once it is accepted.
    pub(super) fn repeats(&self, number: u32) -> &'static [Duration] {
        match self.scenario {
            Scenario::Duplicates if draw(self.seed, u64::from(number), 3).is_multiple_of(2) => &[Duration::ZERO, LATER],
            Scenario::Duplicates => &[Duration::ZERO],
            _ => &[],
        }
    }

    /// Returns the time of the change of secrets.
    pub(super) fn rotates_at(&self) -> Duration {
        self.duration / 2
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Scenario, Script};

    const DAY: Duration = Duration::from_secs(86_400);

    fn script(scenario: Scenario, count: u32, seed: u64) -> Script {
        Script { scenario, seed, count, duration: DAY, down_for: Duration::ZERO }
    }

    #[test]
    fn events_come_evenly() {
        let steady = script(Scenario::Steady, 24, 1);
        let hours: Vec<u64> = (0..24).map(|place| steady.due(place).as_secs()).collect();
        assert_eq!(hours, (0..24).map(|hour| hour * 3_600).collect::<Vec<_>>());
        assert_eq!(script(Scenario::Steady, 100_000, 1).due(99_999).as_millis(), 86_399_136);
    }

    #[test]
    fn another_order_has_every_event_once() {
        for (count, seed) in [(1, 1), (2, 1), (7, 3), (8, 3), (9, 3), (100, 4), (100, 5)] {
            let reorder = script(Scenario::Reorder, count, seed);
            let order: Vec<u32> = (0..count).map(|place| reorder.number(place)).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..count).collect::<Vec<_>>(), "{count} {seed}");
            assert_eq!(order == sorted, count == 1, "{count} {seed}");
        }
        let order = |seed| (0..100).map(|place| script(Scenario::Reorder, 100, seed).number(place)).collect::<Vec<_>>();
        assert_ne!(order(4), order(5));
        assert_eq!(order(4), order(4));
    }

    #[test]
    fn only_their_scenarios_lose_answers_and_repeat() {
        for scenario in [Scenario::Steady, Scenario::Reorder, Scenario::Outage, Scenario::Rotation, Scenario::Burst] {
            let script = script(scenario, 10, 1);
            assert!((0..10).all(|number| script.lost_answers(number) == 0 && script.repeats(number).is_empty()));
        }
        let lost: Vec<u64> = (0..50).map(|number| script(Scenario::Retries, 50, 1).lost_answers(number)).collect();
        assert!(lost.contains(&1) && lost.contains(&2) && lost.iter().all(|lost| (1..=2).contains(lost)));
        let repeats: Vec<usize> =
            (0..50).map(|number| script(Scenario::Duplicates, 50, 1).repeats(number).len()).collect();
        assert!(repeats.contains(&1) && repeats.contains(&2));
    }
}
