//! Contradictions in contracts, each refused by its name.

use std::time::Duration;

use http::StatusCode;
use referral_webhooks::platform::{ContractBuilder, Fault, Setting};
use referral_webhooks::{Acknowledges, Contract, Disabling, Forbidden, Redelivery, Retries, RetryEnd};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

const REPEATED: &[Duration] = &[SECOND, HOUR, HOUR];
const DECREASING: &[Duration] = &[HOUR, SECOND];
const AT_ONCE: &[Duration] = &[Duration::ZERO, SECOND];
const GOOD: &[Duration] = &[SECOND, HOUR];

const fn decision(yes: StatusCode, no: StatusCode) -> Acknowledges {
    Acknowledges::Decision { yes, no }
}

const VALIDATION: &[(&str, Acknowledges)] = &[("validation", decision(StatusCode::OK, StatusCode::BAD_REQUEST))];

/// Declares rows whose lists are constants: a builder, and the setting and fault of its contradiction.
macro_rules! rows {
    ($($contract:expr => $setting:ident $fault:ident,)+) => {
        [$((stringify!($contract), $contract, (Setting::$setting, Fault::$fault)),)+]
    };
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "they are refused")]
fn a_contradiction_is_refused_by_its_setting_and_fault() {
    let contract = Contract::builder;
    let rows: [(&str, ContractBuilder, (Setting, Fault)); 70] = rows! {
        // Statuses that do not exist, or cannot mean this.
        contract().transient(0) => Transient NotAStatus,
        contract().transient(99) => Transient NotAStatus,
        contract().transient(600) => Transient NotAStatus,
        contract().transient(1_000) => Transient NotAStatus,
        contract().unproven(42) => Unproven NotAStatus,
        contract().undecided(999) => Undecided NotAStatus,
        contract().stale(u16::MAX) => Stale NotAStatus,
        contract().transient(100) => Transient NotARefusal,
        contract().transient(302) => Transient NotARefusal,
        contract().unproven(204) => Unproven NotARefusal,
        contract().undecided(399) => Undecided NotARefusal,
        contract().stale(200) => Stale NotARefusal,
        // Ranges.
        contract().counts_as_success(201..=200) => CountsAsSuccess EmptyRange,
        contract().counts_as_success(99..=299) => CountsAsSuccess NotAStatus,
        contract().counts_as_success(200..=600) => CountsAsSuccess NotAStatus,
        contract().counts_as_success(201..=299) => Success NotCounted,
        contract().counts_as_success(100..=199) => Success NotCounted,
        contract().never(const { &[Forbidden::new(599..=500, "")] }) => Never EmptyRange,
        contract().never(const { &[Forbidden::new(0..=199, "")] }) => Never NotAStatus,
        contract().never(const { &[Forbidden::new(500..=999, "")] }) => Never NotAStatus,
        contract().never(const { &[Forbidden::new(300..=399, "a"), Forbidden::new(301..=301, "b")] })
            => Never Overlapping,
        contract().never(const { &[Forbidden::new(410..=410, "a"), Forbidden::new(410..=410, "b")] })
            => Never Overlapping,
        contract().never(const { &[Forbidden::new(301..=301, "a"), Forbidden::new(300..=399, "b")] })
            => Never Overlapping,
        // Refusals that count as success.
        contract().counts_as_success(200..=503) => Transient Counted,
        contract().counts_as_success(100..=599) => Transient Counted,
        contract().counts_as_success(200..=499) => Unproven Counted,
        contract().counts_as_success(200..=404).unproven(500).undecided(404) => Undecided Counted,
        contract().counts_as_success(200..=400).stale(400) => Stale Counted,
        // Forbidden statuses.
        contract().never(const { &[Forbidden::new(200..=299, "")] }) => Success IsForbidden,
        contract().never(const { &[Forbidden::new(100..=599, "")] }) => Success IsForbidden,
        contract().never(const { &[Forbidden::new(500..=599, "")] }) => Transient IsForbidden,
        contract().never(const { &[Forbidden::new(400..=499, "")] }) => Unproven IsForbidden,
        contract().never(const { &[Forbidden::new(404..=404, "")] }).undecided(404) => Undecided IsForbidden,
        contract().never(const { &[Forbidden::new(429..=429, "")] }).stale(429) => Stale IsForbidden,
        contract().unproven(410) => Unproven IsForbidden,
        // Times.
        contract().retry_after(Duration::ZERO) => RetryAfter Zero,
        contract().retry_after(Duration::from_millis(999)) => RetryAfter Zero,
        contract().retries(Retries::at(GOOD)).retry_after(2 * HOUR) => RetryAfter LongerThanRetries,
        contract().retries(Retries::NONE).retry_after(SECOND) => RetryAfter LongerThanRetries,
        contract().deadline(Duration::ZERO) => Deadline Zero,
        contract().redelivery(Redelivery::Within(Duration::ZERO)) => Redelivery Zero,
        contract().disabling(Disabling::AfterFailingFor(Duration::ZERO)) => Disabling Zero,
        // Retries.
        contract().retries(Retries::at(REPEATED)) => Offsets NotIncreasing,
        contract().retries(Retries::at(DECREASING)) => Offsets NotIncreasing,
        contract().retries(Retries::at(AT_ONCE)) => Offsets Zero,
        contract().retries(Retries::at(const { &Retries::growing::<3>(Duration::ZERO) })) => Offsets Zero,
        contract().retries(Retries::at(const { &Retries::growing::<3>(Duration::MAX) })) => Offsets NotIncreasing,
        contract().retries(Retries::at(GOOD).until(Duration::from_secs(3_599))) => End BeforeTheLastAttempt,
        contract().retries(Retries::at(GOOD).until(Duration::ZERO)) => End BeforeTheLastAttempt,
        contract().retries(Retries::every(HOUR).until(HOUR - SECOND)) => End BeforeTheLastAttempt,
        contract().retries(Retries::at(GOOD).then_every(DAY).until(DAY)) => End BeforeTheLastAttempt,
        contract().retries(Retries::every(Duration::ZERO)) => ThenEvery Zero,
        contract().retries(Retries::at(GOOD).then_every(Duration::ZERO).until(DAY)) => ThenEvery Zero,
        contract().retries(Retries::every(HOUR).times(0)) => End BeforeTheLastAttempt,
        // Effects of statuses.
        contract().retries_on(503..=502) => RetriesOn EmptyRange,
        contract().retries_on(400..=600) => RetriesOn NotAStatus,
        contract().retries_on(429..=429) => Transient NotRetried,
        contract().transient(429).retries_on(500..=599) => Transient NotRetried,
        contract().removal(404) => Removal NotForbidden,
        contract().removal(600) => Removal NotAStatus,
        contract().never(&[]).removal(410) => Removal NotForbidden,
        // Meanings.
        contract().acknowledges(const { &[("", Acknowledges::Fulfilment)] }) => Acknowledges EmptyName,
        contract().acknowledges(const { &[("a", Acknowledges::Receipt), ("b", Acknowledges::Receipt), ("a", Acknowledges::Fulfilment)] })
            => Acknowledges TwoMeanings,
        contract().acknowledges(const { &[("a", Acknowledges::Fulfilment), ("a", Acknowledges::Fulfilment)] })
            => Acknowledges TwoMeanings,
        contract().acknowledges(const { &[("a", decision(StatusCode::OK, StatusCode::OK))] })
            => Acknowledges SameAnswers,
        contract().acknowledges(const { &[("a", decision(StatusCode::OK, StatusCode::CONTINUE))] })
            => Acknowledges NotAStatus,
        contract().acknowledges(const { &[("a", decision(StatusCode::OK, StatusCode::GONE))] })
            => Acknowledges IsForbidden,
        contract().acknowledges(const { &[("a", decision(StatusCode::NO_CONTENT, StatusCode::OK))] })
            => Acknowledges IsForbidden,
        // A refused request must not read as an answer to the question.
        contract().acknowledges(VALIDATION).unproven(400) => Unproven IsADecision,
        contract().acknowledges(VALIDATION).stale(400) => Stale IsADecision,
    };
    for (text, contract, want) in rows {
        let contradiction = contract.clone().try_build().map(|_| text).unwrap_err();
        assert_eq!((contradiction.setting(), contradiction.fault()), want, "{text}");
        let (setting, fault) = (want.0.as_str(), want.1.as_str());
        assert_eq!(contradiction.to_string(), format!("contract: `{setting}` {fault}"), "{text}");
    }
}

