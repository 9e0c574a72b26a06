//! Every fixture has its expected outcome.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::{self, Event as _, Platform, Visit};
use referral_webhooks::{Delivery, Endpoint, Error, ErrorKind, Scheme, Strength};
use referral_webhooks_fixtures::{Expected, Fixture, all, platforms};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::endpoint::endpoint;

#[test]
fn every_fixture_has_its_expected_outcome() {
    report(Walk::default().through_all());
}

/// The tests over sockets depend on this: they receive fixtures at the real time, and seconds after it was read.
#[test]
fn every_fixture_has_its_outcome_when_accepted_a_year_late() {
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    report(Walk { later: year + Duration::from_secs(20), ..Walk::default() }.through_all());
}

#[test]
fn every_platform_has_fixtures_and_every_folder_a_platform() {
    let folders: BTreeSet<_> = platforms().collect();
    let table: BTreeSet<_> = platform::ALL.iter().map(|descriptor| descriptor.name).collect();
    assert_eq!(folders, table, "folders of fixtures, platforms in the table");
    for name in folders {
        let samples: Vec<_> = of(name).filter(|fixture| fixture.is_sample).collect();
        assert_eq!(samples.len(), 1, "{name}: fixtures with `# sample: yes`");
        assert!(matches!(samples[0].expected, Expected::Event(_)), "{name}: the sample is an accepted delivery");
    }
}

#[test]
fn every_fixture_names_its_origin() {
    let origins = ["documented", "captured", "assumed"];
    let has_origin = |source: &&str| origins.iter().any(|origin| source.starts_with(origin));
    let nameless = all().filter(|fixture| !fixture.sources.iter().all(has_origin));
    report(nameless.map(|fixture| format!("{}: a source begins with none of {origins:?}", fixture.path())).collect());
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
        receive(&endpoint, &fixture, arrival(&fixture)).unwrap().id().clone()
    };
    assert_eq!(id("bonus-by-name"), id("bonus-by-name-as-form"));
    assert_eq!(id("bonus-by-name"), id("bonus-by-name-as-form-signed-decoded"));
    assert_eq!(id("bonus-by-name"), id("bonus-by-name-as-form-in-lower-case"));
    assert_ne!(id("bonus-by-name"), id("bonus-by-key"));
}

/// Receives every fixture of every platform, and collects the differences.
#[derive(Default)]
struct Walk {
    /// The delay of the arrival.
    later: Duration,
    walked: usize,
    mismatches: Vec<String>,
}

impl Walk {
    fn through_all(mut self) -> Vec<String> {
        platform::visit_all(&mut self);
        assert_eq!(self.walked, all().count(), "fixtures walked");
        self.mismatches
    }
}

impl Visit for Walk {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        for fixture in of(P::default().facts().name) {
            self.walked += 1;
            let late = !self.later.is_zero();
            let endpoint = endpoint::<P>(&fixture, late);
            let now = arrival(&fixture) + self.later;
            let received = receive(&endpoint, &fixture, now);
            let mut mismatches = differences(&endpoint, &received, &fixture, late);
            mismatches.extend(without_the_head(&endpoint, &received, &fixture, now));
            self.mismatches.extend(mismatches.iter().map(|what| format!("{}: {what}", fixture.path())));
        }
    }
}

/// Receives in the order of a web server: the head, then the received part of the body, then the whole.
fn receive<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    fixture: &Fixture,
    now: OffsetDateTime,
) -> Result<Delivery<P>, Error> {
    let request = &fixture.request;
    endpoint.check_head(request.uri(), request.headers())?;
    if request.body().len() < fixture.content_length {
        return Err(ErrorKind::BodyIncomplete.into());
    }
    endpoint.receive(request, now)
}

/// Returns the difference for a caller that does not check the head first.
fn without_the_head<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    received: &Result<Delivery<P>, Error>,
    fixture: &Fixture,
    now: OffsetDateTime,
) -> Option<String> {
    let owned = endpoint.receive_owned(fixture.request.clone(), now);
    match (received, &owned) {
        (Err(error), _) if error.kind() == ErrorKind::BodyIncomplete => None,
        (Err(error), Err(same)) if error.kind() == same.kind() => None,
        (Ok(delivery), Ok(same)) if outcome(delivery) == outcome(same) => {
            let is_whole = same.body() == fixture.request.body() && same.headers() == fixture.request.headers();
            (!is_whole).then(|| "the delivery's headers and body are not the request's".to_owned())
        }
        _ => Some(format!("received {received:?}, received owned {owned:?}")),
    }
}

