//! The origin of a request that changes entries.

use http::header::{HeaderName, ORIGIN};
use http::request::Parts;

use super::hosts::Hosts;

/// The header of browsers that tells requests of the own origin from others.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origin of a request, as the browser states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A page of the inspector.
    Own,
    /// Another page.
    Foreign,
    /// The client does not say it.
    Unstated,
}

/// Returns the origin of a request. `host` is the name that it is for.
pub(crate) fn origin_of(head: &Parts, host: &str, hosts: &Hosts) -> Origin {
    let one = |name: &HeaderName| {
        let mut values = head.headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap_or("?"));
        if values.next().is_some() { Some("?") } else { first }
    };
    let site = one(&SITE);
    let is_same = site == Some("same-origin");
    match (one(&ORIGIN), site) {
        (_, Some(_)) if !is_same => Origin::Foreign,
        // A browser hides the origin of a page whose policy is strict about referrers.
        (Some("null") | None, Some(_)) => Origin::Own,
        (None, None) => Origin::Unstated,
        (Some(origin), _) => {
            let named = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            // Behind a proxy, the request may be for another allowed name.
            match named.is_some_and(|named| named.eq_ignore_ascii_case(host) || hosts.allow(named) && is_same) {
                true => Origin::Own,
                false => Origin::Foreign,
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn an_action_comes_from_the_own_origin() {
        let hosts = Hosts::of(["localhost", "admin.example"].map(str::to_owned).into()).unwrap();
        let rows = [
            (Some("http://localhost:80"), Some("same-origin"), Origin::Own),
            (Some("http://localhost:80"), None, Origin::Own),
            (Some("https://LOCALHOST:80"), None, Origin::Own),
            (Some("null"), Some("same-origin"), Origin::Own),
            (None, Some("same-origin"), Origin::Own),
            (Some("https://admin.example"), Some("same-origin"), Origin::Own),
            (None, None, Origin::Unstated),
            // Another port of the machine is another program.
            (Some("http://localhost:3000"), None, Origin::Foreign),
            (Some("http://localhost:3000"), Some("same-site"), Origin::Foreign),
            (Some("http://localhost:80"), Some("same-site"), Origin::Foreign),
            (Some("http://localhost:80"), Some("cross-site"), Origin::Foreign),
            (Some("http://localhost:80"), Some("none"), Origin::Foreign),
            (Some("null"), None, Origin::Foreign),
            (Some("http://evil.example"), Some("same-origin"), Origin::Foreign),
            (Some("http://evil.example"), None, Origin::Foreign),
            (Some("http://localhost:80.evil.example"), None, Origin::Foreign),
            (Some("localhost:80"), None, Origin::Foreign),
            (Some(""), None, Origin::Foreign),
        ];
        for (origin, site, want) in rows {
            let mut request = Request::post("/");
            request = origin.into_iter().fold(request, |request, origin| request.header(ORIGIN, origin));
            request = site.into_iter().fold(request, |request, site| request.header(SITE, site));
            let head = request.body(()).unwrap().into_parts().0;
            assert_eq!(origin_of(&head, "localhost:80", &hosts), want, "{origin:?} {site:?}");
        }
        let twice = Request::post("/").header(ORIGIN, "http://localhost:80").header(ORIGIN, "http://evil.example");
        let head = twice.body(()).unwrap().into_parts().0;
        assert_eq!(origin_of(&head, "localhost:80", &hosts), Origin::Foreign);
    }
}
