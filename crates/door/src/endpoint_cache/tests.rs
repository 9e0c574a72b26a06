//! The bounds of the cache, under strangers who try names.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use referral_webhooks::platform::redpin::Redpin;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn cache() -> EndpointCache<Redpin> {
    EndpointCache::new(3)
}

fn endpoint() -> Answer<Redpin> {
    let endpoint = Endpoint::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    Answer::Endpoint { endpoint, until: Moment::now() + MINUTE, valid_until: None }
}

fn unknown() -> Answer<Redpin> {
    Answer::Absent { kind: ErrorKind::UnknownTenant, until: Moment::now() + MINUTE }
}

fn tenant(number: usize) -> Tenant {
    format!("tenant-{number}").parse().unwrap()
}

/// Begins the lookup of a tenant, if there is a place for it.
fn begin(cache: &mut EndpointCache<Redpin>, tenant: &Tenant) -> Option<Start> {
    match cache.look(tenant, cache.last(), Need::Cached, Moment::now()) {
        Look::Start(start) => Some(start),
        _ => None,
    }
}

#[test]
fn names_and_lookups_are_bounded() {
    let mut cache = cache();
    let known = begin(&mut cache, &tenant(0)).unwrap();
    assert!(cache.settle(&tenant(0), known.number, endpoint()), "the first endpoint");
    let mut starts: Vec<_> =
        (1..10_000).filter_map(|number| Some((number, begin(&mut cache, &tenant(number))?))).collect();
    assert_eq!((starts.len(), cache.flights.len(), cache.unproven), (MOST_UNPROVEN, MOST_UNPROVEN, MOST_UNPROVEN));
    for number in 1..10_000 {
        let start = starts.pop().or_else(|| Some((number, begin(&mut cache, &tenant(number))?)));
        if let Some((number, start)) = start {
            cache.settle(&tenant(number), start.number, unknown());
        }
    }
    assert_eq!((cache.absent.len(), cache.known.len()), (MOST_ABSENT, 1));
    assert_eq!((cache.flights.len(), cache.unproven), (0, 0));
}

#[test]
fn every_end_of_a_lookup_returns_its_place() {
    let mut cache = cache();
    let ends: [fn(&mut EndpointCache<Redpin>, &Tenant, LookupNumber); 5] = [
        |cache, tenant, number| assert!(!cache.settle(tenant, number, unknown())),
        |cache, tenant, number| assert!(cache.abandon(tenant, number)),
        |cache, tenant, _| cache.forget(tenant),
        |cache, _, _| cache.forget_all(),
        |cache, tenant, number| {
            cache.forget(tenant);
            assert!(!cache.settle(tenant, number, endpoint()), "a forgotten lookup changes nothing");
            assert!(!cache.abandon(tenant, number));
        },
    ];
    for (number, end) in ends.into_iter().enumerate() {
        let start = begin(&mut cache, &tenant(number)).unwrap();
        assert_eq!(cache.unproven, 1);
        end(&mut cache, &tenant(number), start.number);
        assert_eq!((cache.flights.len(), cache.unproven, cache.len()), (0, 0, 0), "end {number}");
    }
}

#[test]
fn a_second_lookup_of_a_tenant_waits_for_the_first() {
    let mut cache = cache();
    let start = begin(&mut cache, &tenant(1)).unwrap();
    assert!(matches!(cache.look(&tenant(1), start.number, Need::Newer, Moment::now()), Look::Wait(_)));
    assert!(matches!(cache.look(&tenant(1), start.number, Need::Cached, Moment::now()), Look::Wait(_)));
    assert_eq!(cache.last(), start.number);
}
