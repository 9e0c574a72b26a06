//! The platform's reading of answers, its signed times and its deadline.

use std::time::Duration;

use super::receiver::{ACCEPTING, Answers, Receiver};
use super::{Played, played};
use crate::sign::secret;

const AT_ONCE: Duration = Duration::ZERO;

/// Plays one event at a receiver with these answers.
#[track_caller]
fn one_event(platform: &str, answers: Answers, more: &[&str]) -> (Played, Receiver) {
    let receiver = Receiver::of_platform(platform, &[secret(platform)], answers);
    let arguments = [&[platform, "--to", &receiver.url, "--count", "1"], more].concat();
    (played(&[secret(platform)], &arguments), receiver)
}

#[test]
fn answers_are_read_as_the_platform_reads_them() {
    let rows: [(&str, Answers, [u64; 4], &str); 16] = [
        // Platform, answers; attempts, accepted, lost, forbidden; the reason of the loss.
        ("prefinery", |_, _| (200, AT_ONCE), [1, 1, 0, 0], ""),
        ("prefinery", |_, _| (201, AT_ONCE), [1, 1, 0, 0], ""),
        ("prefinery", |number, _| (if number < 2 { 429 } else { 200 }, AT_ONCE), [3, 1, 0, 0], ""),
        ("prefinery", |_, _| (429, AT_ONCE), [16, 0, 1, 0], "given-up"),
        ("prefinery", |_, _| (500, AT_ONCE), [1, 0, 1, 1], "final"),
        ("prefinery", |_, _| (204, AT_ONCE), [1, 0, 1, 1], "final"),
        ("prefinery", |_, _| (302, AT_ONCE), [1, 0, 1, 1], "final"),
        ("prefinery", |_, _| (401, AT_ONCE), [1, 0, 1, 0], "final"),
        ("prefinery", |_, _| (410, AT_ONCE), [1, 0, 1, 1], "removed"),
        ("redpin", |_, _| (204, AT_ONCE), [1, 1, 0, 1], ""),
        ("redpin", |_, _| (410, AT_ONCE), [6, 0, 1, 6], "given-up"),
        ("redpin", |number, _| (if number < 3 { 503 } else { 200 }, AT_ONCE), [4, 1, 0, 0], ""),
        ("redpin", |number, _| (if number < 1 { 302 } else { 200 }, AT_ONCE), [2, 1, 0, 1], ""),
        ("rewardful", |number, _| (if number < 1 { 204 } else { 200 }, AT_ONCE), [2, 1, 0, 1], ""),
        ("saasquatch", |_, _| (500, AT_ONCE), [73, 0, 1, 0], "given-up"),
        ("genius-referrals", |number, _| (if number < 4 { 404 } else { 200 }, AT_ONCE), [5, 1, 0, 0], ""),
    ];
    for (platform, answers, want, reason) in rows {
        let (played, receiver) = one_event(platform, answers, &[]);
        let label = format!("{platform} {}", played.summary);
        assert_eq!(played.counts(["attempts", "accepted", "lost", "forbidden"]), want, "{label}");
        assert_eq!(played.summary["lost_because"][0]["reason"].as_str().unwrap_or(""), reason, "{label}");
        assert_eq!(played.summary["removed_after_seconds"].is_null(), reason != "removed", "{label}");
        assert_eq!(played.code, i32::from(want[2] > 0), "{label}");
        let seen = receiver.seen();
        assert_eq!(seen.got.len() as u64, want[0], "{label}");
        // Every attempt has the same delivery id, and no redirection was followed.
        assert_eq!(seen.by_id().len(), 1, "{label}");
        assert!(seen.paths.iter().all(|path| path == "/hooks"), "{label}: {:?}", seen.paths);
    }
}

#[test]
fn a_question_is_answered_by_its_status() {
    let no: Answers = |_, _| (400, AT_ONCE);
    let questions = ["--event", "reward validation"];
    let (played, _) = one_event("friendbuy", no, &questions);
    assert_eq!(played.counts(["attempts", "accepted"]), [1, 1], "{}", played.summary);
    let (played, _) = one_event("friendbuy", |_, _| (503, AT_ONCE), &questions);
    assert_eq!(played.counts(["attempts", "accepted"]), [97, 0], "{}", played.summary);
}

