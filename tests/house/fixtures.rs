//! Every platform passes the conformance checks, and has fixtures for everything.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::{self, Platform, Visit};
use referral_webhooks::{Scheme, Trust};
use referral_webhooks_conformance as conformance;
pub(crate) use referral_webhooks_conformance::differences;
use referral_webhooks_fixtures::{Expected, Fixture, all, platforms};
use serde_json::Value;
use time::OffsetDateTime;

use crate::endpoint::endpoint;

/// The same function is for authors of other platforms. It receives each fixture twice, on arrival and a year late. The
/// tests over sockets depend on the second: they receive fixtures at the real time, and seconds after it was read.
#[test]
fn every_platform_passes_the_conformance_checks() {
    struct Checked {
        fixtures: usize,
        found: Vec<String>,
    }
    impl Visit for Checked {
        fn visit<P: Platform + Default>(&mut self, platform: P) {
            let fixtures: Vec<Fixture> = of(platform.facts().name).collect();
            self.fixtures += fixtures.len();
            self.found.extend(conformance::findings(&platform, &fixtures));
        }
    }
    let mut checked = Checked { fixtures: 0, found: Vec::new() };
    platform::visit_all(&mut checked);
    assert_eq!(checked.fixtures, all().count(), "fixtures received");
    report(checked.found);
}

#[test]
fn every_platform_has_fixtures_and_every_folder_a_platform() {
    let folders: BTreeSet<_> = platforms().collect();
    let table: BTreeSet<_> = platform::ALL.iter().map(|facts| facts.name).collect();
    assert_eq!(folders, table, "folders of fixtures, platforms in the table");
    for name in folders {
        let samples: Vec<_> = of(name).filter(|fixture| fixture.is_sample).collect();
        assert_eq!(samples.len(), 1, "{name}: fixtures with `# sample: yes`");
        assert!(matches!(samples[0].expected, Expected::Event(_)), "{name}: the sample is an accepted delivery");
    }
}

#[test]
fn every_event_and_every_refusal_has_a_fixture() {
    let mut gaps = Gaps::default();
    platform::visit_all(&mut gaps);
    report(gaps.0);
}

#[test]
fn a_form_and_the_json_in_it_share_an_id() {
    let id = |name: &str| {
        let fixture = of(GeniusReferrals.facts().name).find(|fixture| fixture.name == name).unwrap();
        let endpoint = endpoint::<GeniusReferrals>(&fixture, false);
        let now = OffsetDateTime::from_unix_timestamp(fixture.now).unwrap();
        endpoint.receive(&fixture.request, now).unwrap().id().clone()
    };
    assert_eq!(id("bonus-by-name"), id("bonus-by-name-as-form"));
    assert_eq!(id("bonus-by-name"), id("bonus-by-name-as-form-signed-decoded"));
    assert_eq!(id("bonus-by-name"), id("bonus-by-name-as-form-in-lower-case"));
    assert_ne!(id("bonus-by-name"), id("bonus-by-key"));
}

/// Finds events and refusals without a fixture.
#[derive(Default)]
struct Gaps(Vec<String>);

impl Visit for Gaps {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let refused: BTreeSet<_> = of(P::default().facts().name).filter_map(|fixture| refused_as(&fixture)).collect();
        for kind in refusals::<P>() {
            if !refused.contains(kind) {
                self.0.push(format!("{}: no fixture is refused as `{kind}`", P::default().facts().name));
            }
        }
        let shown: BTreeSet<_> = of(P::default().facts().name).flat_map(|fixture| events_of(&fixture)).collect();
        for event in events::<P>() {
            if !shown.contains(&event) {
                self.0.push(format!("{}: no fixture is the event `{event}`", P::default().facts().name));
            }
        }
    }
}

fn refused_as(fixture: &Fixture) -> Option<&'static str> {
    match fixture.expected {
        Expected::Error { kind, .. } => Some(kind),
        _ => None,
    }
}

/// Returns the variant of the expected event, and those of its items. All variants have members, so an event is an object.
fn events_of(fixture: &Fixture) -> Vec<String> {
    let Expected::Event(text) = fixture.expected else { return Vec::new() };
    let expected: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", fixture.path()));
    let items = expected["event"]["Batch"]["events"].as_array().into_iter().flatten();
    let events = std::iter::once(&expected["event"]).chain(items);
    events.filter_map(|event| event.as_object()?.keys().next().cloned()).collect()
}

/// Returns the kinds of refusal that a platform's scheme and tolerance can cause.
pub(crate) fn refusals<P: Platform + Default>() -> Vec<&'static str> {
    let mut kinds = vec!["missing-token", "token-mismatch", "body-too-large", "body-incomplete"];
    if P::default().facts().scheme.trust() == Trust::Signed {
        kinds.extend(["missing-header", "repeated-header", "malformed-header", "signature-mismatch"]);
    }
    if matches!(P::default().facts().scheme, Scheme::DetachedJws(_)) {
        kinds.push("unknown-key");
    }
    if P::default().facts().tolerance.is_some() {
        kinds.extend(["too-old", "too-new"]);
    }
    kinds
}

/// Returns the variants of a platform's event from its source, because no list of them exists at run time.
fn events<P: Platform + Default>() -> Vec<String> {
    let file = format!("../crates/core/src/platform/{}.rs", P::default().facts().name.replace('-', "_"));
    let source = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let lines = source.lines().skip_while(|line| !["pub enum Event {", "events! {"].contains(line));
    let variants = lines.take_while(|line| *line != "}").filter_map(|line| {
        let name = line.strip_prefix("    ")?.split_once(['(', ' '])?.0;
        name.starts_with(|first: char| first.is_ascii_uppercase()).then(|| name.to_owned())
    });
    let variants: Vec<_> = variants.collect();
    assert!(variants.len() > 1, "{file}: found only the events {variants:?}");
    variants
}

pub(crate) fn of(platform: &str) -> impl Iterator<Item = Fixture> {
    all().filter(move |fixture| fixture.platform == platform)
}

/// Fails with all differences, so that one run shows them.
#[track_caller]
pub(crate) fn report(found: Vec<String>) {
    let lines = found.iter().fold(String::new(), |mut lines, line| {
        let _ = writeln!(lines, "  {line}");
        lines
    });
    assert!(found.is_empty(), "{} found:\n{lines}", found.len());
}