#[test]
#[should_panic(expected = "contract: `transient` is a forbidden status, see `never`")]
fn a_contradiction_at_run_time_panics_with_its_text() {
    let _ = Contract::builder().transient(410).build();
}

#[test]
fn a_contract_at_the_edge_of_a_contradiction_is_made() {
    let contract = Contract::builder;
    for (label, contract) in [
        ("defaults", contract()),
        ("the outermost statuses", contract().transient(599).unproven(400)),
        ("every status before the refusals", contract().counts_as_success(100..=399)),
        ("a forbidden success that counts", contract().counts_as_success(200..=299)),
        ("nothing forbidden", contract().never(&[])),
        ("neighbours", contract().never(const { &[Forbidden::new(300..=399, "a"), Forbidden::new(400..=400, "b")] })),
        ("an end at the last offset", contract().retries(Retries::at(GOOD).until(HOUR))),
        ("an end at the first step", contract().retries(Retries::at(GOOD).then_every(HOUR).until(2 * HOUR))),
        ("one step", contract().retries(Retries::every(HOUR).times(1))),
        ("a wait of all retries", contract().retries(Retries::at(GOOD)).retry_after(HOUR)),
        ("a wait without a known end", contract().retry_after(100 * DAY)),
        ("the shortest offset", contract().retries(Retries::at(const { &[Duration::from_nanos(1)] }))),
        ("a receipt by name", contract().acknowledges(const { &[("a", Acknowledges::Receipt)] })),
        ("a decision, and other refusals", contract().acknowledges(VALIDATION)),
        (
            "an inverted question",
            contract().acknowledges(const { &[("a", decision(StatusCode::CONFLICT, StatusCode::OK))] }),
        ),
    ] {
        contract.try_build().unwrap_or_else(|contradiction| panic!("{label}: {contradiction}"));
    }
}

