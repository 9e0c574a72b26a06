//! All platforms, against receivers of this library.

use axum::Router;
use axum::routing::post;
use referral_webhooks_axum::platform::{Platform, Visit, visit_all};
use referral_webhooks_axum::profile::Profile;
use referral_webhooks_axum::{ContractLayer, Endpoint, Reply, Trust, Webhook};

use super::server::serve;
use super::{Checked, checked};
use crate::file;

/// Starts a receiver of a platform that accepts all deliveries. Returns its URL and its secret.
fn receiver<P: Platform>(platform: &P) -> (String, String) {
    let facts = platform.facts();
    let secret = facts.scheme.secret_from(&[9; 32]);
    let endpoint = Endpoint::of(platform.clone(), &secret).unwrap();
    let accept = async |Webhook(_): Webhook<P>| Reply::Accepted;
    let route = || post(accept).layer(ContractLayer::of(platform.clone()));
    let router = Router::new().route("/hooks", route()).route("/hooks/{token}", route()).with_state(endpoint);
    (format!("http://{}/hooks", serve(router, true)), secret)
}

/// Asserts that no case failed, and that all applicable cases passed.
#[track_caller]
fn assert_green(name: &str, platform: &impl Platform, checked: &Checked) {
    assert_eq!(
        (checked.code, checked.with("failed")),
        (0, Vec::new()),
        "{name}: {}{}",
        checked.faults(),
        checked.errors
    );
    assert!(checked.with("passed").len() >= 22, "{name}: {:?}", checked.with("passed"));
    assert_eq!(checked.with("not_seen"), ["at-once", "no-effect", "processed-once"], "{name}");
    let facts = platform.facts();
    let is_skipped = |case: &str| checked.with("skipped").contains(&case);
    let asks = facts.contract.acknowledges.iter().any(|(_, meaning)| meaning.is_decision());
    let signs_time = facts.scheme.signs_time() || facts.has_body_time;
    assert_eq!((is_skipped("question"), is_skipped("forged-question")), (!asks, !asks), "{name}");
    assert_eq!((is_skipped("stale"), is_skipped("future")), (!signs_time, !signs_time), "{name}");
    assert_eq!(is_skipped("changed-body"), facts.scheme.trust() != Trust::Signed, "{name}");
    assert_eq!(is_skipped("query-token"), facts.scheme.trust() != Trust::SecretUrl, "{name}");
    for case in
        ["valid", "repeat", "kept-alive", "wrong-secret", "unsigned", "cut", "oversized", "get", "no-secret-told"]
    {
        assert!(checked.with("passed").contains(&case), "{name} {case}: {}", checked.why(case));
    }
}

#[derive(Default)]
struct Check(usize);

impl Visit for Check {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let name = platform.facts().name;
        let (url, secret) = receiver(&platform);
        // A merchant copies the URL with its token.
        let url = if platform.facts().scheme.trust() == Trust::SecretUrl { format!("{url}/{secret}") } else { url };
        assert_green(name, &platform, &checked(&url, name, &secret, &[]));
        self.0 += 1;
    }
}

#[test]
fn every_platform_is_green() {
    let mut check = Check::default();
    visit_all(&mut check);
    assert_eq!(check.0, referral_webhooks_axum::platform::ALL.len());
}

#[test]
fn every_profile_of_the_house_is_green() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles");
    let mut profiles = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let profile: Profile = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let (url, secret) = receiver(&profile);
        let checked = checked(&url, "", &secret, &["--profile", path.to_str().unwrap()]);
        assert_eq!(
            (checked.code, checked.with("failed")),
            (0, Vec::new()),
            "{name}: {}{}",
            checked.faults(),
            checked.errors
        );
        assert!(checked.with("passed").len() >= 20, "{name}: {:?}", checked.with("passed"));
        profiles += 1;
    }
    assert!(profiles >= 5, "{profiles}");
}

#[test]
fn a_scheme_alone_is_checked_with_a_body() {
    let (url, secret) = receiver(&referral_webhooks_axum::platform::dub::Dub);
    let body = file("check-scheme.json", r#"{"id":"evt_1","event":"sale.created","data":{}}"#);
    let scheme = ["--scheme", "body-hmac", "--header", "dub-signature", "--body", &body];
    let checked = checked(&url, "", &secret, &scheme);
    assert_eq!((checked.code, checked.with("failed")), (0, Vec::new()), "{}{}", checked.faults(), checked.errors);
}
