//! The paths of the page.

use referral_webhooks_inbox::EntryId;

/// The path of the page in its server: empty, or `/webhooks` for example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Base(String);

impl Base {
    /// Reads a path. Returns `None` if it has an empty segment, characters that a path cannot have, or a first segment that
    /// the page has itself.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            return Some(Self::default());
        }
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let mut segments = path.strip_prefix('/')?.split('/');
        let first = segments.clone().next()?;
        let are_valid = segments
            .all(|segment| !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(is_valid));
        (are_valid && !ROOTS.contains(&first)).then(|| Self(path.to_owned()))
    }

    /// Returns a path of the page as a browser names it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Returns the path within the page. A router may have removed the base already.
    fn within<'p>(&self, path: &'p str) -> &'p str {
        match path.strip_prefix(&self.0) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }
}

/// The first segments of paths.
const ROOTS: [&str; 6] = ["entries", "refused", "history", "endpoints", "live", "act"];

/// A path of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// The list of deliveries.
    List,
    /// One delivery.
    Entry(EntryId),
    /// The bytes of its body.
    EntryRaw(EntryId),
    /// Its request as a file.
    EntryRequest(EntryId),
    /// The revealing of its personal data.
    EntryReveal(EntryId),
    /// The list of refused requests.
    Refused,
    /// One refused request: its endpoint, and the time of its refusal in microseconds.
    RefusedRequest(String, i64),
    /// The revealing of its personal data.
    RefusedReveal(String, i64),
    /// The bytes of its body.
    RefusedRaw(String, i64),
    /// The actions by hand.
    History,
    /// The health of endpoints.
    Endpoints,
    /// The stream of live rows.
    Live,
    /// An action.
    Act,
    /// A file that pages load.
    Asset(String),
}

impl Route {
    /// Reads the path of a URL.
    pub(crate) fn of(base: &Base, path: &str) -> Option<Self> {
        let path = base.within(path);
        let path = path.strip_prefix('/')?;
        let mut segments = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path).split('/');
        let parts = [segments.next(), segments.next(), segments.next(), segments.next(), segments.next()];
        // A number has one spelling, so that a page has one URL.
        let number = |text: &str| text.parse().ok().filter(|number: &i64| number.to_string() == text);
        Some(match parts {
            [Some(""), None, ..] => Self::List,
            [Some("entries"), Some(id), None, ..] => Self::Entry(EntryId(number(id)?)),
            [Some("entries"), Some(id), Some("raw"), None, _] => Self::EntryRaw(EntryId(number(id)?)),
            [Some("entries"), Some(id), Some("request.http"), None, _] => Self::EntryRequest(EntryId(number(id)?)),
            [Some("entries"), Some(id), Some("reveal"), None, _] => Self::EntryReveal(EntryId(number(id)?)),
            [Some("refused"), None, ..] => Self::Refused,
            [Some("refused"), Some(name), Some(at), None, _] => Self::RefusedRequest(endpoint(name)?, number(at)?),
            [Some("refused"), Some(name), Some(at), Some("raw"), None] => {
                Self::RefusedRaw(endpoint(name)?, number(at)?)
            }
            [Some("refused"), Some(name), Some(at), Some("reveal"), None] => {
                Self::RefusedReveal(endpoint(name)?, number(at)?)
            }
            [Some("history"), None, ..] => Self::History,
            [Some("endpoints"), None, ..] => Self::Endpoints,
            [Some("live"), None, ..] => Self::Live,
            [Some("act"), None, ..] => Self::Act,
            [Some(name), None, ..] if name.contains('.') => Self::Asset(name.to_owned()),
            _ => return None,
        })
    }

    /// Returns whether a form is sent to this path.
    pub(crate) const fn takes_forms(&self) -> bool {
        matches!(self, Self::Act | Self::EntryReveal(_) | Self::RefusedReveal(..))
    }
}

/// Returns the name of an endpoint. Names need no percent-encoding.
fn endpoint(name: &str) -> Option<String> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_valid)).then(|| name.to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_meaning_with_and_without_its_base() {
        let rows = [
            ("/", Some(Route::List)),
            ("/entries/5", Some(Route::Entry(EntryId(5)))),
            ("/entries/5/", Some(Route::Entry(EntryId(5)))),
            ("/entries/5/raw", Some(Route::EntryRaw(EntryId(5)))),
            ("/entries/5/request.http", Some(Route::EntryRequest(EntryId(5)))),
            (
                "/refused/redpin-main/1768473000000000",
                Some(Route::RefusedRequest("redpin-main".into(), 1_768_473_000_000_000)),
            ),
            ("/history", Some(Route::History)),
            ("/style-0.css", Some(Route::Asset("style-0.css".into()))),
            ("/entries", None),
            ("/entries/05", None),
            ("/entries/+5", None),
            ("/entries/99999999999999999999", None),
            ("/entries/5/raw/more", None),
            ("/entries/%35", None),
            ("//", None),
            ("/..", Some(Route::Asset("..".into()))),
            ("/refused/a%2Fb/1", None),
            ("*", None),
            ("", Some(Route::List)),
        ];
        for (path, want) in rows {
            assert_eq!(Route::of(&Base::default(), path), want, "{path:?}");
            let base = Base::of("/admin/webhooks/").unwrap();
            if path.starts_with('/') {
                assert_eq!(Route::of(&base, path), want, "{path:?} without its base");
                assert_eq!(Route::of(&base, &base.path(path)), want, "{path:?} with its base");
            }
        }
        assert_eq!(Route::of(&Base::of("/hooks").unwrap(), "/hooks"), Some(Route::List));
        assert_eq!(Route::of(&Base::of("/hooks").unwrap(), "/hooksmore"), None);
    }

    #[test]
    fn a_base_is_a_plain_path() {
        for path in ["", "/", "/webhooks", "/a/b.c/", "/~dana"] {
            assert!(Base::of(path).is_some(), "{path}");
        }
        for path in ["webhooks", "//a", "/a//b", "/a b", "/é", "/..", "/a/./b", "/a?b", "/a\"b", "/entries", "/act/x"]
        {
            assert!(Base::of(path).is_none(), "{path}");
        }
    }
}