#[test]
fn dub_disables_an_endpoint_after_twenty_failures_in_a_row() {
    // Three events, 8 hours apart. Their failures in order of time: the 20th is an attempt after days.
    let receiver = Receiver::of_platform("dub", &[secret("dub")], |_, _| (500, AT_ONCE));
    let played = played(&[secret("dub")], &["dub", "--to", &receiver.url, "--count", "3", "--verbose"]);
    assert_eq!(played.counts(["attempts", "accepted", "lost"]), [20, 0, 3], "{}", played.summary);
    assert!(played.summary["disabled_at"].as_str().unwrap().ends_with('Z'), "{}", played.summary);
    assert!(played.deliveries.iter().all(|line| line["reason"] == "disabled" && line["status"] == 500));
    // One success in between begins another count.
    let receiver = Receiver::of_platform("dub", &[secret("dub")], |number, _| {
        (if number % 19 == 18 { 200 } else { 500 }, AT_ONCE)
    });
    let played = super::played(&[secret("dub")], &["dub", "--to", &receiver.url, "--count", "3"]);
    assert!(played.summary["disabled_at"].is_null(), "{}", played.summary);
    assert_eq!(played.counts(["accepted", "attempts", "lost"]), [3, 57, 0], "{}", played.summary);
}

#[test]
fn a_fresh_time_passes_the_tolerance_after_twenty_hours() {
    // Tolt's 7th retry comes after 27 virtual hours. The receiver has the real clock, and a tolerance of 5 minutes.
    let (played, receiver) = one_event("tolt", ACCEPTING, &["--scenario", "outage"]);
    assert_eq!(played.counts(["accepted"]), [1], "{}", played.summary);
    let seen = receiver.seen();
    let age = time::OffsetDateTime::now_utc() - seen.got[0].signed_at.unwrap();
    assert!(age < time::Duration::minutes(1), "{age}");
}

#[test]
fn a_kept_time_has_its_virtual_age_at_the_receiver() {
    let kept = ["--timestamps", "kept", "--scenario", "outage", "--down-for"];
    // Down for, accepted, attempts, refusals. Prefinery retries after 6, 27, 113 and 374 s, and the tolerance is 300 s.
    for (down_for, accepted, attempts, refused) in [
        ("0s", 1, 1, 0),
        ("100s", 1, 4, 0),
        // From 374 s on, each of the 12 retries is too old. The receiver answers 429, so Prefinery goes on until its end.
        ("120s", 0, 16, 12),
        // The retries at 89,336, 127,757 and 178,387 s.
        ("24h", 0, 16, 3),
    ] {
        let (played, receiver) = one_event("prefinery", ACCEPTING, &[&kept[..], &[down_for]].concat());
        assert_eq!(played.counts(["accepted", "attempts"]), [accepted, attempts], "{down_for}: {}", played.summary);
        let seen = receiver.seen();
        assert_eq!((seen.got.len(), seen.refused.len()), (usize::try_from(accepted).unwrap(), refused), "{down_for}");
        assert!(seen.refused.iter().all(|kind| *kind == "too-old"), "{down_for}: {:?}", seen.refused);
        if down_for == "100s" {
            let age = time::OffsetDateTime::now_utc() - seen.got[0].signed_at.unwrap();
            assert!((113..130).contains(&age.whole_seconds()), "{age}");
        }
    }
}

#[test]
fn a_time_in_the_body_is_the_same_in_every_attempt() {
    let later: Answers = |number, _| (if number < 8 { 503 } else { 200 }, AT_ONCE);
    let (played, receiver) = one_event("referral-rocket", later, &[]);
    assert_eq!(played.counts(["accepted", "attempts"]), [1, 9], "{}", played.summary);
    let seen = receiver.seen();
    assert_eq!((seen.got.len(), seen.by_id().len()), (9, 1));
    assert!(seen.got.iter().all(|got| got.body == seen.got[0].body));
    // The bytes are those of the first attempt, so a renewed time is a contradiction.
    let arguments = ["referral-rocket", "--to", "http://h/", "--timestamps", "fresh"];
    let output = super::simulate(&[secret("referral-rocket")], &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", crate::text(&output.stderr));
}

#[test]
fn an_answer_after_the_deadline_is_none() {
    // Genius Referrals waits 2 s, and tries again after 15 s. The clock is the real one while a request is under way.
    let slow: Answers = |number, _| (200, if number == 0 { Duration::from_millis(2_600) } else { AT_ONCE });
    let (played, receiver) = one_event("genius-referrals", slow, &["--speed", "3600x"]);
    assert_eq!(played.counts(["accepted", "attempts", "lost"]), [1, 2, 0], "{}", played.summary);
    let seconds = played.counts(["virtual_seconds"])[0];
    assert!((17..20).contains(&seconds), "{seconds}");
    assert_eq!(receiver.seen().by_id().values().copied().collect::<Vec<_>>(), [2]);
    // An answer after 1 s is in time at any speed.
    let (played, _) = one_event("genius-referrals", |_, _| (200, Duration::from_secs(1)), &["--speed", "max"]);
    assert_eq!(played.counts(["accepted", "attempts"]), [1, 1], "{}", played.summary);
}
