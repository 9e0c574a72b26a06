//! A table in plain text: candidates, their references, and goals.

use crate::harness::{Candidate, Cost, Harness};

/// A row to be.
pub(crate) struct Entry<'a> {
    name: String,
    candidate: Candidate<'a>,
    against: Option<(String, Option<Goal>)>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new<T>(name: impl Into<String>, act: impl FnMut() -> T + 'a) -> Self {
        Self { name: name.into(), candidate: Candidate::new(act), against: None }
    }

    /// Compares it with another row.
    pub(crate) fn against(mut self, other: impl Into<String>, goal: Option<Goal>) -> Self {
        self.against = Some((other.into(), goal));
        self
    }
}

/// How many times the other row's cost is to be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn verdict(self, ratio: f64) -> String {
        let (sign, bound, met) = match self {
            Self::AtMost(most) => ("<=", most, ratio <= most),
            Self::AtLeast(least) => (">=", least, ratio >= least),
        };
        format!("{sign} {bound:.2} {}", if met { "met" } else { "MISSED" })
    }
}

/// A measured row.
struct Row {
    name: String,
    cost: Cost,
    ratio: Option<(f64, String)>,
    verdict: String,
}

pub(crate) struct Table {
    title: String,
    rows: Vec<Row>,
}

impl Table {
    /// Measures the rows together.
    pub(crate) fn of(title: impl Into<String>, harness: &mut Harness, entries: Vec<Entry<'_>>) -> Self {
        let (plan, candidates): (Vec<_>, Vec<_>) =
            entries.into_iter().map(|entry| ((entry.name, entry.against), entry.candidate)).unzip();
        let costs = harness.measure(candidates);
        let cost_of = |wanted: &str| {
            let position = plan.iter().position(|(name, _)| name == wanted);
            &costs[position.unwrap_or_else(|| panic!("no row is called `{wanted}`"))]
        };
        let rows = plan.iter().zip(&costs).map(|((name, against), cost)| {
            let ratio = against.as_ref().map(|(other, _)| (cost.relative_to(cost_of(other)), other.clone()));
            let goal = against.as_ref().and_then(|(_, goal)| *goal);
            let verdict = goal.zip(ratio.as_ref()).map(|(goal, (ratio, _))| goal.verdict(*ratio));
            Row { name: name.clone(), cost: *cost, ratio, verdict: verdict.unwrap_or_default() }
        });
        Self { title: title.into(), rows: rows.collect() }
    }

    pub(crate) fn print(&self) {
        let counted = self.rows.iter().any(|row| row.cost.counts.is_some());
        let counts_head = if counted { format!(" {:>9} {:>12}", "cycles", "instructions") } else { String::new() };
        println!("\n{}", self.title);
        println!("  {:<43} {:>9} {:>9}{counts_head}  {:<44} goal", "", "lowest ns", "median ns", "ratio");
        for Row { name, cost, ratio, verdict } in &self.rows {
            let counts = match cost.counts {
                Some(counts) => format!(" {:9.0} {:12.0}", counts.cycles, counts.instructions),
                None if counted => format!(" {:9} {:12}", "", ""),
                None => String::new(),
            };
            let ratio = ratio.as_ref().map(|(ratio, other)| format!("{ratio:.2} x {other}")).unwrap_or_default();
            let line = format!("  {name:<43} {:9.1} {:9.1}{counts}  {ratio:<44} {verdict}", cost.lowest, cost.median);
            println!("{}", line.trim_end());
        }
    }
}
