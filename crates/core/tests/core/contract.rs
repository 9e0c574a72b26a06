//! The reaction of each platform to our answers, compared with values calculated from its documentation.

use std::time::Duration;

use http::StatusCode;
use referral_webhooks::platform::firstpromoter::FirstPromoter;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::{self, Facts, Platform, Visit};
use referral_webhooks::{Disabling, Endpoint, ErrorKind, Message, Redelivery, Rejection, Reply, Tolerance};
use time::OffsetDateTime;

pub(crate) const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Returns a refusal of each kind that an endpoint or a web crate reports.
fn refusals() -> impl Iterator<Item = ErrorKind> {
    ErrorKind::all("x").into_iter().filter(|kind| !matches!(kind, ErrorKind::Misconfigured(_)))
}

/// Returns a secret in the platform's format.
fn secret<P: Platform + Default>(number: u8) -> String {
    P::default().facts().scheme.secret_from(&[number; 32])
}

pub(crate) fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

pub(crate) fn by_name(name: &str) -> &'static Facts {
    platform::ALL.iter().find(|platform| platform.name == name).unwrap_or_else(|| panic!("no platform {name}"))
}

#[test]
fn answers_have_the_statuses_of_each_platform() {
    // The answers when a delivery is stored, on a passing fault, to an unproven request, to an undecided and to a stale one.
    let table = [
        ("firstpromoter", 200, 503, 401, 401, 401),
        ("friendbuy", 200, 503, 401, 401, 401),
        ("genius-referrals", 200, 503, 401, 401, 401),
        ("growsurf", 200, 503, 401, 401, 401),
        ("prefinery", 200, 429, 401, 429, 429),
        ("redpin", 200, 503, 401, 401, 401),
        ("refersion", 200, 503, 401, 503, 401),
        ("refir", 200, 503, 404, 503, 404),
        ("referral-rocket", 200, 503, 401, 401, 401),
        ("saasquatch", 200, 503, 401, 503, 401),
        ("dub", 200, 503, 401, 401, 401),
        ("rewardful", 200, 503, 401, 401, 401),
        ("loyaltylion", 200, 503, 401, 401, 401),
        ("talkable", 200, 503, 401, 401, 401),
        ("tolt", 200, 503, 401, 401, 401),
    ];
    assert_eq!(platform::ALL.len(), table.len(), "every platform has its row");
    for (name, success, transient, unproven, undecided, stale) in table {
        let contract = by_name(name).contract;
        assert_eq!(contract.success, success, "{name}");
        assert!(contract.counts_as_success.contains(&success), "{name}");
        assert_eq!(contract.transient, transient, "{name}");
        for kind in refusals() {
            let want = match kind {
                ErrorKind::TooOld | ErrorKind::TooNew => stale,
                ErrorKind::BodyTooLarge => 413,
                // At Friendbuy, 400 denies a reward.
                ErrorKind::BodyMalformed if name == "friendbuy" => transient,
                ErrorKind::BodyMalformed => 400,
                ErrorKind::BodyIncomplete | ErrorKind::BodyLayerFailed | ErrorKind::BodyBudgetSpent => transient,
                ErrorKind::EndpointUnavailable => transient,
                ErrorKind::UnknownTenant | ErrorKind::UnknownKey => undecided,
                _ => unproven,
            };
            assert_eq!(contract.status(kind), want, "{name}, {kind:?}");
        }
    }
}

#[test]
fn statuses_that_a_platform_must_not_get_are_forbidden() {
    // Only Prefinery treats 5xx as final, and 201 as success. Senders with Svix treat every 2xx as success.
    let rows: [(u16, bool, &[&str]); 17] = [
        (200, false, &[]),
        (201, true, &["dub", "firstpromoter", "loyaltylion", "prefinery", "redpin", "talkable", "tolt"]),
        (202, true, &[]),
        (204, true, &[]),
        (299, true, &[]),
        (301, true, &[]),
        (302, true, &[]),
        (399, true, &[]),
        (400, false, &[]),
        (401, false, &[]),
        (404, false, &[]),
        (410, true, &[]),
        (413, false, &[]),
        (429, false, &[]),
        (500, false, &["prefinery"]),
        (503, false, &["prefinery"]),
        (599, false, &["prefinery"]),
    ];
    for (status, by_most, exceptions) in rows {
        for platform in platform::ALL {
            let forbidden = by_most != exceptions.contains(&platform.name);
            let got = platform.contract.forbids(StatusCode::from_u16(status).unwrap());
            assert_eq!(got.is_some(), forbidden, "{} and {status}: {got:?}", platform.name);
        }
    }
    let effect = Prefinery.facts().contract.forbids(StatusCode::GONE);
    assert_eq!(effect, Some("removes the endpoint from the project"));
}

