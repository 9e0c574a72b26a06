//! The names under which the page may be opened.
//!
//! A page of a stranger can point its own name at this machine, and read the answers. The list refuses that name.

use http::header::HOST;
use http::request::Parts;

/// The names under which the page may be opened.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    /// The names of this machine.
    pub(crate) fn loopback() -> Self {
        Self(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).into())
    }

    /// Creates a list of names, with or without ports. Returns the first invalid text.
    pub(crate) fn of(names: Vec<String>) -> Result<Self, String> {
        let parsed = names.into_iter().map(|name| match split(&name) {
            Some((host, Some(port))) => Ok(format!("{host}:{port}")),
            Some((host, None)) => Ok(host),
            None => Err(name),
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether a name is in the list. A listed name without a port allows every port.
    pub(crate) fn allow(&self, host: &str) -> bool {
        let Some((host, port)) = split(host) else { return false };
        let with_port = port.map(|port| format!("{host}:{port}"));
        self.0.iter().any(|allowed| *allowed == host || Some(allowed) == with_port.as_ref())
    }
}

/// Returns the name that a request is for; `None` if it names none, or several.
///
/// A URL with a host, as of HTTP/2 and of proxies, and the header must agree.
pub(crate) fn host_of(head: &Parts) -> Option<String> {
    let mut headers = head.headers.get_all(HOST).iter();
    let (header, second) = (headers.next(), headers.next());
    let header = match header {
        Some(value) => Some(value.to_str().ok()?),
        None => None,
    };
    let in_url = head.uri.authority().map(|authority| authority.as_str());
    let named = match (header, in_url, second) {
        (Some(_), _, Some(_)) | (None, None, _) => return None,
        (Some(header), Some(in_url), None) => (header.eq_ignore_ascii_case(in_url)).then_some(header)?,
        (Some(name), None, None) | (None, Some(name), _) => name,
    };
    split(named).map(|_| named.to_ascii_lowercase())
}

/// Splits a name into its host in lower case and its port. The host may be an IPv6 address in brackets.
fn split(name: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match name.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            let address: std::net::Ipv6Addr = address.parse().ok()?;
            let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
            (format!("[{address}]"), port)
        }
        None => match name.split_once(':') {
            Some((host, port)) => (host.to_ascii_lowercase(), Some(port)),
            None => (name.to_ascii_lowercase(), None),
        },
    };
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if host.is_empty() || !host.starts_with('[') && !host.bytes().all(is_valid) {
        return None;
    }
    // A name that ends with a dot is the same name.
    let host = host.strip_suffix('.').map_or(host.clone(), str::to_owned);
    match port {
        None => Some((host, None)),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some((host, Some(port.parse().ok()?))),
        Some(_) => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn only_listed_names_are_allowed() {
        let hosts = Hosts::of(["localhost", "[::1]", "admin.shop.example:8443", "10.0.0.3"].map(str::to_owned).into());
        let hosts = hosts.unwrap();
        let rows = [
            ("localhost", true),
            ("localhost:4040", true),
            ("LOCALHOST:1", true),
            ("localhost.", true),
            ("[::1]:4040", true),
            ("[0:0:0:0:0:0:0:1]", true),
            ("[::1]", true),
            ("10.0.0.3:80", true),
            ("admin.shop.example:8443", true),
            ("Admin.Shop.Example:8443", true),
            ("admin.shop.example", false),
            ("admin.shop.example:443", false),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("evillocalhost", false),
            ("127.0.0.1", false),
            ("::1", false),
            ("[::1", false),
            ("[::2]", false),
            ("[::1]4040", false),
            ("localhost:", false),
            ("localhost:99999", false),
            ("localhost:+80", false),
            ("localhost@evil.example", false),
            ("localhost/evil", false),
            ("localhost\0", false),
            ("", false),
            (".", false),
            (":80", false),
        ];
        for (name, want) in rows {
            assert_eq!(hosts.allow(name), want, "{name:?}");
        }
        assert_eq!(Hosts::of(vec!["*.shop.example".to_owned()]).unwrap_err(), "*.shop.example");
    }

    #[test]
    fn a_request_names_one_host() {
        let rows: [(&str, &[&str], Option<&str>); 8] = [
            ("/", &["localhost:80"], Some("localhost:80")),
            ("/", &["LocalHost"], Some("localhost")),
            ("http://localhost:80/", &[], Some("localhost:80")),
            ("http://localhost:80/", &["localhost:80"], Some("localhost:80")),
            ("http://evil.example/", &["localhost"], None),
            ("/", &["localhost", "evil.example"], None),
            ("/", &["localhost", "localhost"], None),
            ("/", &[], None),
        ];
        for (url, headers, want) in rows {
            let request = headers.iter().fold(Request::get(url), |request, name| request.header(HOST, *name));
            let head = request.body(()).unwrap().into_parts().0;
            assert_eq!(host_of(&head).as_deref(), want, "{url} {headers:?}");
        }
    }
}
