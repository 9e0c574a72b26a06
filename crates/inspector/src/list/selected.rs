//! The filter of the list, in the fields of its URL.

use referral_webhooks_inbox::store::{Filter, State};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

use crate::problem::Problem;
use crate::view::{plain, word};
use crate::web::Form;

/// The fields of a filter.
pub(crate) const FIELDS: [&str; 10] =
    ["q", "endpoint", "tenant", "platform", "state", "event", "in", "from", "to", "only"];

/// The presets of the field `in`.
pub(crate) const SPANS: [(&str, &str, Duration); 4] = [
    ("1h", "last hour", Duration::HOUR),
    ("24h", "last 24 hours", Duration::DAY),
    ("7d", "last 7 days", Duration::days(7)),
    ("30d", "last 30 days", Duration::days(30)),
];

/// The values of the field `only`.
pub(crate) const ONLY: [(&str, &str); 3] =
    [("repeats", "repeated deliveries"), ("conflicts", "conflicts"), ("refused", "refused requests")];

/// The most characters of a field.
const MOST: usize = 500;

/// The deliveries that the fields of a URL select.
#[derive(Debug, Clone)]
pub(crate) struct Selected {
    /// The fields of the filter.
    pub(crate) fields: Form,
    /// The filter, without a page.
    pub(crate) filter: Filter,
    /// The state, if one is selected.
    pub(crate) state: Option<State>,
    /// Whether refused requests are selected.
    pub(crate) is_refused: bool,
}

impl Selected {
    /// Reads the fields of a URL or a form.
    pub(crate) fn read(query: &Form, now: OffsetDateTime) -> Result<Self, Problem> {
        let fields = query.only(&FIELDS);
        if let Some((name, _)) = fields.fields().find(|(_, value)| value.chars().count() > MOST) {
            return Err(Problem::bad_input(format!("The field `{name}` has more than {MOST} characters.")));
        }
        let mut filter = Filter::new();
        if let Some(endpoint) = fields.get("endpoint") {
            filter = filter.endpoint(endpoint);
        }
        if let Some(tenant) = fields.get("tenant") {
            filter = filter.tenant(tenant);
        }
        if let Some(platform) = fields.get("platform") {
            filter = filter.platform(platform);
        }
        if let Some(event) = fields.get("event") {
            filter = filter.event(event);
        }
        if let Some(text) = fields.get("q") {
            filter = filter.find(text);
        }
        let state =
            fields.get("state").map(|word| word.parse::<State>().map_err(|error| unknown("state", word, &error)));
        let state = state.transpose()?;
        if let Some(state) = state {
            filter = filter.state(state);
        }
        let (from, to) = (time_of(&fields, "from", false)?, time_of(&fields, "to", true)?);
        let span = fields.get("in").map(|word| {
            let span = SPANS.iter().find(|(name, ..)| *name == word).map(|(.., span)| *span);
            span.ok_or_else(|| unknown("in", word, &"use one of 1h, 24h, 7d, 30d"))
        });
        // Times that are typed are meant.
        if let Some(from) = from.or(span.transpose()?.map(|span| now - span).filter(|_| to.is_none())) {
            filter = filter.received_from(from);
        }
        if let Some(to) = to {
            filter = filter.received_before(to);
        }
        let mut is_refused = false;
        match fields.get("only") {
            None => {}
            Some("repeats") => filter = filter.repeated(),
            Some("conflicts") => filter = filter.conflicts(),
            // The word of links from elsewhere.
            Some("parked") => filter = filter.state(State::Parked),
            Some("refused") => is_refused = true,
            Some(word) => return Err(unknown("only", word, &"use one of repeats, conflicts, parked, refused")),
        }
        Ok(Self { fields, filter, state, is_refused })
    }

    /// Returns the filter in words: `dead letters of redpin-main, last 24 hours`.
    pub(crate) fn words(&self) -> String {
        self.words_of(0)
    }

    /// Returns the filter in words that follow a number: `dead letter of redpin-main` after 1.
    pub(crate) fn words_of(&self, number: u64) -> String {
        let (delivery, letter) = if number == 1 { ("delivery", "dead letter") } else { ("deliveries", "dead letters") };
        let mut words = match self.state {
            Some(State::Discarded) => letter.to_owned(),
            Some(state) => format!("{} {delivery}", word(state)),
            None => delivery.to_owned(),
        };
        let field = |name| self.fields.get(name).map(|value| plain(value, 60));
        if let Some(event) = field("event") {
            words += &format!(" with the event {event}");
        }
        if let Some(endpoint) = field("endpoint") {
            words += &format!(" of {endpoint}");
        }
        if let Some(tenant) = field("tenant") {
            words += &format!(" of the tenant {tenant}");
        }
        if let Some(platform) = field("platform") {
            words += &format!(" from {platform}");
        }
        if let Some(text) = field("q") {
            words += &format!(" with “{text}”");
        }
        if let Some((_, only)) = ONLY.iter().find(|(name, _)| Some(*name) == self.fields.get("only")) {
            words += &format!(", {only} only");
        }
        match (field("from"), field("to"), field("in")) {
            (None, None, Some(span)) => {
                let name = SPANS.iter().find(|(word, ..)| *word == span).map_or("", |(_, name, _)| name);
                words += &format!(", {name}");
            }
            (from, to, _) => {
                words.extend(from.map(|from| format!(", from {}", from.replace('T', " "))));
                words.extend(to.map(|to| format!(", until {}", to.replace('T', " "))));
            }
        }
        words
    }

