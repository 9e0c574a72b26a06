//! A row of the table: the result of one scenario.

use std::fmt;
use std::time::Duration;

use crate::ledger::Ledger;
use crate::person::leaves;
use crate::shop::LEASE;
use crate::store::Kind;
use crate::traffic::Record;

/// How often an effect may happen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Promise {
    ExactlyOnce,
    AtLeastOnce,
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    scenario: &'static str,
    counts: [usize; 5],
    lost: usize,
    doubled: usize,
    slowest: Duration,
    p99: Duration,
    retryable: usize,
    broken_off: usize,
    drained: Option<Duration>,
    most_abandoned: u32,
    /// Additional observations.
    pub(crate) notes: Vec<String>,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
}

impl Row {
    pub(crate) fn new(
        scenario: &'static str,
        record: &Record,
        ledger: &Ledger,
        drained: Option<Duration>,
        promise: Promise,
    ) -> Self {
        let effects = match promise {
            Promise::ExactlyOnce => &ledger.effects,
            Promise::AtLeastOnce => &ledger.plain,
        };
        // A dead letter is not lost if its delivery id asks for one. Neither is an entry that was erased before it was
        // processed.
        let is_as_asked = |id: &str| match ledger.entries[id].state.as_str() {
            "discarded" => is_poison(id),
            "cancelled" => leaves(id),
            _ => false,
        };
        let is_processed = |id: &String| ledger.is_completed(id) && effects.contains_key(id);
        let not_stored = record.acknowledged.iter().filter(|id| !ledger.entries.contains_key(*id)).count();
        let not_processed = ledger.entries.keys().filter(|id| !is_as_asked(id) && !is_processed(id)).count();
        let doubled = effects.values().filter(|count| **count > 1).count();
        let processed = ledger.entries.keys().filter(|id| ledger.is_completed(id)).count();
        let all: i64 = effects.values().sum();
        let counts = [
            record.sent.len(),
            record.acknowledged.len(),
            ledger.entries.len(),
            processed,
            usize::try_from(all).unwrap_or_default(),
        ];
        let lost = not_stored + not_processed;
        let mut row = Self {
            scenario,
            counts,
            lost,
            doubled,
            slowest: record.slowest(),
            p99: record.p99(),
            retryable: record.count(503),
            broken_off: record.broken_off,
            drained,
            most_abandoned: ledger.most_abandoned,
            notes: Vec::new(),
            broken: Vec::new(),
        };
        row.must(lost == 0, &format!("no delivery is lost: {not_stored} not stored, {not_processed} not processed"));
        row.must(doubled == 0 || matches!(promise, Promise::AtLeastOnce), &format!("no effect is doubled: {doubled}"));
        row.must(!record.acknowledged.is_empty(), "some deliveries were acknowledged");
        row.must(record.late == 0, &format!("every delivery is answered within the deadline: {} are not", record.late));
        let unacknowledged = record.sent.len() - record.acknowledged.len();
        row.must(unacknowledged == 0, &format!("every delivery is acknowledged in the end: {unacknowledged} are not"));
        let is_known = record.statuses().keys().all(|status| [200, 503].contains(status));
        row.must(is_known, &format!("answers are 200 and 503: {:?}", record.statuses()));
        row
    }

    pub(crate) fn note(&mut self, note: &str) {
        self.notes.push(format!("{}: {note}", self.scenario));
    }

    pub(crate) fn must(&mut self, holds: bool, what: &str) {
        if !holds {
            self.broken.push(format!("{}: {what}", self.scenario));
        }
    }

    /// Requires that the work was done soon after the last delivery: after the last lease, and after the isolation of
    /// abandoned entries, as [`Store::claim`](referral_webhooks_inbox::store::Store::claim) describes.
    pub(crate) fn must_drain(&mut self) {
        let isolation = self.most_abandoned.saturating_sub(1).pow(2);
        let most = LEASE * (1 + isolation) + Duration::from_secs(5);
        let holds = self.drained.is_some_and(|drained| drained <= most);
        self.must(holds, &format!("drained within {most:?}: {:?}", self.drained));
    }

    /// Requires that even the slowest answer came within this time.
    pub(crate) fn must_answer_within(&mut self, most: Duration) {
        self.must(
            self.slowest <= most,
            &format!("answered within {most:?}: the slowest answer took {:?}", self.slowest),
        );
    }
}

/// Returns whether a delivery id asks for a dead letter.
pub(crate) fn is_poison(delivery_id: &str) -> bool {
    ["errors-", "panics-", "aborts-", "hangs-", "allocates-"].iter().any(|word| delivery_id.starts_with(word))
}

/// Returns the first line of the table.
pub(crate) fn heading(kind: Kind) -> String {
    format!(
        "{:<21} {:>7} {:>12} {:>7} {:>9} {:>7} {:>5} {:>7} {:>7} {:>7} {:>5} {:>10} {:>9}",
        kind.name(),
        "sent",
        "acknowledged",
        "stored",
        "processed",
        "effects",
        "lost",
        "doubled",
        "slowest",
        "p99",
        "503",
        "broken off",
        "drained"
    )
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sent, acknowledged, stored, processed, effects] = self.counts;
        let drained = self.drained.map_or_else(|| "never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()));
        write!(
            f,
            "{:<21} {sent:>7} {acknowledged:>12} {stored:>7} {processed:>9} {effects:>7} {:>5} {:>7} {:>4} ms {:>4} ms \
             {:>5} {:>10} {drained:>9}",
            self.scenario,
            self.lost,
            self.doubled,
            self.slowest.as_millis(),
            self.p99.as_millis(),
            self.retryable,
            self.broken_off,
        )
    }
}
