//! The scenarios, and events with distinct ids.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use referral_webhooks::platform::{ALL, Platform as _};
use referral_webhooks::profile::Profile;

use super::played;
use super::receiver::{ACCEPTING, Answers, Receiver, Seen};
use crate::sign::secret;

const OTHER_SVIX: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Plays a platform at an accepting receiver.
#[track_caller]
fn accepted(platform: &str, more: &[&str]) -> (super::Played, Seen) {
    let receiver = Receiver::of_platform(platform, &[secret(platform)], ACCEPTING);
    let played = played(&[secret(platform)], &[&[platform, "--to", &receiver.url], more].concat());
    assert_eq!((played.code, played.counts(["lost"])), (0, [0]), "{platform}: {} {}", played.summary, played.errors);
    (played, receiver.seen())
}

#[test]
fn every_event_of_every_platform_has_its_own_id() {
    for platform in ALL.iter().map(|facts| facts.name) {
        let (played, seen) = accepted(platform, &["--count", "70"]);
        assert_eq!(played.counts(["sent", "attempts", "accepted", "repeated"]), [70, 70, 70, 0], "{platform}");
        assert_eq!((seen.by_id().len(), seen.got.len()), (70, 70), "{platform}");
        let names: BTreeSet<Option<&str>> = seen.got.iter().map(|got| got.event.as_deref()).collect();
        let listed = crate::send::listed(platform);
        assert_eq!(names.len(), listed.len().min(70), "{platform}: {names:?} of {listed:?}");
    }
}

#[test]
fn the_same_seed_makes_the_same_ids() {
    let ids = |seed: &str| {
        let (_, seen) = accepted("dub", &["--count", "30", "--seed", seed]);
        seen.by_id().into_keys().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    assert_eq!(ids("1"), ids("1"));
    assert!(ids("1").is_disjoint(&ids("2")));
    let (played, _) = accepted("dub", &["--count", "1"]);
    assert_ne!(played.summary["seed"], accepted("dub", &["--count", "1"]).0.summary["seed"]);
}

#[test]
fn profiles_are_played_by_their_own_contract() {
    let mut played_profiles = 0;
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let profile: Profile = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let (name, secret) = (profile.facts().name, "kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA");
        let receiver =
            Receiver::of_profile(profile, secret, |_, earlier| (if earlier == 0 { 503 } else { 200 }, Duration::ZERO));
        let file = path.to_str().unwrap();
        let played = played(&[secret], &["--profile", file, "--to", &receiver.url, "--count", "5"]);
        let seen = receiver.seen();
        assert!(seen.refused.is_empty(), "{name}: {:?}", seen.refused);
        assert_eq!(seen.by_id().len(), 5, "{name}");
        assert_eq!(played.counts(["accepted", "attempts", "lost"]), [5, 10, 0], "{name}: {}", played.summary);
        played_profiles += 1;
    }
    assert!(played_profiles >= 7);
}

#[test]
fn lost_answers_make_repeats_of_accepted_deliveries() {
    for platform in ["redpin", "prefinery", "genius-referrals", "referral-rocket", "refir"] {
        let (played, seen) = accepted(platform, &["--scenario", "retries", "--count", "20", "--seed", "3"]);
        let ids = seen.by_id();
        assert_eq!(ids.len(), 20, "{platform}");
        // One or two answers to each delivery are lost, and the next one is read.
        assert!(ids.values().all(|times| (2..=3).contains(times)), "{platform}: {ids:?}");
        assert!(ids.values().any(|times| *times == 2) && ids.values().any(|times| *times == 3), "{platform}");
        let repeats = seen.got.len() as u64 - 20;
        let counts = played.counts(["accepted", "repeated", "retried"]);
        assert_eq!(counts, [20, repeats, repeats], "{platform}");
    }
}

#[test]
fn duplicates_come_after_their_acceptance() {
    let (played, seen) = accepted("redpin", &["--scenario", "duplicates", "--count", "20", "--seed", "3"]);
    let ids = seen.by_id();
    assert!(ids.len() == 20 && ids.values().all(|times| (2..=3).contains(times)), "{ids:?}");
    assert_eq!(played.counts(["repeated", "retried"]), [seen.got.len() as u64 - 20, 0], "{}", played.summary);
    // A receiver that fails on repeats is seen: the platform takes the failed repeat for a failed delivery.
    let wrong: Answers = |_, earlier| (if earlier > 0 { 409 } else { 200 }, Duration::ZERO);
    let receiver = Receiver::of_platform("redpin", &[secret("redpin")], wrong);
    let arguments = ["redpin", "--to", &receiver.url, "--scenario", "duplicates", "--count", "5"];
    let played = super::played(&[secret("redpin")], &arguments);
    assert_eq!((played.code, played.counts(["lost"])), (1, [5]), "{}", played.summary);
}

