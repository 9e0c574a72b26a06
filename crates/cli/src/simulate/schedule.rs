//! The times of retries, published or assumed.

use std::time::Duration;

use referral_webhooks::{Contract, Retries};

use crate::reading::Next;

const MINUTE: Duration = Duration::from_secs(60);

/// The assumed step after the assumed or published offsets.
const STEP: Duration = Duration::from_secs(12 * 3_600);

/// The assumed offsets: waits of a minute, doubled until they would exceed [`STEP`].
const DOUBLED: &[Duration] = &[
    MINUTE,
    Duration::from_secs(3 * 60),
    Duration::from_secs(7 * 60),
    Duration::from_secs(15 * 60),
    Duration::from_secs(31 * 60),
    Duration::from_secs(63 * 60),
    Duration::from_secs(127 * 60),
    Duration::from_secs(255 * 60),
    Duration::from_secs(511 * 60),
    Duration::from_secs(1_023 * 60),
];

/// The assumed end of retries without a published one.
const ASSUMED_END: Duration = Duration::from_secs(3 * 86_400);

/// The times of retries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    published: Retries,
    /// The retries in place of unpublished ones.
    assumed: Retries,
    /// The time after which a delivery counts as lost although the platform may go on.
    patience: Duration,
}

/// The time of a retry, or the reason for its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    At(Duration),
    /// The schedule has ended.
    Ended,
    /// The schedule goes on, and the simulation does not.
    Beyond,
}

impl Schedule {
    /// Returns the schedule of a contract.
    pub(super) fn of(contract: &Contract, assumes_retries: bool, patience: Duration) -> Self {
        let published = contract.retries;
        let end = published.horizon().unwrap_or(ASSUMED_END);
        let assumed = match (assumes_retries, published.offsets.last()) {
            (false, _) => Retries::NONE,
            (true, None) => Retries::at(DOUBLED).then_every(STEP).until(end),
            (true, Some(_)) => Retries::at(published.offsets).then_every(STEP),
        };
        Self { published, assumed, patience }
    }

    /// Returns the retry that follows this number of retries, if the platform's next step is one.
    pub(super) fn retry(&self, next: Next, number: usize) -> Retry {
        let offset = match next {
            Next::Retry(Some(offset)) => Some(offset),
            Next::Retry(None) => self.assumed.schedule().nth(number),
            _ => None,
        };
        match offset {
            Some(offset) if offset > self.patience => Retry::Beyond,
            Some(offset) => Retry::At(offset),
            None => Retry::Ended,
        }
    }

    /// Returns whether there is at least one retry.
    pub(super) fn has_retries(&self) -> bool {
        self.published.schedule().next().or_else(|| self.unpublished()?.schedule().next()).is_some()
    }

    /// Returns the assumption about unpublished retries in words. `None` if the schedule is published.
    pub(super) fn assumption(&self) -> Option<String> {
        let assumed = self.unpublished()?;
        if assumed == Retries::NONE {
            return Some("no retries, because the platform does not publish them".to_owned());
        }
        let until = super::span::written(assumed.horizon().unwrap_or(self.patience));
        let times = if self.published.offsets.is_empty() {
            format!("retries after waits of 1 min, doubled up to 12 h, for {until}")
        } else {
            "retries every 12 h after the published ones".to_owned()
        };
        Some(format!("{times}, because the platform does not publish them"))
    }

    /// Returns the assumed retries if the published ones do not suffice.
    fn unpublished(&self) -> Option<Retries> {
        let Retries { offsets, then_every, .. } = self.published;
        let is_unpublished = match self.published.horizon() {
            None => then_every.is_none(),
            Some(end) => offsets.is_empty() && then_every.is_none() && !end.is_zero(),
        };
        is_unpublished.then_some(self.assumed)
    }

