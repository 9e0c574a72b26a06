use http::Method;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;

use super::*;

const TOKEN: &str = "kT9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA";

fn routes() -> WebhookRoutes {
    WebhookRoutes::new()
        .route::<Prefinery>("/hooks/prefinery")
        .route::<Redpin>("/hooks/redpin")
        .route::<Refir>("/hooks/refir/{token}")
}

#[test]
fn a_near_miss_names_the_nearest_endpoint_and_the_difference() {
    for (path, nearest, difference) in [
        ("/hooks/redpin/", "/hooks/redpin", "trailing slash"),
        ("/hooks//redpin", "/hooks/redpin", "doubled slash"),
        ("//hooks/redpin", "/hooks/redpin", "doubled slash"),
        ("/hooks/redpin//", "/hooks/redpin", "doubled slash, trailing slash"),
        ("/hooks/Redpin", "/hooks/redpin", "letter case"),
        ("/HOOKS/REDPIN/", "/hooks/redpin", "trailing slash, letter case"),
        ("/hooks/%72edpin", "/hooks/redpin", "percent-encoding"),
        ("/hooks%2Fredpin", "/hooks/redpin", "percent-encoding"),
        ("/hooks%2fRedpin", "/hooks/redpin", "percent-encoding, letter case"),
        ("/hooks/./redpin", "/hooks/redpin", "dot segment"),
        ("/hook/redpin", "/hooks/redpin", "spelling"),
        ("/hooks/red-pin", "/hooks/redpin", "spelling"),
        ("/hooks/prefinry", "/hooks/prefinery", "spelling"),
        ("/redpin", "/hooks/redpin", "missing segment"),
        ("/api/hooks/redpin", "/hooks/redpin", "extra segment"),
        ("/hooks/redpin/events", "/hooks/redpin", "extra segment"),
        ("/hooks/refir", "/hooks/refir/{token}", "missing segment"),
        ("/hooks/refir/", "/hooks/refir/{token}", "trailing slash, missing segment"),
        (&format!("/hooks/refir/{TOKEN}/"), "/hooks/refir/{token}", "trailing slash"),
        (&format!("/hooks//refir/{TOKEN}"), "/hooks/refir/{token}", "doubled slash"),
        (&format!("/hooks/Refir/{TOKEN}"), "/hooks/refir/{token}", "letter case"),
        ("/hooks/redpin", "/hooks/redpin", "no route for this path"),
    ] {
        let miss = NearMiss::of(&routes(), &Method::POST, path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(miss.terms().path(), Some(nearest), "{path}");
        assert_eq!(miss.difference().to_string(), difference, "{path}");
        assert_eq!(miss.status(), miss.terms().contract().transient, "{path}");
        assert!(!miss.received().contains(TOKEN), "{path}: {}", miss.received());
    }
}

#[test]
fn other_paths_are_no_near_misses() {
    for path in ["/", "", "/favicon.ico", "/wp-login.php", "/.env", "/hooks-of-fishing", &format!("/{TOKEN}"), "*"] {
        assert!(NearMiss::of(&routes(), &Method::POST, path).is_none(), "{path}");
    }
    assert!(NearMiss::of(&routes(), &Method::POST, &format!("/hooks/redpin{}", "/".repeat(5_000))).is_none());
}

#[test]
fn a_shape_hides_every_word_that_is_unknown() {
    for (path, shape) in [
        (format!("/hooks/refir/{TOKEN}/"), "/hooks/refir/{…}/"),
        (format!("/hooks/refir//{TOKEN}"), "/hooks/refir//{…}"),
        (format!("/hooks/refir/{}/", TOKEN.replace('k', "%6B")), "/hooks/refir/{…}/"),
        (format!("/hooks%2Frefir%2F{TOKEN}"), "/{…}"),
        (format!("/avery@example.com/hooks/refir/{TOKEN}"), "/{…}/hooks/refir/{…}"),
        (format!("/hooks/refir/{}", "/".repeat(100)), "/hooks/refir///////////…"),
    ] {
        let miss = NearMiss::of(&routes(), &Method::POST, &path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(miss.received(), shape, "{path}");
    }
}