#[test]
fn no_endpoint_answers_with_a_forbidden_status() {
    struct Each;
    impl Visit for Each {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let plain = Endpoint::<P>::new(secret::<P>(7)).unwrap();
            for (settings, endpoint) in [
                ("plain", plain.clone()),
                ("retrying bad signatures", plain.clone().retry_bad_signatures()),
                ("of any age", plain.clone().dangerously_accept_stale()),
                ("with another secret", plain.clone().or_previous(secret::<P>(8)).unwrap()),
                (
                    "with all of them",
                    plain.retry_bad_signatures().dangerously_accept_stale().with_tolerance(Tolerance::seconds(0)),
                ),
            ] {
                let contract = endpoint.contract();
                for kind in refusals() {
                    let status = endpoint.status(kind);
                    assert_eq!(
                        contract.forbids(status),
                        None,
                        "{} {settings}: {kind:?} gives {status}",
                        P::default().facts().name
                    );
                    let is_success = contract.counts_as_success.contains(&status.as_u16());
                    assert!(
                        !is_success,
                        "{} {settings}: {kind:?} gives {status}, a success",
                        P::default().facts().name
                    );
                }
                for status in [contract.success, contract.transient] {
                    assert_eq!(contract.forbids(status), None, "{} {settings}: {status}", P::default().facts().name);
                }
                let transient = contract.transient.as_u16();
                assert!(!contract.counts_as_success.contains(&transient), "{} {settings}", P::default().facts().name);
            }
        }
    }
    platform::visit_all(&mut Each);
}

#[test]
fn replies_and_refusals_follow_the_contract() {
    struct Each;
    impl Visit for Each {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let endpoint = Endpoint::<P>::new(secret::<P>(7)).unwrap();
            let request = endpoint.sign(&Message::new("{}", OffsetDateTime::UNIX_EPOCH)).unwrap();
            let delivery = endpoint.receive(&request, OffsetDateTime::UNIX_EPOCH).unwrap();
            // Only Svix is known to read `Retry-After`, and only with the status of a passing fault.
            let is_svix = ["redpin", "tolt"].contains(&P::default().facts().name);
            let minute = is_svix.then_some(Duration::from_secs(60));
            let transient = if P::default().facts().name == "prefinery" { 429 } else { 503 };
            let accepted = Reply::Accepted;
            assert_eq!(
                (accepted.status().as_u16(), accepted.retry_after()),
                (200, None),
                "{}",
                P::default().facts().name
            );
            let later = Reply::retry_later(&delivery);
            assert_eq!(
                (later.status().as_u16(), later.retry_after()),
                (transient, minute),
                "{}",
                P::default().facts().name
            );
            for kind in refusals() {
                let refusal = endpoint.refuse(kind.into());
                assert_eq!(refusal.status(), endpoint.status(kind), "{}: {kind:?}", P::default().facts().name);
                let is_transient = refusal.status() == transient;
                assert_eq!(
                    refusal.retry_after(),
                    minute.filter(|_| is_transient),
                    "{}: {kind:?}",
                    P::default().facts().name
                );
                // The sender may be a stranger, and learns only the status in words.
                let words = ["Bad Request", "Unauthorized", "Not Found", "Payload Too Large", "Too Many Requests"];
                let words = [&words[..], &["Service Unavailable"]].concat();
                assert!(
                    words.contains(&refusal.body_text()),
                    "{}: {kind:?} says {}",
                    P::default().facts().name,
                    refusal.body_text()
                );
            }
        }
    }
    platform::visit_all(&mut Each);
}