    /// Returns whether the filter selects everything.
    pub(crate) const fn is_everything(&self) -> bool {
        self.fields.is_empty()
    }
}

fn unknown(field: &str, word: &str, advice: &dyn std::fmt::Display) -> Problem {
    Problem::bad_input(format!("The field `{field}` has the unknown value “{}”: {advice}.", plain(word, 60)))
}

/// Reads a time in UTC: a date, a date and a time, or the form of RFC 3339. A date alone is its begin, or its end.
fn time_of(fields: &Form, name: &str, is_end: bool) -> Result<Option<OffsetDateTime>, Problem> {
    const FORMS: [&[BorrowedFormatItem<'static>]; 4] = [
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"),
        format_description!("[year]-[month]-[day]T[hour]:[minute]"),
        format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"),
        format_description!("[year]-[month]-[day] [hour]:[minute]"),
    ];
    let Some(text) = fields.get(name) else { return Ok(None) };
    let of_form = || FORMS.iter().find_map(|form| PrimitiveDateTime::parse(text, form).ok()).map(|at| at.assume_utc());
    let of_date = || {
        let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
        let date = if is_end { date.next_day()? } else { date };
        Some(date.midnight().assume_utc())
    };
    let time = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(of_form).or_else(of_date);
    let unreadable = || {
        let text = plain(text, 60);
        Problem::bad_input(format!(
            "The field `{name}` has no readable time: “{text}”. Write 2026-11-25 14:02, in UTC."
        ))
    };
    time.map(Some).ok_or_else(unreadable)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-25 14:02 UTC);

    fn read(query: &str) -> Result<Selected, Problem> {
        Selected::read(&Form::read(query.as_bytes()), NOW)
    }

    #[test]
    fn the_fields_of_a_url_are_the_filter() {
        let all = Filter::new();
        let rows = [
            ("", all.clone()),
            ("x=1&before=7&endpoint=", all.clone()),
            ("endpoint=redpin-main&tenant=acme", all.clone().endpoint("redpin-main").tenant("acme")),
            ("platform=redpin&event=A%26B", all.clone().platform("redpin").event("A&B")),
            ("state=discarded&q=+msg_2f+", all.clone().state(State::Discarded).find("msg_2f")),
            ("only=repeats", all.clone().repeated()),
            ("only=conflicts", all.clone().conflicts()),
            ("only=parked", all.clone().state(State::Parked)),
            ("in=24h", all.clone().received_from(NOW - Duration::DAY)),
            ("from=2026-11-25", all.clone().received_from(datetime!(2026-11-25 0:00 UTC))),
            ("to=2026-11-25", all.clone().received_before(datetime!(2026-11-26 0:00 UTC))),
            ("in=1h&from=2026-11-25T13%3A30", all.clone().received_from(datetime!(2026-11-25 13:30 UTC))),
            ("in=1h&to=2026-11-01+10%3A00%3A05", all.clone().received_before(datetime!(2026-11-01 10:00:05 UTC))),
            ("from=2026-11-25T13:30:00%2B02:00", all.clone().received_from(datetime!(2026-11-25 11:30 UTC))),
        ];
        for (query, want) in rows {
            assert_eq!(read(query).unwrap().filter, want, "{query}");
        }
        assert!(read("only=refused").unwrap().is_refused);
        let long = format!("q={}", "x".repeat(501));
        for query in ["state=dead", "in=2h", "only=all", "from=yesterday", "to=2026-13-01", "from=%00", &long] {
            assert!(read(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_filter_has_words() {
        let rows = [
            ("", "deliveries"),
            ("state=discarded&endpoint=redpin-main&in=24h", "dead letters of redpin-main, last 24 hours"),
            ("state=parked&event=X", "parked deliveries with the event X"),
            ("only=conflicts&from=2026-11-25T10:00", "deliveries, conflicts only, from 2026-11-25 10:00"),
            ("q=a%E2%80%AEb", "deliveries with “a\\u{202e}b”"),
        ];
        for (query, want) in rows {
            assert_eq!(read(query).unwrap().words(), want, "{query}");
        }
    }
}
