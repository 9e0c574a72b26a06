//! Entries as the rows of a table that fits the terminal.

use std::io::{self, IsTerminal as _};

use referral_webhooks_inbox::store::{Entry, State};
use time::OffsetDateTime;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::moment::{short, written};
use crate::terminal::{DIM, GREEN, RED, YELLOW, printable};

/// The columns of the table: those for a width, or all of them in full length without a terminal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    width: Option<usize>,
}

/// The width of the columns for id, state and age, with the space after them.
const FIRST: usize = 7 + 2 + 9 + 2 + 4 + 2;

impl Layout {
    /// Returns the layout for standard output. A terminal of unknown size has 80 columns.
    pub(super) fn of_stdout() -> Self {
        if !io::stdout().is_terminal() {
            return Self { width: None };
        }
        let size = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
        Self { width: Some(size.or_else(variable).unwrap_or(80)) }
    }

    /// Returns the widths of the columns after the age: attempts, endpoint, event, delivery id; 0 leaves one out.
    fn widths(width: usize) -> [usize; 4] {
        match width.saturating_sub(FIRST) {
            rest @ ..24 => [0, 0, rest, 0],
            rest @ 24..44 => [0, rest / 2 - 1, rest - rest / 2 - 1, 0],
            rest @ 44..70 => [3, 14, 18, rest - 3 - 14 - 18 - 6],
            rest => [3, 18, 24, rest - 3 - 18 - 24 - 6],
        }
    }

    /// Returns the head of the table.
    pub(super) fn head(self) -> String {
        let names = ["TRY", "ENDPOINT", "EVENT", "DELIVERY"].map(str::to_owned);
        let line = match self.width {
            Some(width) => format!("{:>7}  {:<9}  {:>4}  {}", "ID", "STATE", "AGE", cells(&names, Self::widths(width))),
            None => ["ID", "STATE", "RECEIVED", "TRY", "ENDPOINT", "EVENT", "DELIVERY", "NOTE"].join("  "),
        };
        format!("{DIM}{}{DIM:#}", line.trim_end())
    }

    /// Returns the row of an entry.
    pub(super) fn row(self, entry: &Entry, now: OffsetDateTime) -> String {
        let event = entry.event.as_deref().unwrap_or("-");
        let values = [&entry.attempt.to_string(), &entry.endpoint, event, &entry.delivery_id].map(printable);
        let style = match entry.state {
            State::Completed => GREEN,
            State::Discarded => RED,
            State::Parked | State::Retryable => YELLOW,
            _ => anstyle::Style::new(),
        };
        let (id, state) = (entry.id, entry.state);
        let line = match self.width {
            Some(width) => {
                let age = short(now - entry.received_at);
                format!("{id:>7}  {style}{state:<9}{style:#}  {age:>4}  {}", cells(&values, Self::widths(width)))
            }
            None => {
                let [attempt, endpoint, event, delivery] = values;
                let received = written(entry.received_at);
                format!(
                    "{id}  {style}{state}{style:#}  {received}  {attempt}  {endpoint}  {event}  {delivery}  {}",
                    note(entry)
                )
            }
        };
        line.trim_end().to_owned()
    }
}

/// Returns the peculiarities of an entry, in words.
pub(super) fn note(entry: &Entry) -> String {
    let count = |number: u32, one: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {one}s")),
    };
    let parts = [
        entry.tenant.as_deref().map(|tenant| format!("tenant {}", printable(tenant))),
        count(entry.repeats, "repeat"),
        count(entry.conflicts, "conflict"),
        entry.conflict_of.map(|id| format!("conflict of {id}")),
        entry.repeat_of.map(|id| format!("same business key as {id}")),
        entry.item.map(|item| format!("event {} of its body", item + 1)),
        entry.unreadable.is_some().then(|| "unreadable".to_owned()),
        (!entry.has_body).then(|| "without body".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn cells(values: &[String; 4], widths: [usize; 4]) -> String {
    let shown = values.iter().zip(widths).filter(|(_, width)| *width > 0);
    shown.map(|(value, width)| fitted(value, width)).collect::<Vec<_>>().join("  ")
}

/// Returns a text in exactly this width: cut with an ellipsis, or filled with blanks.
pub(super) fn fitted(text: &str, width: usize) -> String {
    let length = text.width();
    if length <= width {
        return format!("{text}{}", " ".repeat(width - length));
    }
    let (mut cut, mut used) = (String::new(), 1);
    for character in text.chars() {
        used += character.width().unwrap_or_default();
        if used > width {
            used -= character.width().unwrap_or_default();
            break;
        }
        cut.push(character);
    }
    format!("{cut}…{}", " ".repeat(width.saturating_sub(used)))
}

#[cfg(test)]
mod tests {
    use referral_webhooks_inbox::EntryId;

    use super::*;

    fn entry() -> Entry {
        let at = OffsetDateTime::UNIX_EPOCH;
        let mut entry = Entry::new(EntryId(1_234_567), State::Completed, at, at);
        entry.endpoint = "an-endpoint-with-a-long-name".to_owned();
        entry.event = Some("紹介".repeat(50));
        entry.delivery_id = format!("msg_{}\u{1b}[2J\u{202e}", "x".repeat(390));
        entry
    }

    #[test]
    fn a_row_fits_every_terminal() {
        for width in [30, 40, 50, 60, 79, 80, 100, 132, 250] {
            let layout = Layout { width: Some(width) };
            for line in [layout.row(&entry(), OffsetDateTime::UNIX_EPOCH), layout.head()] {
                let plain = anstream::adapter::strip_str(&line).to_string();
                assert!(plain.width() <= width, "{width}: {} in {plain:?}", plain.width());
                assert!(!plain.chars().any(char::is_control), "{plain:?}");
            }
        }
    }

    #[test]
    fn a_pipe_gets_whole_values() {
        let line = Layout { width: None }.row(&entry(), OffsetDateTime::UNIX_EPOCH);
        assert!(line.contains(&"x".repeat(390)) && line.contains("1970-01-01T00:00:00Z"), "{line}");
        assert!(!line.contains("\u{1b}[2J") && !line.contains('\u{202e}'), "{line:?}");
    }

    #[test]
    fn a_text_is_cut_to_its_width() {
        let rows = [
            ("abc", 3, "abc"),
            ("abc", 5, "abc  "),
            ("abcd", 3, "ab…"),
            ("紹介紹介", 4, "紹… "),
            ("", 2, "  "),
            ("ab", 1, "…"),
        ];
        for (text, width, want) in rows {
            assert_eq!(fitted(text, width), want, "{text}");
        }
    }
}
