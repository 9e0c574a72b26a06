//! Limits of a delivery's age in both directions: in headers, and in the body if the platform signs no header.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::{Endpoint, ErrorKind, Tolerance};
use time::OffsetDateTime;

use crate::known::{BODY, ID, SECRET, TIME, foreign_entry, hex, moment, outcome, post, svix, svix_post, tag};

const TEXT_SECRET: &str = "a secret of plain text";
const DAYS_14: i64 = 1_209_600;

/// Returns the same message as each platform with a signed time sends it, signed by the second implementation.
fn redpin(time: impl ToString) -> Request<Bytes> {
    let time = time.to_string();
    svix_post(ID, &time, &foreign_entry(ID, &time, BODY), BODY)
}

fn prefinery(time: impl ToString) -> Request<Bytes> {
    let time = time.to_string();
    let signature = hex(&tag(TEXT_SECRET, &[time.as_bytes(), b".", BODY.as_bytes()]));
    post(&[("x-prefinery-signature", format!("t={time},v1={signature}"))], BODY)
}

fn rocket(created_at: impl ToString) -> Request<Bytes> {
    let created_at = created_at.to_string();
    let body = format!(r#"{{"eventType":"referrer_added","data":{{"participantId":1}},"createdAt":{created_at}}}"#);
    post(&[("x-rr-signature", hex(&tag(TEXT_SECRET, &[body.as_bytes()])))], body)
}

fn endpoint<P: Platform + Default>() -> Endpoint<P> {
    Endpoint::new(if P::default().facts().name == "redpin" { SECRET } else { TEXT_SECRET }).unwrap()
}

fn receive<P: Platform + Default>(
    endpoint: &Endpoint<P>,
    request: &Request<Bytes>,
    now: OffsetDateTime,
) -> Result<(), ErrorKind> {
    endpoint.receive(request, now).map(drop).map_err(|error| error.kind())
}

#[test]
fn exactly_the_tolerance_is_accepted_and_a_second_more_is_not() {
    let (too_old, too_new) = (Err(ErrorKind::TooOld), Err(ErrorKind::TooNew));
    for (age, want) in [(0, Ok(())), (300, Ok(())), (301, too_old), (-300, Ok(())), (-301, too_new)] {
        let now = moment(TIME + age);
        assert_eq!(receive(&endpoint::<Redpin>(), &redpin(TIME), now), want, "redpin, {age} s old");
        assert_eq!(receive(&endpoint::<Prefinery>(), &prefinery(TIME), now), want, "prefinery, {age} s old");
    }
    for (age, want) in
        [(0, Ok(())), (301, Ok(())), (DAYS_14, Ok(())), (DAYS_14 + 1, too_old), (-300, Ok(())), (-301, too_new)]
    {
        let got = receive(&endpoint::<ReferralRocket>(), &rocket(TIME * 1000), moment(TIME + age));
        assert_eq!(got, want, "referral-rocket, {age} s old");
    }
}

#[test]
fn a_custom_tolerance_replaces_the_platforms() {
    let lopsided = Tolerance::past_and_future(Duration::from_secs(60), Duration::from_millis(2_999));
    assert_eq!((lopsided.past(), lopsided.future()), (Duration::from_secs(60), Duration::from_secs(2)));
    for (age, want) in [
        (60, Ok(())),
        (61, Err(ErrorKind::TooOld)),
        (-2, Ok(())),
        // Fractions of the tolerance are truncated.
        (-3, Err(ErrorKind::TooNew)),
    ] {
        let now = moment(TIME + age);
        let got = receive(&endpoint::<Redpin>().with_tolerance(lopsided), &redpin(TIME), now);
        assert_eq!(got, want, "redpin, {age} s old");
        let got = receive(&endpoint::<Prefinery>().with_tolerance(lopsided), &prefinery(TIME), now);
        assert_eq!(got, want, "prefinery, {age} s old");
        let got = receive(&endpoint::<ReferralRocket>().with_tolerance(lopsided), &rocket(TIME * 1000), now);
        assert_eq!(got, want, "referral-rocket, {age} s old");
    }
}

#[test]
fn clocks_and_times_are_compared_by_their_whole_seconds() {
    let milliseconds = time::Duration::milliseconds;
    for (label, now, want) in [
        ("300.999 s old", moment(TIME + 300) + milliseconds(999), Ok(())),
        ("301 s old", moment(TIME + 301), Err(ErrorKind::TooOld)),
        ("299.999 s ahead", moment(TIME - 300) + milliseconds(1), Ok(())),
        ("300.001 s ahead", moment(TIME - 300) - milliseconds(1), Err(ErrorKind::TooNew)),
    ] {
        assert_eq!(receive(&endpoint::<Redpin>(), &redpin(TIME), now), want, "redpin, {label}");
        assert_eq!(receive(&endpoint::<Prefinery>(), &prefinery(TIME), now), want, "prefinery, {label}");
    }
    let day_14 = moment(TIME + DAYS_14);
    for (label, created_at, now, want) in [
        ("a millisecond before the 15th day", TIME * 1000, day_14 + milliseconds(999), Ok(())),
        ("the 15th day", TIME * 1000, day_14 + milliseconds(1_000), Err(ErrorKind::TooOld)),
        ("the event's own milliseconds", TIME * 1000 + 999, day_14 + milliseconds(1_000), Err(ErrorKind::TooOld)),
        ("ahead by the event's own milliseconds", (TIME + 300) * 1000 + 999, moment(TIME), Ok(())),
    ] {
        let got = receive(&endpoint::<ReferralRocket>(), &rocket(created_at), now);
        assert_eq!(got, want, "referral-rocket, {label}");
    }
}

#[test]
fn any_time_can_be_compared_with_any_clock() {
    let (first, last) = (OffsetDateTime::new_utc(time::Date::MIN, time::Time::MIDNIGHT), moment(253_402_300_799));
    let most = Tolerance::seconds(u64::MAX);
    let none = Tolerance::seconds(0);
    let (too_old, too_new) = (Err(ErrorKind::TooOld), Err(ErrorKind::TooNew));
    for (label, time, now, tolerance, want) in [
        ("largest time, most tolerance", "9223372036854775807", first, most, too_new),
        ("largest time, no tolerance", "9223372036854775807", last, none, too_new),
        ("largest time, first clock", "9223372036854775807", first, Tolerance::minutes(5), too_new),
        ("more than an i64", "9999999999999999999", moment(TIME), none, too_new),
        ("more than an i64, most tolerance", "9999999999999999999", moment(TIME), most, too_new),
        ("first second, last clock", "0", last, none, too_old),
        ("first second, last clock, most tolerance", "0", last, most, too_old),
        ("first second, clock before 1970", "0", moment(-1), none, too_new),
        ("first second, first clock", "0", first, Tolerance::minutes(5), too_new),
        ("first second, first clock, most tolerance", "0", first, most, too_new),
    ] {
        let got = receive(&endpoint::<Redpin>().with_tolerance(tolerance), &redpin(time), now);
        assert_eq!(got, want, "redpin, {label}");
        let got = receive(&endpoint::<Prefinery>().with_tolerance(tolerance), &prefinery(time), now);
        assert_eq!(got, want, "prefinery, {label}");
    }
}

#[test]
fn a_tolerance_of_more_than_a_day_counts_as_a_day() {
    const DAY: i64 = 86_400;
    let year = Duration::from_secs(365 * 86_400);
    for (label, tolerance) in [
        ("seconds", Tolerance::seconds(u64::MAX)),
        ("a second more", Tolerance::seconds(86_401)),
        ("exactly", Tolerance::minutes(24 * 60)),
        ("minutes", Tolerance::minutes(u32::MAX)),
        ("a year", Tolerance::past_and_future(year, year)),
        ("the most", Tolerance::past_and_future(Duration::MAX, Duration::MAX)),
    ] {
        for (age, want) in [
            (DAY, Ok(())),
            (DAY + 1, Err(ErrorKind::TooOld)),
            (40 * DAY, Err(ErrorKind::TooOld)),
            (-DAY, Ok(())),
            (-DAY - 1, Err(ErrorKind::TooNew)),
        ] {
            let now = moment(TIME + age);
            let got = receive(&endpoint::<Redpin>().with_tolerance(tolerance), &redpin(TIME), now);
            assert_eq!(got, want, "redpin, {label}, {age} s old");
            let got = receive(&endpoint::<Prefinery>().with_tolerance(tolerance), &prefinery(TIME), now);
            assert_eq!(got, want, "prefinery, {label}, {age} s old");
            let got = outcome(&svix(SECRET).with_tolerance(tolerance), &redpin(TIME), TIME + age);
            assert_eq!(got, want, "a verifier, {label}, {age} s old");
            // The platform itself needs 14 days.
            let is_wide = tolerance.past() > Duration::from_secs(86_400);
            let want = if age == DAY + 1 && is_wide { Ok(()) } else { want };
            let got = receive(&endpoint::<ReferralRocket>().with_tolerance(tolerance), &rocket(TIME * 1000), now);
            assert_eq!(got, want, "referral-rocket, {label}, {age} s old");
        }
        // Only one direction is cut off.
        let past = Tolerance::past_and_future(tolerance.past(), Duration::from_secs(1));
        for (age, want) in [(DAY, Ok(())), (-1, Ok(())), (-2, Err(ErrorKind::TooNew))] {
            let got = receive(&endpoint::<Redpin>().with_tolerance(past), &redpin(TIME), moment(TIME + age));
            assert_eq!(got, want, "redpin, {label} for the past, {age} s old");
        }
    }
}

#[test]
fn a_delivery_without_a_readable_time_has_none() {
    let now = moment(TIME);
    for (label, created_at, has_time) in [
        ("milliseconds", (TIME * 1000).to_string(), true),
        ("text", format!("\"{TIME}\""), true),
        ("null", "null".to_owned(), false),
        ("a word", r#""yesterday""#.to_owned(), false),
        ("an object", "{}".to_owned(), false),
        ("a list", "[1614265330]".to_owned(), false),
        ("a truth", "true".to_owned(), false),
        ("empty", r#""""#.to_owned(), false),
        ("beyond the calendar", "999999999999999999999999".to_owned(), false),
        ("an exponent", "1.6e12".to_owned(), false),
        ("a date without hyphens", "20210225".to_owned(), false),
        ("twice", format!("{TIME},\"createdAt\":{TIME}"), false),
    ] {
        for name in ["referrer_added", "unknown"] {
            let body = rocket(&created_at).into_body();
            let body = String::from_utf8(body.to_vec()).unwrap().replace("referrer_added", name);
            let request = post(&[("x-rr-signature", hex(&tag(TEXT_SECRET, &[body.as_bytes()])))], &body);
            let delivery = endpoint::<ReferralRocket>().receive(&request, now).unwrap();
            assert_eq!(delivery.signed_at().is_some(), has_time, "{label}: {body}");
            let again = endpoint::<ReferralRocket>().reopen(delivery.stored()).unwrap();
            assert_eq!(again.signed_at(), delivery.signed_at(), "{label}, reopened");
        }
    }
    for body in ["", "[1,2]", "hello", r#"{"eventType":"referrer_added"}"#, r#"{"data":{"createdAt":1614265330}}"#] {
        let request = post(&[("x-rr-signature", hex(&tag(TEXT_SECRET, &[body.as_bytes()])))], body);
        assert_eq!(endpoint::<ReferralRocket>().receive(&request, now).unwrap().signed_at(), None, "{body}");
    }
}

#[test]
fn an_unreadable_time_in_the_body_refuses_no_delivery() {
    let now = moment(TIME);
    for (label, created_at, want) in [
        ("seconds instead of milliseconds", TIME.to_string(), Ok(())),
        ("text", format!("\"{}\"", TIME * 1000), Ok(())),
        ("a date", r#""2021-02-25T15:02:10Z""#.to_owned(), Ok(())),
        ("a date too old", r#""2021-02-01T00:00:00Z""#.to_owned(), Err(ErrorKind::TooOld)),
        ("before 1970", "-1".to_owned(), Err(ErrorKind::TooOld)),
        ("the last year", "253402300799000".to_owned(), Err(ErrorKind::TooNew)),
        ("beyond the calendar", "999999999999999999999999".to_owned(), Ok(())),
        ("a word", r#""yesterday""#.to_owned(), Ok(())),
        ("null", "null".to_owned(), Ok(())),
        ("an object", "{}".to_owned(), Ok(())),
    ] {
        assert_eq!(receive(&endpoint::<ReferralRocket>(), &rocket(&created_at), now), want, "{label}: {created_at}");
    }
}

#[test]
fn a_wrong_signature_is_reported_before_a_wrong_age() {
    let stale = moment(TIME + 10 * DAYS_14);
    for label in ["genuine", "forged"] {
        let mut requests = [redpin(TIME), prefinery(TIME), rocket(TIME * 1000)];
        if label == "forged" {
            for request in &mut requests {
                *request.body_mut() = Bytes::from(String::from_utf8(request.body().to_vec()).unwrap() + " ");
            }
        }
        let want = if label == "genuine" { ErrorKind::TooOld } else { ErrorKind::SignatureMismatch };
        assert_eq!(receive(&endpoint::<Redpin>(), &requests[0], stale), Err(want), "redpin, {label}");
        assert_eq!(receive(&endpoint::<Prefinery>(), &requests[1], stale), Err(want), "prefinery, {label}");
        assert_eq!(receive(&endpoint::<ReferralRocket>(), &requests[2], stale), Err(want), "rocket, {label}");
    }
}

#[test]
fn accepting_any_age_marks_stale_deliveries_and_refuses_future_ones() {
    fn check<P: Platform + Default>(request: &Request<Bytes>, past: i64) {
        let endpoint = endpoint::<P>().dangerously_accept_stale();
        for (label, age, want) in [
            ("fresh", 0, Ok(false)),
            ("just within", past, Ok(false)),
            ("just outside", past + 1, Ok(true)),
            ("years old", 10 * 31_536_000, Ok(true)),
            ("just within the future", -300, Ok(false)),
            ("ahead", -301, Err(ErrorKind::TooNew)),
        ] {
            let got = endpoint.receive(request, moment(TIME + age));
            let got = got.map(|delivery| delivery.is_stale()).map_err(|error| error.kind());
            assert_eq!(got, want, "{}, {label}", P::default().facts().name);
        }
    }
    check::<Redpin>(&redpin(TIME), 300);
    check::<Prefinery>(&prefinery(TIME), 300);
    check::<ReferralRocket>(&rocket(TIME * 1000), DAYS_14);
}

#[test]
fn a_changed_time_is_refused_even_at_any_age() {
    let now = moment(TIME + 1);
    let mut svix = redpin(TIME);
    svix.headers_mut().insert("svix-timestamp", (TIME + 1).into());
    let got = receive(&endpoint::<Redpin>().dangerously_accept_stale(), &svix, now);
    assert_eq!(got, Err(ErrorKind::SignatureMismatch), "redpin");

    let mut timestamped = prefinery(TIME);
    let header = timestamped.headers()["x-prefinery-signature"].to_str().unwrap();
    let moved = header.replace(&TIME.to_string(), &(TIME + 1).to_string()).parse().unwrap();
    timestamped.headers_mut().insert("x-prefinery-signature", moved);
    let got = receive(&endpoint::<Prefinery>().dangerously_accept_stale(), &timestamped, now);
    assert_eq!(got, Err(ErrorKind::SignatureMismatch), "prefinery");

    let mut in_body = rocket(TIME * 1000);
    *in_body.body_mut() = rocket((TIME + 1) * 1000).into_body();
    let got = receive(&endpoint::<ReferralRocket>().dangerously_accept_stale(), &in_body, now);
    assert_eq!(got, Err(ErrorKind::SignatureMismatch), "referral-rocket");
}
