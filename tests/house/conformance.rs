//! Every case of the conformance pack through every door: the core alone, and servers on loopback that receive its
//! exact bytes. The program's own tests have its door.

mod core;
mod servers;

use std::collections::BTreeSet;
use std::thread;

use referral_webhooks::Trust;
use referral_webhooks::platform::{self, Platform, Visit};
use referral_webhooks_fixtures::conformance;
use referral_webhooks_tests::conformance::Framing::{Chunks, Length};
use referral_webhooks_tests::conformance::{Case, Report, cases, read};

use time::OffsetDateTime;

use crate::fixtures::{refusals, report};
use crate::sockets::{actix, axum, tower};

const README: &str = include_str!("../../fixtures/conformance/README.md");

#[test]
fn every_door_gives_every_case_its_expected_answer() {
    let cases = cases();
    let answers = thread::scope(|scope| {
        let cases = &cases;
        // The doors run in parallel, because they mostly wait.
        let doors = [
            scope.spawn(|| core::ask(cases)),
            scope.spawn(|| servers::ask("axum extractor", axum::Extractor, Length, cases)),
            scope.spawn(|| servers::ask("axum extractor in chunks", axum::Extractor, Chunks, cases)),
            scope.spawn(|| servers::ask("tower service", tower::Service, Length, cases)),
            scope.spawn(|| servers::ask("tower service in chunks", tower::Service, Chunks, cases)),
            scope.spawn(|| servers::ask("tower layer", tower::Layer, Length, cases)),
            scope.spawn(|| servers::ask("tower layer in chunks", tower::Layer, Chunks, cases)),
            scope.spawn(|| servers::ask("actix extractor", actix::Extractor, Length, cases)),
            scope.spawn(|| servers::ask("actix extractor in chunks", actix::Extractor, Chunks, cases)),
            scope.spawn(|| servers::ask("actix middleware", actix::Middleware, Length, cases)),
            scope.spawn(|| servers::ask("actix middleware in chunks", actix::Middleware, Chunks, cases)),
        ];
        doors.into_iter().map(|door| door.join().unwrap()).fold(Report::default(), Report::and)
    });
    println!("{}", answers.counts());
    answers.assert_equal_to(&cases);
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let is_asked =
        |case: &&Case| case.platform.is_some() && case.can_be_set_up() && !servers::is_in_the_future(case, now);
    let at_servers = cases.iter().filter(is_asked).count();
    assert_eq!(answers.doors().len(), 11, "{:?}", answers.doors());
    for door in answers.doors() {
        let asked = if door == core::DOOR { cases.len() } else { at_servers };
        assert_eq!(answers.number(door), asked, "{door} answers every case that it can be asked");
    }
}

#[test]
fn the_pack_has_a_file_for_each_platform_and_the_schemes() {
    let files: BTreeSet<&str> = conformance().map(|(name, _)| name).collect();
    let platforms = platform::ALL.iter().map(|facts| facts.name);
    assert_eq!(files, platforms.chain(["schemes"]).collect());
    assert!(cases().len() >= 250, "{} cases", cases().len());
    for (name, text) in conformance() {
        let (accepted, refused): (Vec<_>, Vec<_>) = read(name, text).into_iter().partition(|case| case.expect.accepted);
        let row = format!("| `{name}.json` | {} | {} |", accepted.len(), refused.len());
        assert!(README.lines().any(|line| line == row), "fixtures/conformance/README.md has no row {row}");
    }
}

#[test]
fn every_case_is_unique_and_portable() {
    let origins = ["documented", "captured", "assumed"];
    // Servers and clients write these headers themselves.
    let framing = ["host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer"];
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for (file, text) in conformance() {
        for case in read(file, text) {
            let mut demand = |holds: bool, what: &str| {
                if !holds {
                    wrong.push(format!("{}: {what}", case.name));
                }
            };
            let is_platform = case.platform.as_deref() == Some(file);
            let sender = if is_platform { file } else { case.scheme.as_deref().unwrap_or_default() };
            demand(is_platform || file == "schemes" && case.platform.is_none(), "belongs to another file");
            demand(case.name.starts_with(&format!("{sender}/")), "the name begins with another sender");
            demand(names.insert(case.name.clone()), "the name is not unique");
            demand(origins.iter().any(|origin| case.source.starts_with(origin)), "the source names no origin");
            demand(case.http.is_none() || case.is_refused_by_http(), "`http` is not `refused`");
            let is_framed = |name: &str| framing.contains(&name.to_ascii_lowercase().as_str());
            demand(!case.headers.iter().any(|(name, _)| is_framed(name)), "a header that clients write themselves");
            demand(case.uri.as_ref().is_none_or(|uri| uri.is_ascii()), "a target that is not ASCII");
            demand(case.expect.accepted == case.expect.kind.is_none(), "accepted, or of a kind");
            let is_decoded = case.expect.event.is_some() || case.expect.id.is_some();
            demand(case.expect.accepted || !is_decoded, "an event or an id of a refused request");
            demand(
                case.expect.status.is_some() == (is_platform && case.can_be_set_up()),
                "a platform's endpoint has a status",
            );
            demand(!is_platform || case.expect.accepted == case.expect.id.is_some(), "a platform's delivery has an id");
        }
    }
    report(wrong);
}

#[test]
fn every_platform_has_a_case_for_every_refusal() {
    let mut gaps = Gaps { cases: cases(), found: Vec::new() };
    platform::visit_all(&mut gaps);
    report(gaps.found);
}

/// Finds kinds of refusals without a case.
struct Gaps {
    cases: Vec<Case>,
    found: Vec<String>,
}

impl Visit for Gaps {
    fn visit<P: Platform + Default>(&mut self, _: P) {
        let of_it = self.cases.iter().filter(|case| case.platform.as_deref() == Some(P::default().facts().name));
        let shown: BTreeSet<&str> = of_it.filter_map(|case| case.expect.kind.as_deref()).collect();
        let is_token = P::default().facts().scheme.trust() != Trust::Signed;
        // Kinds that depend on more settings than the secrets have fixtures instead.
        let is_expressible = |kind: &&str| !kind.starts_with("body-") && (is_token || !kind.contains("token"));
        let kinds = refusals::<P>().into_iter().filter(is_expressible).chain(["config", "request"]);
        let missing = kinds.filter(|kind| !shown.contains(kind));
        self.found.extend(missing.map(|kind| format!("{}: no case is refused as `{kind}`", P::default().facts().name)));
    }
}
