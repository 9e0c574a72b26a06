//! The retries of a profile: `contract.retries` and `contract.give-up`.

use std::time::Duration;

use serde::Serialize;

use super::duration::{duration, written};
use super::fault::Fault;
use super::table::{Table, Value};

/// The maximum number of offsets.
const MOST_OFFSETS: usize = 200;

/// The retries, in the terms of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Schedule {
    /// Offsets from the first attempt.
    pub(super) offsets: Vec<Duration>,
    /// The step after the last offset.
    pub(super) then_every: Option<Duration>,
    pub(super) end: End,
}

/// The end of the retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum End {
    LastOffset,
    After(Duration),
    Unpublished,
}

const KEYS: [&str; 7] = ["offsets", "delays", "step", "growing-step", "times", "until", "unbounded"];

impl Schedule {
    /// The schedule of a platform that publishes none.
    pub(super) const UNKNOWN: Self = Self { offsets: Vec::new(), then_every: None, end: End::Unpublished };

    pub(super) fn read(retries: Option<Value>, give_up: Option<Value>) -> Result<Self, Fault> {
        let schedule = retries.map_or(Ok((Self::UNKNOWN, None)), Self::of_retries)?;
        let (mut schedule, end) = schedule;
        if let Some(give_up) = give_up {
            if let Some(end) = end {
                return Err(give_up.fault(format!("`{end}` says already when the retries end; give one of them")));
            }
            let after = duration(&give_up)?;
            schedule.ends(after, &give_up)?;
        }
        Ok(schedule)
    }

    /// Reads the retries. Returns the place of the setting that says when they end, too.
    fn of_retries(value: Value) -> Result<(Self, Option<String>), Fault> {
        if let Ok(_text) = value.text() {
            let none = Self { offsets: Vec::new(), then_every: None, end: End::LastOffset };
            let is_none = value.word(&[("none", true), ("unknown", false)])?;
            return Ok(if is_none { (none, Some(value.place)) } else { (Self::UNKNOWN, None) });
        }
        let mut table = value.clone().table(&KEYS)?;
        let (offsets, is_growing) = offsets(&value, &mut table)?;
        let step = table.take("step").map(|step| duration(&step)).transpose()?;
        if step.is_some() && is_growing {
            return Err(value.fault("`step` and `growing-step` exclude each other"));
        }
        if offsets.is_empty() && step.is_none() {
            return Err(value.fault("give `offsets`, `delays`, `step` or `growing-step`"));
        }
        let end = if step.is_some() { End::Unpublished } else { End::LastOffset };
        let mut schedule = Self { offsets, then_every: step, end };
        let unbounded = table.take("unbounded").map(|flag| Ok((flag.boolean()?, flag.place))).transpose()?;
        let times_place = table.place_of("times").map(str::to_owned);
        let times = table.take("times").map(|times| times.number(1..=10_000)).transpose()?;
        let until = table.take("until");
        let ends = [
            unbounded.as_ref().filter(|(flag, _)| *flag).map(|(_, place)| place.clone()),
            times_place,
            until.as_ref().map(|until| until.place.clone()),
        ];
        let ends: Vec<String> = ends.into_iter().flatten().collect();
        if let [first, second, ..] = ends.as_slice() {
            return Err(
                value.fault(format!("`{first}` and `{second}` contradict each other; the retries have one end"))
            );
        }
        match (times, step) {
            (Some(times), Some(step)) => {
                let count = u32::try_from(times).unwrap_or(u32::MAX);
                schedule.end = End::After(schedule.last_offset().saturating_add(step.saturating_mul(count)));
            }
            (Some(_), None) => {
                return Err(
                    value.fault("`times` goes with `step` or `growing-step`; a list of offsets has its own number")
                );
            }
            (None, _) => {}
        }
        if let Some(until) = &until {
            schedule.ends(duration(until)?, until)?;
        }
        if unbounded.is_some_and(|(flag, _)| flag) {
            schedule.end = End::Unpublished;
        }
        Ok((schedule, ends.into_iter().next()))
    }

    /// Sets the end, which is not before the last attempt that is known.
    fn ends(&mut self, after: Duration, value: &Value) -> Result<(), Fault> {
        let least = self.last_offset().saturating_add(self.then_every.unwrap_or_default());
        if after < least {
            let (after, least) = (written(after), written(least));
            return Err(value.fault(format!("the retries end after {after}, but one of them comes at {least}")));
        }
        self.end = End::After(after);
        Ok(())
    }

    /// Returns the time from the first attempt to the last, if it is known.
    pub(super) fn horizon(&self) -> Option<Duration> {
        match self.end {
            End::LastOffset => Some(self.last_offset()),
            End::After(end) => Some(end),
            End::Unpublished => None,
        }
    }

    fn last_offset(&self) -> Duration {
        self.offsets.last().copied().unwrap_or_default()
    }
}

/// Reads the offsets from the first attempt, in the form that was chosen. Returns whether it is `growing-step`.
fn offsets(value: &Value, table: &mut Table) -> Result<(Vec<Duration>, bool), Fault> {
    let forms = [table.take("offsets"), table.take("delays"), table.take("growing-step")];
    if forms.iter().flatten().count() > 1 {
        return Err(value.fault("`offsets`, `delays` and `growing-step` exclude each other"));
    }
    let [offsets, delays, growing] = forms;
    if let Some(list) = offsets {
        let mut offsets: Vec<Duration> = Vec::new();
        for value in list.list(MOST_OFFSETS)? {
            let offset = duration(&value)?;
            if offsets.last().is_some_and(|last| *last >= offset) {
                let reason = "the offsets do not increase; they count from the first attempt (waits are `delays`)";
                return Err(value.fault(reason));
            }
            offsets.push(offset);
        }
        return Ok((offsets, false));
    }
    if let Some(list) = delays {
        let mut last = Duration::ZERO;
        let mut offsets = Vec::new();
        for value in list.list(MOST_OFFSETS)? {
            last = last.saturating_add(duration(&value)?);
            offsets.push(last);
        }
        return Ok((offsets, false));
    }
    let Some(growing) = growing else { return Ok((Vec::new(), false)) };
    let step = duration(&growing)?;
    let times =
        table.take("times").ok_or_else(|| growing.fault("a growing step needs `times`, the number of retries"))?;
    let most = i64::try_from(MOST_OFFSETS).unwrap_or(i64::MAX);
    let times = u32::try_from(times.number(1..=most)?).unwrap_or(u32::MAX);
    let mut last = Duration::ZERO;
    let mut next = |attempt: u32| {
        last = last.saturating_add(step.saturating_mul(attempt));
        last
    };
    Ok(((1..=times).map(&mut next).collect(), true))
}