/// Returns the fixture's time of arrival.
fn arrival(fixture: &Fixture) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(fixture.now).unwrap()
}

/// Returns the differences from the expected outcome. `stale` is not compared if the fixture is received late.
pub(crate) fn differences<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    received: &Result<Delivery<P>, Error>,
    fixture: &Fixture,
    late: bool,
) -> Vec<String> {
    match (fixture.expected, received) {
        (Expected::Event(text), Ok(delivery)) => {
            let mut differences = Vec::new();
            match serde_json::from_str::<Value>(text) {
                Ok(mut expected) => {
                    let mut got = outcome(delivery);
                    if late {
                        expected["stale"] = Value::Null;
                        got["stale"] = Value::Null;
                    }
                    compare("", &expected, &got, &mut differences);
                }
                Err(error) => differences.push(format!("the `.json` cannot be read: {error}")),
            }
            differences
        }
        (Expected::Error { kind, header, status }, Err(error)) => {
            let got = (error.kind().as_str(), error.kind().header(), endpoint.status(error.kind()).as_u16());
            let want = (kind, header, status);
            if got == want { Vec::new() } else { vec![format!("expected {want:?}, got {got:?}")] }
        }
        (Expected::Event(_), Err(error)) => vec![format!("expected an event, got: {error}")],
        (expected, Ok(delivery)) => vec![format!("expected {expected:?}, got {delivery:?}")],
    }
}

/// Returns a delivery in the format of fixtures, which have `stale` only if it is true.
fn outcome<P: Platform + Default>(delivery: &Delivery<P>) -> Value {
    let mut outcome = json!({
        "id": delivery.id().as_str(),
        "strength": match delivery.id().strength() {
            Strength::MessageId => "message-id",
            Strength::BusinessFields => "business-fields",
            Strength::Digest => "digest",
            strength => panic!("fixtures do not spell {strength:?}"),
        },
        "trust": delivery.trust().as_str(),
        "secret": delivery.secret_index(),
        "variant": delivery.variant().as_str(),
        "name": delivery.event().name(),
        "event": delivery.event(),
    });
    if delivery.is_stale() {
        outcome["stale"] = Value::Bool(true);
    }
    outcome
}

/// Collects the paths at which two JSON values differ.
fn compare(place: &str, expected: &Value, got: &Value, differences: &mut Vec<String>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            let names: BTreeSet<_> = expected.keys().chain(got.keys()).collect();
            for name in names {
                let place = format!("{place}/{name}");
                match (expected.get(name), got.get(name)) {
                    (Some(expected), Some(got)) => compare(&place, expected, got, differences),
                    (expected, got) => differences.push(format!("{place}: expected {expected:?}, got {got:?}")),
                }
            }
        }
        _ if expected == got => {}
        _ => differences.push(format!("{place}: expected {expected}, got {got}")),
    }
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
        let shown: BTreeSet<_> = of(P::default().facts().name).filter_map(|fixture| event_of(&fixture)).collect();
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

/// Returns the variant of the expected event. All variants have members, so the event is an object.
fn event_of(fixture: &Fixture) -> Option<String> {
    let Expected::Event(text) = fixture.expected else { return None };
    let expected: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", fixture.path()));
    expected["event"].as_object().and_then(|event| event.keys().next().cloned())
}

/// Returns the kinds of refusal that a platform's scheme and tolerance can cause.
pub(crate) fn refusals<P: Platform + Default>() -> Vec<&'static str> {
    let mut kinds = vec!["missing-token", "token-mismatch", "body-too-large", "body-incomplete"];
    if !matches!(P::default().facts().scheme, Scheme::UrlToken(_)) {
        kinds.extend(["missing-header", "repeated-header", "malformed-header", "signature-mismatch"]);
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