#[test]
fn a_changed_copy_is_checked_again() {
    let good = Contract::builder().build();
    for (label, change, fault) in [
        ("success", (|contract| contract.success = StatusCode::ACCEPTED) as fn(&mut Contract), Fault::NotOk),
        ("transient", |contract| contract.transient = StatusCode::GONE, Fault::IsForbidden),
        ("step", |contract| contract.retries.then_every = Some(HOUR), Fault::AfterTheEnd),
        ("end", |contract| contract.retries.end = RetryEnd::After(Duration::ZERO), Fault::LongerThanRetries),
    ] {
        let mut contract = good.clone();
        (contract.retries, contract.retry_after) = (Retries::at(GOOD), Some(SECOND));
        if label == "end" {
            contract.retries = Retries::NONE;
        }
        change(&mut contract);
        assert_eq!(contract.check().map_err(|contradiction| contradiction.fault()), Err(fault), "{label}");
    }
}

#[test]
fn schedules_have_the_documented_attempts_and_ends() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    // Dub: offsets, then every 24 hours without an end.
    const DUB: &[Duration] = &[
        Duration::from_secs(12),
        Duration::from_secs(160),
        Duration::from_secs(1_968),
        Duration::from_secs(23_995),
        Duration::from_secs(110_395),
    ];
    let dub = Retries::at(DUB).then_every(DAY);
    assert_eq!(
        dub.schedule().take(7).map(|offset| offset.as_secs()).collect::<Vec<_>>(),
        [12, 160, 1_968, 23_995, 110_395, 196_795, 283_195]
    );
    const GROWING: Retries = Retries::at(&Retries::growing::<3>(Duration::from_secs(1_200)));
    assert_eq!(GROWING.offsets, [minutes(20), minutes(60), minutes(120)]);
    for (label, retries, attempts, horizon) in [
        ("Friendbuy: 15 min until 24 h", Retries::every(minutes(15)).until(DAY), Some(96), Some(DAY)),
        ("SaaSquatch: 1 h, 72 times", Retries::every(HOUR).times(72), Some(72), Some(3 * DAY)),
        ("FirstPromoter: attempt x 20 min", GROWING, Some(3), Some(minutes(120))),
        ("Dub", dub, None, None),
        ("Dub, if it ended after a week", dub.until(7 * DAY), Some(5 + 5), Some(7 * DAY)),
        ("two steps after the offsets", Retries::at(GOOD).then_every(DAY).times(2), Some(4), Some(2 * DAY + HOUR)),
        ("offsets without an end", Retries::at(GOOD).without_end(), Some(2), None),
        ("offsets, and an end later", Retries::at(GOOD).until(DAY), Some(2), Some(DAY)),
        ("an end alone", Retries::UNKNOWN.until(3 * DAY), Some(0), Some(3 * DAY)),
        ("none", Retries::NONE, Some(0), Some(Duration::ZERO)),
        ("unknown", Retries::UNKNOWN, Some(0), None),
        ("an end that is not a multiple", Retries::every(HOUR).until(minutes(150)), Some(2), Some(minutes(150))),
    ] {
        Contract::builder().retries(retries).try_build().unwrap_or_else(|found| panic!("{label}: {found}"));
        assert_eq!(retries.horizon(), horizon, "{label}");
        // A schedule without an end is cut off here.
        let count = retries.schedule().take(1_000).count();
        assert_eq!(count, attempts.unwrap_or(1_000), "{label}");
        let offsets: Vec<Duration> = retries.schedule().take(1_000).collect();
        assert!(offsets.is_sorted_by(|left, right| left < right), "{label}");
    }
}

