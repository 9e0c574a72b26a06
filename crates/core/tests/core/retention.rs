//! The time for which ids are kept, of each platform and of each kind of signed time.

use std::sync::LazyLock;
use std::time::Duration;

use bytes::Bytes;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::{self, Redpin};
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::{Facts, Platform, Signed};
use referral_webhooks::{BodyHmac, DeliveryId, Endpoint, Retention, Scheme, TimestampedHmac, Tolerance, UrlToken};

use crate::contract::{SECRET, by_name, days};

#[test]
fn ids_are_kept_longer_than_repeats_can_arrive() {
    // The longer of the retries and the manual redelivery, plus a day.
    for (name, want) in [
        ("firstpromoter", Retention::ForGood),
        ("friendbuy", Retention::ForGood),
        ("genius-referrals", Retention::ForGood),
        ("growsurf", Retention::ForGood),
        ("prefinery", Retention::AtLeast(Duration::from_secs(178_387 + 86_400))),
        ("redpin", Retention::AtLeast(days(90 + 1))),
        ("refersion", Retention::ForGood),
        ("refir", Retention::ForGood),
        // The platform does not publish whether it can redeliver manually.
        ("referral-rocket", Retention::ForGood),
        ("saasquatch", Retention::ForGood),
        ("dub", Retention::ForGood),
        ("rewardful", Retention::ForGood),
        ("loyaltylion", Retention::ForGood),
        ("talkable", Retention::ForGood),
        ("tolt", Retention::AtLeast(days(90 + 1))),
    ] {
        assert_eq!(by_name(name).contract.retention(), want, "{name}");
    }
}

#[test]
fn an_endpoint_keeps_ids_as_long_as_its_tolerance_accepts_repeats() {
    fn retention<P: Platform + Default>(settings: impl FnOnce(Endpoint<P>) -> Endpoint<P>) -> Retention {
        settings(Endpoint::<P>::new(SECRET).unwrap()).retention()
    }
    let year = Tolerance::past_and_future(days(365), Duration::from_secs(300));
    let five_minutes = Duration::from_secs(300);
    for (label, got, want) in [
        ("rocket", retention::<ReferralRocket>(|plain| plain), Retention::AtLeast(days(15) + Duration::from_secs(300))),
        (
            "rocket, a year, which counts as its own 14 days",
            retention::<ReferralRocket>(|plain| plain.with_tolerance(year)),
            Retention::AtLeast(days(15) + five_minutes),
        ),
        (
            "rocket, an hour",
            retention::<ReferralRocket>(|plain| plain.with_tolerance(Tolerance::minutes(60))),
            Retention::AtLeast(days(15)),
        ),
        ("redpin", retention::<Redpin>(|plain| plain), Retention::AtLeast(days(91))),
        (
            "redpin, a year, which counts as a day",
            retention::<Redpin>(|plain| plain.with_tolerance(year)),
            Retention::AtLeast(days(91)),
        ),
        ("prefinery", retention::<Prefinery>(|plain| plain), Retention::AtLeast(Duration::from_secs(178_387 + 86_400))),
        ("genius, which signs no time", retention::<GeniusReferrals>(|plain| plain), Retention::ForGood),
        (
            "genius, with a tolerance",
            retention::<GeniusReferrals>(|plain| plain.with_tolerance(Tolerance::minutes(5))),
            Retention::ForGood,
        ),
        ("refir", retention::<Refir>(|plain| plain), Retention::ForGood),
        (
            "redpin, any tolerance",
            retention::<Redpin>(|plain| plain.with_tolerance(Tolerance::seconds(u64::MAX))),
            Retention::AtLeast(days(91)),
        ),
        ("prefinery, any age", retention::<Prefinery>(Endpoint::dangerously_accept_stale), Retention::ForGood),
        ("redpin, any age", retention::<Redpin>(Endpoint::dangerously_accept_stale), Retention::ForGood),
    ] {
        assert_eq!(got, want, "{label}");
    }
}

/// Platforms that are not built in: scheme, tolerance, time in the body, contract, and the retention of their ids.
macro_rules! outsiders {
    ($($name:ident: $scheme:expr, $tolerance:expr, $body_time:expr, $contract:expr => $want:expr,)+) => {
        $(
            #[derive(Clone, Copy, Default)]
            struct $name;

            impl Platform for $name {
                type Event = redpin::Event;

                fn facts(&self) -> &Facts {
                    static FACTS: LazyLock<Facts> = LazyLock::new(|| {
                        let facts = Facts::new(stringify!($name), stringify!($name), $scheme, $contract);
                        let (tolerance, has_body_time): (Option<Tolerance>, bool) = ($tolerance, $body_time);
                        match tolerance {
                            Some(tolerance) if has_body_time => facts.with_body_time(tolerance),
                            Some(tolerance) => facts.with_tolerance(tolerance),
                            None => facts,
                        }
                    });
                    &FACTS
                }

                fn decode(&self, payload: &Bytes) -> redpin::Event {
                    Redpin.decode(payload)
                }

                fn delivery_id(&self, _: &redpin::Event, signed: Signed<'_>) -> DeliveryId {
                    DeliveryId::digest(signed.payload)
                }
            }
        )+

        #[test]
        fn retention_follows_what_the_scheme_proves_whatever_a_type_declares() {
            $(assert_eq!(Endpoint::<$name>::new(SECRET).unwrap().retention(), $want, stringify!($name));)+
        }
    };
}

const BODY: Scheme = Scheme::BodyHmac(BodyHmac::new("x-signature"));
const TIMED: Scheme = Scheme::TimestampedHmac(TimestampedHmac::new("x-signature"));
const MINUTES: Option<Tolerance> = Some(Tolerance::minutes(5));
const AGES: Option<Tolerance> = Some(Tolerance::seconds(u64::MAX));

outsiders! {
    NoTime: BODY, None, false, Redpin.facts().contract => Retention::ForGood,
    NoTimeThoughFiveMinutes: BODY, MINUTES, false, Redpin.facts().contract => Retention::ForGood,
    NoTimeThoughAges: BODY, AGES, false, Prefinery.facts().contract => Retention::ForGood,
    UrlThoughFiveMinutes: Scheme::UrlToken(UrlToken), MINUTES, false, Prefinery.facts().contract => Retention::ForGood,
    InTheBody: BODY, MINUTES, true, Redpin.facts().contract => Retention::AtLeast(days(91)),
    InTheBodyAndUnpublished: BODY, MINUTES, true, Refir.facts().contract
        => Retention::AtLeast(days(1) + Duration::from_secs(600)),
    InTheHeader: TIMED, MINUTES, false, Redpin.facts().contract => Retention::AtLeast(days(91)),
    InTheHeaderAndUndeclared: TIMED, None, false, Redpin.facts().contract => Retention::AtLeast(days(91)),
    // A manual resend has a new signature, at any later time.
    InTheHeaderAndResentAtAnyTime: TIMED, MINUTES, false, GeniusReferrals.facts().contract => Retention::ForGood,
    InTheHeaderAndUnpublished: TIMED, MINUTES, false, Refir.facts().contract => Retention::ForGood,
    InTheBodyThoughAges: BODY, AGES, true, Refir.facts().contract => Retention::AtLeast(days(31 + 31 + 1)),
}
