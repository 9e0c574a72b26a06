//! Every platform against an endpoint that is down for the first virtual day.
//!
//! The expectations are computed by hand from the schedules in `docs/platforms.md` and the vendors' pages.

use referral_webhooks::platform::ALL;

use super::played;
use super::receiver::{ACCEPTING, Receiver};
use crate::sign::secret;

/// The assumed schedule: 1, 3, 7, ... 1,023 min, then every 12 h. The first retry after a day is the eleventh, at 104,580 s.
const ASSUMED: (u64, u64, u64, Option<u64>) = (12, 104_580, 0, None);

/// Of one event at the start: the attempts and the second of its end. Of 24 events, one an hour: the lost ones, and the
/// second at which the endpoint is disabled.
fn expected(platform: &str) -> (u64, u64, u64, Option<u64>) {
    match platform {
        // The 13th retry comes after 89,336 s, and the 15th and last after 178,387 s.
        "prefinery" => (14, 89_336, 0, None),
        // The last retry comes after 27,305 s, so the events of the hours 0 to 16 are lost: 86,400 - 27,305 = 59,095 s.
        "redpin" => (6, 27_305, 17, None),
        // The 7th and last retry comes after 99,305 s.
        "tolt" => (8, 99_305, 0, None),
        // The 15th of 20 retries comes after 95,460 s.
        "genius-referrals" => (16, 95_460, 0, None),
        // The last of 3 retries comes after 7,200 s, so the events of the hours 0 to 21 are lost. That of hour 22 is retried
        // at 24 h.
        "firstpromoter" => (4, 7_200, 22, None),
        // Every 15 minutes until 24 h, which is the first moment of the second day.
        "friendbuy" => (97, 86_400, 0, None),
        // Every hour, 72 times.
        "saasquatch" => (25, 86_400, 0, None),
        // The 5th retry comes after 110,395 s. Of 24 events, those of the hours 0 to 3 fail four times each within an hour,
        // and then that of hour 4 at 14,400, 14,412, 14,560 and 16,368 s: the 20th failure in a row.
        "dub" => (6, 110_395, 24, Some(16_368)),
        "rewardful" | "growsurf" | "loyaltylion" | "talkable" | "refersion" | "refir" | "referral-rocket" => ASSUMED,
        other => panic!("{other} has no expectation"),
    }
}

#[test]
fn one_event_arrives_at_the_first_retry_after_the_outage() {
    for platform in ALL.iter().map(|facts| facts.name) {
        let receiver = Receiver::of_platform(platform, &[secret(platform)], ACCEPTING);
        let arguments = [platform, "--to", &receiver.url, "--scenario", "outage", "--count", "1", "--seed", "7"];
        let played = played(&[secret(platform)], &arguments);
        let (attempts, end, ..) = expected(platform);
        let is_lost = end < 86_400;
        let want = [1, attempts, u64::from(!is_lost), u64::from(is_lost), attempts - 1, 0, 0];
        let names = ["sent", "attempts", "accepted", "lost", "retried", "repeated", "forbidden"];
        assert_eq!(played.counts(names), want, "{platform}: {}", played.summary);
        assert_eq!(played.summary["virtual_seconds"], end, "{platform}");
        assert_eq!(played.code, i32::from(is_lost), "{platform}");
        let seen = receiver.seen();
        assert_eq!((seen.got.len(), seen.refused.len()), (usize::from(!is_lost), 0), "{platform}: {:?}", seen.refused);
    }
}

#[test]
fn a_day_of_outage_loses_only_what_the_schedule_does_not_cover() {
    for platform in ALL.iter().map(|facts| facts.name) {
        let receiver = Receiver::of_platform(platform, &[secret(platform)], ACCEPTING);
        let arguments = [platform, "--to", &receiver.url, "--scenario", "outage", "--seed", "7"];
        let played = played(&[secret(platform)], &arguments);
        let (_, _, lost, disabled) = expected(platform);
        assert_eq!(played.counts(["events", "accepted", "lost", "repeated"]), [24, 24 - lost, lost, 0], "{platform}");
        assert_eq!(played.summary["disabled_after_seconds"].as_u64(), disabled, "{platform}");
        assert_eq!(played.code, i32::from(lost > 0), "{platform}");
        let seen = receiver.seen();
        let accepted = usize::try_from(24 - lost).unwrap();
        assert_eq!((seen.by_id().len(), seen.got.len()), (accepted, accepted), "{platform}");
        assert!(seen.refused.is_empty(), "{platform}: {:?}", seen.refused);
        let reason = &played.summary["lost_because"][0]["reason"];
        match platform {
            "redpin" | "firstpromoter" => assert_eq!(reason, "given-up", "{platform}"),
            "dub" => assert_eq!(reason, "disabled"),
            _ => assert!(reason.is_null(), "{platform}: {reason}"),
        }
    }
}

#[test]
fn without_assumed_retries_an_outage_loses_every_event() {
    for (platform, lost) in [("refir", 24), ("refersion", 24), ("talkable", 24), ("genius-referrals", 0)] {
        let receiver = Receiver::of_platform(platform, &[secret(platform)], ACCEPTING);
        let arguments = [platform, "--to", &receiver.url, "--scenario", "outage", "--assume-no-retries"];
        assert_eq!(played(&[secret(platform)], &arguments).counts(["lost"]), [lost], "{platform}");
    }
}

#[test]
fn an_endpoint_that_starts_late_gets_every_event() {
    // A port that was free a moment ago. No server listens on it until the second virtual day.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/hooks");
    let server = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(1_600));
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        let answer = |stream: std::net::TcpStream| super::usage::answer_once(stream, 200);
        listener.incoming().take(1).for_each(|stream| answer(stream.unwrap()));
    });
    // At 57,600x, a second is 16 hours. The retries that follow 1.6 s of real time come after more than a virtual day, if the
    // program starts at once, and the 9th of 20 retries comes after 0.53 s.
    let platform = "genius-referrals";
    let arguments = [platform, "--to", &url, "--count", "1", "--speed", "57600x"];
    let played = played(&[secret(platform)], &arguments);
    assert_eq!(played.counts(["accepted", "lost"]), [1, 0], "{}", played.summary);
    assert!(played.counts(["attempts"])[0] >= 10, "{}", played.summary);
    assert!(played.errors.contains("nothing listens on http://127.0.0.1:"), "{}", played.errors);
    assert!(played.errors.contains("start your app or pass --to"), "{}", played.errors);
    server.join().unwrap();
}