#[test]
fn retries_without_a_published_end_keep_ids_for_good() {
    use referral_webhooks::Retention::{AtLeast, ForGood};
    for (retries, redelivery, want) in [
        (Retries::at(GOOD).then_every(DAY), Redelivery::Never, ForGood),
        (Retries::at(GOOD).without_end(), Redelivery::Never, ForGood),
        (Retries::every(DAY), Redelivery::Within(DAY), ForGood),
        (Retries::every(HOUR).times(72), Redelivery::Never, AtLeast(4 * DAY)),
        (Retries::every(HOUR).times(72), Redelivery::Unknown, ForGood),
        (Retries::NONE, Redelivery::Never, AtLeast(DAY)),
    ] {
        let contract = Contract::builder().retries(retries).redelivery(redelivery).build();
        assert_eq!(contract.retention(), want, "{retries:?}, {redelivery:?}");
    }
}

#[test]
fn disabling_counts_the_run_that_its_limit_is_about() {
    for (disabling, failing_for, failures, want) in [
        (Disabling::after_failures(20), DAY, 0, Some(0.0)),
        (Disabling::after_failures(20), Duration::ZERO, 5, Some(0.25)),
        (Disabling::after_failures(20), DAY, 20, Some(1.0)),
        (Disabling::after_failures(20), DAY, u32::MAX, Some(1.0)),
        (Disabling::after_failures(1), Duration::ZERO, 1, Some(1.0)),
        (Disabling::AfterFailingFor(4 * DAY), DAY, 1_000, Some(0.25)),
        (Disabling::AfterFailingFor(4 * DAY), Duration::ZERO, 1_000, Some(0.0)),
        (Disabling::Never, DAY, 1_000, None),
        (Disabling::Unknown, DAY, 1_000, None),
    ] {
        assert_eq!(disabling.share(failing_for, failures), want, "{disabling:?} {failing_for:?} {failures}");
    }
}

#[test]
fn a_success_means_what_the_contract_lists_for_the_event() {
    let question = decision(StatusCode::OK, StatusCode::BAD_REQUEST);
    const BOTH: &[(&str, Acknowledges)] = &[
        ("validation", decision(StatusCode::OK, StatusCode::BAD_REQUEST)),
        ("payout", Acknowledges::Fulfilment),
        ("click", Acknowledges::Receipt),
    ];
    const PAYOUT: &[(&str, Acknowledges)] = &[("click", Acknowledges::Receipt), ("payout", Acknowledges::Fulfilment)];
    for (listed, name, want) in [
        (&[][..], Some("payout"), Acknowledges::Receipt),
        (&[], None, Acknowledges::Receipt),
        (BOTH, Some("payout"), Acknowledges::Fulfilment),
        (BOTH, Some("validation"), question),
        (BOTH, Some("click"), Acknowledges::Receipt),
        (BOTH, Some("Payout"), Acknowledges::Receipt),
        (BOTH, Some(""), Acknowledges::Receipt),
        // It may be any of them.
        (BOTH, None, question),
        (PAYOUT, None, Acknowledges::Fulfilment),
    ] {
        let contract = Contract::builder().acknowledges(listed).build();
        assert_eq!(contract.acknowledges(name), want, "{name:?} of {listed:?}");
    }
}

#[test]
fn a_refusal_never_reads_as_an_answer_to_a_question() {
    use referral_webhooks::ErrorKind::{BodyMalformed, BodyTooLarge};
    let contract = Contract::builder().acknowledges(VALIDATION).build();
    assert_eq!(contract.status(BodyMalformed), 503, "400 would say no");
    assert_eq!(contract.translate(StatusCode::BAD_REQUEST), 503);
    assert_eq!(
        (contract.status(BodyTooLarge), contract.translate(StatusCode::NOT_FOUND).as_u16()),
        (StatusCode::PAYLOAD_TOO_LARGE, 404)
    );
    let counted = Contract::builder().counts_as_success(200..=499).unproven(500).build();
    assert_eq!(counted.status(BodyTooLarge), 503, "413 would be a success");
    assert_eq!(counted.translate(StatusCode::NOT_FOUND), 503);
    let question = contract.acknowledges(Some("validation"));
    for (acknowledges, answered, want) in [
        (question, 200, 200),
        (question, 400, 400),
        (question, 201, 503),
        (question, 404, 503),
        (question, 500, 503),
        (Acknowledges::Receipt, 201, 200),
        (Acknowledges::Receipt, 400, 503),
        (Acknowledges::Fulfilment, 204, 200),
        (Acknowledges::Fulfilment, 500, 503),
    ] {
        let answered = StatusCode::from_u16(answered).unwrap();
        assert_eq!(contract.translate_as(acknowledges, answered), want, "{acknowledges:?}, {answered}");
    }
}