    /// Returns the time after which a delivery counts as lost.
    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    /// Returns the time from the first attempt to the last.
    pub(super) fn end(&self) -> Duration {
        let retries = self.unpublished().unwrap_or(self.published);
        retries.schedule().take_while(|offset| *offset <= self.patience).last().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use referral_webhooks::{Contract, Retries};

    use super::{Retry, Schedule};
    use crate::client::Answer;
    use crate::reading::{Next, Reading};
    use crate::sender::Sender;

    const DAY: Duration = Duration::from_secs(86_400);

    /// Returns the offsets of all retries of a delivery that is never answered, in seconds.
    fn offsets(contract: &Contract, schedule: &Schedule) -> Vec<u64> {
        let answer = Answer::Unreachable(String::new());
        let retry = |number| {
            let next = Reading::after_retries(number, contract, None, &answer).next;
            match schedule.retry(next, number) {
                Retry::At(offset) => Some(offset.as_secs()),
                Retry::Ended | Retry::Beyond => None,
            }
        };
        (0..).map_while(retry).collect()
    }

    /// The offsets in `shared/platforms`, by hand: their number, the first ones and the last one, in seconds.
    #[test]
    fn each_platform_retries_at_its_documented_times() {
        let assumed = &[60, 180, 420, 900, 1_860, 3_780, 7_620, 15_300, 30_660, 61_380, 104_580][..];
        for (platform, number, first, last, is_assumed) in [
            ("prefinery", 15, &[6, 27, 113, 374, 1_004, 2_305][..], 178_387, false),
            ("redpin", 5, &[5, 305, 2_105, 9_305, 27_305], 27_305, false),
            ("tolt", 7, &[5, 305, 2_105, 9_305, 27_305, 63_305, 99_305], 99_305, false),
            ("genius-referrals", 20, &[15, 30, 45, 60, 5_460, 10_860, 16_260, 21_660, 30_660], 172_860, false),
            ("firstpromoter", 3, &[1_200, 3_600, 7_200], 7_200, false),
            ("friendbuy", 96, &[900, 1_800, 2_700], 86_400, false),
            ("saasquatch", 72, &[3_600, 7_200], 259_200, false),
            // Without an end, so for the 30 days of this test: 4 offsets, and 28 days after the last of them.
            ("dub", 4 + 29, &[12, 160, 1_968, 23_995, 110_395, 196_795], 23_995 + 29 * 86_400, false),
            // Assumed: for three days, or until the published end.
            ("rewardful", 10 + 4, assumed, 61_380 + 4 * 43_200, true),
            ("growsurf", 10 + 4, assumed, 61_380 + 4 * 43_200, true),
            ("loyaltylion", 10 + 4, assumed, 61_380 + 4 * 43_200, true),
            ("talkable", 10 + 4, assumed, 61_380 + 4 * 43_200, true),
            ("refersion", 10 + 4, assumed, 61_380 + 4 * 43_200, true),
            ("refir", 10 + 4, assumed, 61_380 + 4 * 43_200, true),
            ("referral-rocket", 10 + 26, assumed, 61_380 + 26 * 43_200, true),
        ] {
            let contract = Sender::platform(platform).expect("a platform of the table").contract;
            let schedule = Schedule::of(contract, true, 30 * DAY);
            let offsets = offsets(contract, &schedule);
            assert_eq!(&offsets[..first.len()], first, "{platform}");
            assert_eq!((offsets.len(), offsets.last().copied()), (number, Some(last)), "{platform}");
            assert_eq!((schedule.end().as_secs(), schedule.has_retries()), (last, true), "{platform}");
            assert_eq!(schedule.assumption().is_some(), is_assumed, "{platform}");
            let without = Schedule::of(contract, false, 30 * DAY);
            assert_eq!(self::offsets(contract, &without).is_empty(), is_assumed, "{platform}");
            assert_eq!(without.has_retries(), !is_assumed, "{platform}");
        }
        assert_eq!(Sender::platforms().len(), 15);
    }

    #[test]
    fn a_schedule_ends_with_its_retries_or_the_patience() {
        const OFFSETS: &[Duration] = &[Duration::from_secs(60), Duration::from_secs(600)];
        for (retries, patience, want) in [
            (Retries::NONE, DAY, &[][..]),
            (Retries::at(OFFSETS), DAY, &[60, 600]),
            (Retries::at(OFFSETS), Duration::from_secs(599), &[60]),
            // The published offsets, and then every 12 hours.
            (Retries::at(OFFSETS).without_end(), DAY, &[60, 600, 43_800]),
            (Retries::at(OFFSETS).until(DAY), 7 * DAY, &[60, 600]),
            (Retries::every(Duration::from_secs(3_600)).times(2), DAY, &[3_600, 7_200]),
        ] {
            let contract = Contract::builder().retries(retries).build();
            let schedule = Schedule::of(&contract, true, patience);
            assert_eq!(offsets(&contract, &schedule), want, "{retries:?} {patience:?}");
            assert_eq!(schedule.end().as_secs(), want.last().copied().unwrap_or_default(), "{retries:?}");
        }
        let contract = Contract::builder().retries(Retries::every(DAY)).build();
        assert_eq!(Schedule::of(&contract, true, DAY).retry(Next::Retry(Some(2 * DAY)), 1), Retry::Beyond);
    }
}
