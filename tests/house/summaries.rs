//! The table of `docs/events.md` agrees with the summaries of all fixtures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use referral_webhooks::platform::{self, Event as _, Platform, Visit};
use referral_webhooks::summary::{Party, Summary};
use referral_webhooks_fixtures::{Expected, Fixture, all};
use time::OffsetDateTime;

use crate::endpoint::endpoint;

const PAGE: &str = include_str!("../../docs/events.md");

/// The columns after the event: what happened, then the members of the summary.
const COLUMNS: [&str; 8] = ["Event", "Happening", "Advocate", "Friend", "Amount", "Subject", "When", "Test"];

/// The members of the summaries of one event with one happening, over all fixtures.
type Rows = BTreeMap<(String, String), [BTreeSet<String>; 6]>;

#[test]
fn the_page_maps_every_event_of_every_platform_as_the_code_does() {
    let mut summaries = Summaries::default();
    platform::visit_all(&mut summaries);
    let mut differences = String::new();
    for (title, rows) in &summaries.0 {
        let want = table(rows);
        let section = PAGE.split("\n## ").find(|section| section.lines().next() == Some(*title)).unwrap_or_default();
        let got: Vec<String> = section.lines().filter(|line| line.starts_with("| `")).map(without_marks).collect();
        if got != want.lines().map(str::to_owned).collect::<Vec<_>>() {
            write!(differences, "\n## {title}\n\n{want}").unwrap();
        }
    }
    assert!(differences.is_empty(), "docs/events.md differs, expected without the marks:\n{differences}");
}

#[test]
fn every_cell_of_the_page_is_marked_documented_or_assumed() {
    for line in PAGE.lines().filter(|line| line.starts_with("| `")) {
        for cell in cells(line).into_iter().skip(1).filter(|cell| !cell.is_empty()) {
            assert!(cell.ends_with("(D)") || cell.ends_with("(A)"), "no mark in `{cell}` of {line}");
        }
    }
}

#[test]
fn a_summary_shows_no_personal_data() {
    struct Each;
    impl Visit for Each {
        fn visit<P: Platform + Default>(&mut self, platform: P) {
            for (fixture, shown) in
                events(&platform).map(|(fixture, event)| (fixture, format!("{:?}", event.summary())))
            {
                assert!(!shown.contains('@'), "{}: {shown}", fixture.path());
            }
        }
    }
    platform::visit_all(&mut Each);
}

#[derive(Default)]
struct Summaries(Vec<(&'static str, Rows)>);

impl Visit for Summaries {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let mut rows = Rows::new();
        for (_, event) in events(&platform) {
            let summary = event.summary();
            let name = if event.other().is_some() { "Other" } else { event.name().unwrap_or_default() };
            let row = rows.entry((name.to_owned(), summary.happening.to_string())).or_default();
            for (cell, found) in row.iter_mut().zip(members(&summary)) {
                cell.extend(found);
            }
        }
        self.0.push((platform.facts().title, rows));
    }
}

/// Returns the events of all accepted fixtures of a platform, and the items of bodies that hold several.
fn events<P: Platform + Default>(platform: &P) -> impl Iterator<Item = (Fixture, P::Event)> {
    let of_platform = all().filter(|fixture| fixture.platform == platform.facts().name);
    let accepted = of_platform.filter(|fixture| matches!(fixture.expected, Expected::Event(_)));
    accepted.flat_map(|fixture| {
        let now = OffsetDateTime::from_unix_timestamp(fixture.now).unwrap();
        let delivery = endpoint::<P>(&fixture, false).receive(&fixture.request, now);
        let delivery = delivery.unwrap_or_else(|error| panic!("{}: {error}", fixture.path()));
        let items: Vec<_> = delivery.items().into_iter().map(|item| item.event().clone()).collect();
        let events = if items.is_empty() { vec![delivery.into_event()] } else { items };
        events.into_iter().map(move |event| (fixture.clone(), event))
    })
}

/// Returns the names of the members that a summary has, in the order of the columns.
fn members(summary: &Summary<'_>) -> [Vec<String>; 6] {
    let person = |party: &Option<Party<'_>>| {
        let Some(party) = party else { return Vec::new() };
        let has = [
            ("id", party.id.is_some()),
            ("own id", party.own_id.is_some()),
            ("code", party.code.is_some()),
            ("name", party.name.is_some()),
            ("email", party.email.is_some()),
        ];
        has.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| (*name).to_owned()).collect()
    };
    let flag = |is_there: bool| is_there.then(|| "yes".to_owned()).into_iter().collect();
    let amount = summary.sum.as_ref().map(|sum| format!("{:?}", sum.unit).to_lowercase());
    [
        person(&summary.advocate),
        person(&summary.friend),
        amount.into_iter().collect(),
        flag(summary.subject.is_some()),
        flag(summary.occurred_at.is_some()),
        flag(summary.is_test),
    ]
}

/// Returns the rows of a section without marks.
fn table(rows: &Rows) -> String {
    let mut table = String::new();
    for ((name, happening), cells) in rows {
        let cells: Vec<_> = cells.iter().map(|cell| cell.iter().cloned().collect::<Vec<_>>().join(", ")).collect();
        writeln!(table, "| `{name}` | {happening} | {} |", cells.join(" | ")).unwrap();
    }
    table
}

fn cells(line: &str) -> Vec<&str> {
    let cells: Vec<_> = line.split('|').map(str::trim).collect();
    let inner = cells.get(1..cells.len() - 1).unwrap_or_default().to_vec();
    assert_eq!(inner.len(), COLUMNS.len(), "{line}");
    inner
}

fn without_marks(line: &str) -> String {
    let bare = |cell: &str| cell.trim_end_matches("(D)").trim_end_matches("(A)").trim().to_owned();
    format!("| {} |", cells(line).into_iter().map(bare).collect::<Vec<_>>().join(" | "))
}