#[test]
fn retrying_bad_signatures_changes_the_answer_to_them_alone() {
    for kind in refusals() {
        let plain = Endpoint::<Prefinery>::new(SECRET).unwrap();
        let want =
            if kind == ErrorKind::SignatureMismatch { StatusCode::TOO_MANY_REQUESTS } else { plain.status(kind) };
        assert_eq!(plain.retry_bad_signatures().status(kind), want, "{kind:?}");
    }
    let plain = Endpoint::<Prefinery>::new(SECRET).unwrap();
    assert_eq!(plain.status(ErrorKind::SignatureMismatch), StatusCode::UNAUTHORIZED, "off by default");
    let redpin = Endpoint::<Redpin>::new(SECRET).unwrap().retry_bad_signatures();
    assert_eq!(redpin.status(ErrorKind::SignatureMismatch), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn prefinery_retries_5_seconds_and_the_fourth_power_of_the_attempt_later() {
    let mut since_first = 0;
    let offsets: Vec<u64> = (1..=15_u64)
        .map(|attempt| {
            since_first += 5 + attempt.pow(4);
            since_first
        })
        .collect();
    let ours: Vec<u64> = Prefinery.facts().contract.retries.offsets.iter().map(Duration::as_secs).collect();
    assert_eq!(ours, offsets);
    // 2 days, 1 hour, 33 minutes and 7 seconds, calculated from the vendor's rule.
    assert_eq!(Prefinery.facts().contract.retries.horizon(), Some(Duration::from_secs(178_387)));
}

#[test]
fn genius_referrals_retries_20_times_in_48_hours() {
    // 15 s apart in the first minute, then four each at 1.5, 2.5, 3.5 and 4.5 hours.
    let steps = [(15, 4), (5_400, 4), (9_000, 4), (12_600, 4), (16_200, 4)];
    let mut since_first = 0;
    let mut offsets = Vec::new();
    for (step, times) in steps {
        for _ in 0..times {
            since_first += step;
            offsets.push(since_first);
        }
    }
    let ours: Vec<u64> = GeniusReferrals.facts().contract.retries.offsets.iter().map(Duration::as_secs).collect();
    assert_eq!(ours, offsets);
    assert_eq!(offsets.last(), Some(&(48 * 3_600 + 60)));
}

#[test]
fn redpin_retries_on_svixs_schedule_cut_short() {
    // 5 s, 5 min, 30 min, 2 h, 5 h after the attempt before.
    let waits = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600];
    let mut since_first = 0;
    let offsets = waits.map(|wait| {
        since_first += wait;
        since_first
    });
    let ours: Vec<u64> = Redpin.facts().contract.retries.offsets.iter().map(Duration::as_secs).collect();
    assert_eq!(ours, offsets);
}

#[test]
fn saasquatch_retries_every_hour_for_three_days() {
    let hours: Vec<Duration> = (1..=72).map(|hour| Duration::from_secs(hour * 3_600)).collect();
    assert_eq!(by_name("saasquatch").contract.retries.schedule().collect::<Vec<_>>(), hours);
    assert_eq!(by_name("saasquatch").contract.retries.horizon(), Some(days(3)));
}

#[test]
fn firstpromoter_waits_20_minutes_longer_before_each_retry() {
    let after = |retries: u64| Duration::from_secs((1..=retries).map(|attempt| attempt * 20 * 60).sum());
    let retries = FirstPromoter.facts().contract.retries;
    assert_eq!(retries.offsets, [after(1), after(2), after(3)]);
    // A subscription has at most ten retries.
    assert_eq!(retries.horizon(), Some(after(10)));
}

#[test]
fn tolt_retries_on_svixs_whole_schedule() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let waits =
        [Duration::from_secs(5), minutes(5), minutes(30), minutes(120), minutes(300), minutes(600), minutes(600)];
    let mut since_first = Duration::ZERO;
    let offsets = waits.map(|wait| {
        since_first += wait;
        since_first
    });
    assert_eq!(by_name("tolt").contract.retries.offsets, offsets);
    // 27 hours, 35 minutes and 5 seconds.
    assert_eq!(by_name("tolt").contract.retries.horizon(), Some(Duration::from_secs(99_305)));
}

#[test]
fn every_schedule_advances_and_ends_at_its_horizon() {
    for platform in platform::ALL {
        let retries = platform.contract.retries;
        let offsets = retries.offsets;
        assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]), "{}: {offsets:?}", platform.name);
        // Retries without a published end have no horizon.
        let Some(horizon) = retries.horizon() else { continue };
        assert!(
            offsets.iter().all(|offset| *offset <= horizon),
            "{}: an attempt comes after the horizon",
            platform.name
        );
    }
}

#[test]
fn limits_agree_with_the_documentation() {
    for (name, deadline, redelivery, disabling) in [
        ("firstpromoter", Some(30), Redelivery::AnyTime, Disabling::Unknown),
        ("friendbuy", Some(10), Redelivery::Unknown, Disabling::Unknown),
        ("genius-referrals", Some(2), Redelivery::AnyTime, Disabling::Unknown),
        ("growsurf", Some(5), Redelivery::Unknown, Disabling::Unknown),
        ("prefinery", Some(15), Redelivery::Never, Disabling::Never),
        ("redpin", Some(15), Redelivery::Within(days(90)), Disabling::AfterFailingFor(days(5))),
        ("refersion", None, Redelivery::Unknown, Disabling::Unknown),
        ("refir", None, Redelivery::Unknown, Disabling::Unknown),
        ("referral-rocket", None, Redelivery::Unknown, Disabling::Unknown),
        ("saasquatch", None, Redelivery::Unknown, Disabling::Unknown),
        ("dub", None, Redelivery::Unknown, Disabling::after_failures(20)),
        ("rewardful", None, Redelivery::Unknown, Disabling::Unknown),
        ("loyaltylion", Some(5), Redelivery::Unknown, Disabling::Never),
        ("talkable", None, Redelivery::Unknown, Disabling::Unknown),
        ("tolt", Some(15), Redelivery::Within(days(90)), Disabling::AfterFailingFor(days(5))),
    ] {
        let contract = by_name(name).contract;
        assert_eq!(contract.deadline, deadline.map(Duration::from_secs), "{name}");
        assert_eq!(contract.redelivery, redelivery, "{name}");
        assert_eq!(contract.disabling, disabling, "{name}");
    }
}

#[test]
fn the_status_for_an_unknown_platform_loses_no_event() {
    let status = Rejection::without_platform(ErrorKind::Misconfigured("no endpoint").into()).status();
    for Facts { name, contract, .. } in platform::ALL {
        assert_eq!(contract.forbids(status), None, "{name}");
        assert!(!contract.counts_as_success.contains(&status.as_u16()), "{name}");
        // The contract layers ask for another attempt after it, too.
        assert_eq!(contract.translate(status), contract.transient, "{name}");
    }
}
