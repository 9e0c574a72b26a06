//! The bytes of a request.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderName, Method, Request};

/// A request, and the choices of its spelling.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) request: Request<Bytes>,
    pub(crate) version: &'static str,
    pub(crate) framing: Framing,
    pub(crate) names: Names,
    /// Whether the sender keeps the connection for another request.
    pub(crate) keeps: bool,
}

/// The announcement of the length of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length,
    Chunked,
    /// Neither a length nor chunks, for requests without a body.
    None,
}

/// The spelling of the names of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Lower,
    Upper,
    Title,
}

impl Draft {
    /// Returns a draft in the usual spelling, for a connection of its own.
    pub(crate) const fn new(request: Request<Bytes>) -> Self {
        Self { request, version: "HTTP/1.1", framing: Framing::Length, names: Names::Lower, keeps: false }
    }

    /// Returns the head, with the empty line at its end.
    pub(crate) fn head(&self, authority: &str) -> Bytes {
        let target = self.request.uri().path_and_query().map_or("/", |target| target.as_str());
        let mut head = format!("{} {target} {}\r\n", self.request.method(), self.version).into_bytes();
        self.write(&mut head, &HOST, authority.as_bytes());
        let agent = concat!("refhook-check/", env!("CARGO_PKG_VERSION"));
        self.write(&mut head, &USER_AGENT, agent.as_bytes());
        let is_framing = |name: &HeaderName| [HOST, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name);
        for (name, value) in self.request.headers().iter().filter(|(name, _)| !is_framing(name)) {
            self.write(&mut head, name, value.as_bytes());
        }
        match self.framing {
            Framing::Length => {
                self.write(&mut head, &CONTENT_LENGTH, self.request.body().len().to_string().as_bytes());
            }
            Framing::Chunked => self.write(&mut head, &TRANSFER_ENCODING, b"chunked"),
            Framing::None => {}
        }
        if !self.keeps && self.version == "HTTP/1.1" {
            self.write(&mut head, &CONNECTION, b"close");
        }
        head.extend_from_slice(b"\r\n");
        head.into()
    }

    /// Returns the body in its framing, in pieces of at most this length.
    pub(crate) fn pieces(&self, most: usize) -> Vec<Bytes> {
        let body = self.request.body();
        let parts = body.chunks(most.max(1)).map(|part| body.slice_ref(part));
        match self.framing {
            Framing::None => Vec::new(),
            Framing::Length => parts.collect(),
            Framing::Chunked => {
                let chunk = |part: Bytes| [format!("{:x}\r\n", part.len()).as_bytes(), &part, b"\r\n"].concat().into();
                parts.map(chunk).chain([Bytes::from_static(b"0\r\n\r\n")]).collect()
            }
        }
    }

    /// Whether an answer to this request has no body.
    pub(crate) fn is_head(&self) -> bool {
        self.request.method() == Method::HEAD
    }

    fn write(&self, head: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
        let name = match self.names {
            Names::Lower => name.as_str().to_owned(),
            Names::Upper => name.as_str().to_ascii_uppercase(),
            Names::Title => title(name.as_str()),
        };
        head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
}

/// Writes a name as many servers do: `Content-Type`.
fn title(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_one_framing_and_the_chosen_spelling() {
        let request = Request::post("http://h:1/a?b=c").header("svix-id", "1").header("content-length", "9");
        let draft = Draft::new(request.body(Bytes::from_static(b"abc")).expect("valid"));
        let agent = concat!("refhook-check/", env!("CARGO_PKG_VERSION"));
        for (draft, want) in [
            (
                draft.clone(),
                format!(
                    "POST /a?b=c HTTP/1.1\r\nhost: h:1\r\nuser-agent: {agent}\r\nsvix-id: 1\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"
                ),
            ),
            (
                Draft { keeps: true, framing: Framing::Chunked, names: Names::Title, ..draft.clone() },
                format!(
                    "POST /a?b=c HTTP/1.1\r\nHost: h:1\r\nUser-Agent: {agent}\r\nSvix-Id: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                ),
            ),
            (
                Draft { version: "HTTP/1.0", framing: Framing::None, names: Names::Upper, ..draft.clone() },
                format!("POST /a?b=c HTTP/1.0\r\nHOST: h:1\r\nUSER-AGENT: {agent}\r\nSVIX-ID: 1\r\n\r\n"),
            ),
        ] {
            assert_eq!(draft.head("h:1"), want);
        }
        let chunked = Draft { framing: Framing::Chunked, ..draft.clone() };
        assert_eq!(chunked.pieces(2).concat(), b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
        assert_eq!(draft.pieces(2), ["ab", "c"]);
    }
}