#[test]
fn another_order_has_the_same_events() {
    let order = |scenario: &str| {
        let (_, seen) = accepted("dub", &["--scenario", scenario, "--count", "20", "--seed", "5"]);
        seen.got.into_iter().map(|got| got.id).collect::<Vec<String>>()
    };
    let (steady, mixed) = (order("steady"), order("reorder"));
    assert_ne!(steady, mixed);
    assert_eq!(steady.iter().collect::<BTreeSet<_>>(), mixed.iter().collect::<BTreeSet<_>>());
}

#[test]
fn a_rotation_changes_the_secret_in_the_middle() {
    let play = |platform: &str, known: &[&str], secrets: [&str; 2]| {
        let receiver = Receiver::of_platform(platform, known, ACCEPTING);
        let rotation = [platform, "--to", &receiver.url, "--scenario", "rotation", "--count", "4", "--duration", "2h"];
        (played(&secrets, &rotation), receiver.seen().refused)
    };
    let (new, old) = ("new-7Qm2vX9cR4wZ8bN1sJ6h", "old-L3pF5dY0gAkT9vQ2mX7c");
    // The receiver knows both.
    let (both, refused) = play("genius-referrals", &[new, old], [new, old]);
    assert_eq!((both.counts(["attempts", "lost"]), refused.len()), ([4, 0], 0));
    // It knows the new one. The events after 0 and 30 min are refused until the first retry after the change at 1 h, which
    // is the 5th, after 91 min: five refusals each.
    let (new_only, refused) = play("genius-referrals", &[new], [new, old]);
    assert_eq!((new_only.counts(["attempts", "accepted"]), refused), ([14, 4], vec!["signature-mismatch"; 10]));
    // It knows the old one. The events after the change are never accepted.
    let (old_only, _) = play("genius-referrals", &[old], [new, old]);
    assert_eq!(old_only.counts(["accepted", "lost"]), [2, 2]);
    // The header of Svix has both signatures for a day, so each receiver accepts the events after the change.
    let (new, old) = (secret("redpin"), OTHER_SVIX);
    let (old_only, refused) = play("redpin", &[old], [new, old]);
    assert_eq!((old_only.counts(["attempts", "accepted"]), refused.len()), ([4, 4], 0));
}

#[test]
fn a_burst_has_its_rate_and_bounded_connections() {
    let slow: Answers = |_, _| (200, Duration::from_millis(60));
    let receiver = Receiver::of_platform("redpin", &[secret("redpin")], slow);
    let burst = ["redpin", "--to", &receiver.url, "--scenario", "burst", "--rate", "100", "--count", "100"];
    let begun = Instant::now();
    let played = super::played(&[secret("redpin")], &burst);
    let took = begun.elapsed();
    assert_eq!(played.counts(["sent", "accepted"]), [100, 100], "{}", played.summary);
    // The last of them is due after 0.99 s of real time. Six requests of 60 ms are under way at 100 a second.
    assert!(took >= Duration::from_millis(990), "{took:?}");
    let most = receiver.seen().most_at_once;
    assert!((3..=16).contains(&most), "{most}");
    let receiver = Receiver::of_platform("redpin", &[secret("redpin")], slow);
    let narrow = ["redpin", "--to", &receiver.url, "--scenario", "burst", "--rate", "500", "--count", "60"];
    super::played(&[secret("redpin")], &[&narrow[..], &["--connections", "4"]].concat());
    assert_eq!(receiver.seen().most_at_once, 4);
}

#[test]
fn the_speed_is_that_of_the_clock() {
    let begun = Instant::now();
    accepted("redpin", &["--count", "4", "--duration", "2h", "--speed", "3600x"]);
    // The last event is due after 90 virtual minutes.
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(1_500) && took < Duration::from_secs(8), "{took:?}");
}
