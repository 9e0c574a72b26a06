//! HTTP/1.1 request messages, byte for byte.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use httparse::Status;

use crate::failure::Failure;

/// The maximum length of a message, in bytes.
pub(crate) const MOST: usize = 8 * 1024 * 1024;

/// The maximum number of headers, as in hyper.
const MOST_HEADERS: usize = 100;

/// A request, and the differences between its real and its announced length.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) request: Request<Bytes>,
    /// Whether the body is shorter than announced, because the sender hung up or the file was cut.
    pub(crate) is_cut_off: bool,
    /// The bytes after the announced end of the body.
    pub(crate) surplus: Bytes,
}

impl From<Request<Bytes>> for Incoming {
    fn from(request: Request<Bytes>) -> Self {
        Self { request, is_cut_off: false, surplus: Bytes::new() }
    }
}

impl Incoming {
    /// Parses a message: request line, headers, an empty line, the body. Lines end with CR LF or LF.
    ///
    /// Chunks are joined. Without chunks, the body ends after `content-length` bytes, or else with the message.
    pub(crate) fn read(text: Vec<u8>) -> Result<Self, Failure> {
        let text = Bytes::from(text);
        let (mut request, head) = read_head(&text)?;
        let rest = text.slice(head..);
        let mut incoming = match framing(request.headers())? {
            Framing::Rest => Self::from(Request::new(rest)),
            Framing::Length(length) => {
                let end = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
                let mut incoming = Self::from(Request::new(rest.slice(..end)));
                incoming.is_cut_off = (end as u64) < length;
                incoming.surplus = rest.slice(end..);
                incoming
            }
            Framing::Chunked => put_together(&rest)?,
        };
        std::mem::swap(request.body_mut(), incoming.request.body_mut());
        incoming.request = request;
        Ok(incoming)
    }
}

/// Parses the head. Returns the request without its body, and the length of the head.
fn read_head(text: &[u8]) -> Result<(Request<Bytes>, usize), Failure> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(text) {
        Ok(Status::Complete(head)) => head,
        Ok(Status::Partial) => {
            let help = "an empty line must separate the headers from the body";
            return Err(unreadable("it ends within its head", text, help));
        }
        Err(error) => return Err(unreadable(&describe(error), text, help(error))),
    };
    let shape = "the first line must be like `POST /hooks/name HTTP/1.1`";
    let mut request = Request::new(Bytes::new());
    let method = parsed.method.unwrap_or_default();
    *request.method_mut() =
        Method::from_bytes(method.as_bytes()).map_err(|_| unreadable("its method is invalid", text, shape))?;
    let target = parsed.path.unwrap_or_default();
    *request.uri_mut() = target.parse::<Uri>().map_err(|error| {
        let help = "the target must be a path or a URL, without blanks and with special characters escaped";
        unreadable(&format!("its target is not a URI ({error})"), text, help)
    })?;
    for header in parsed.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_bytes(header.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            let cause = format!("its header `{}` has a forbidden character", header.name);
            return Err(unreadable(&cause, text, help(httparse::Error::HeaderValue)));
        };
        request.headers_mut().append(name, value);
    }
    Ok((request, head))
}

fn unreadable(cause: &str, text: &[u8], help: &str) -> Failure {
    let help = if text.starts_with(b"#") {
        "leave out the `# key: value` lines before the request line: they are a fixture's, not the request's"
    } else {
        help
    };
    Failure::new(format!("the request cannot be read: {cause}"), help)
}

fn describe(error: httparse::Error) -> String {
    match error {
        httparse::Error::TooManyHeaders => format!("it has more than {MOST_HEADERS} headers"),
        error => error.to_string(),
    }
}

fn help(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::TooManyHeaders => "leave out headers that the platform did not send",
        httparse::Error::HeaderName | httparse::Error::HeaderValue => {
            "headers must be `name: value`, a line each without control characters, and an empty line must follow them"
        }
        httparse::Error::Version => {
            "the request line must end in `HTTP/1.1`; write that for HTTP/2 too, it is not signed"
        }
        _ => "the first line must be like `POST /hooks/name HTTP/1.1`",
    }
}

/// The end of a body.
enum Framing {
    Rest,
    Length(u64),
    Chunked,
}

/// Determines the end as hyper does: chunks take precedence over a length, and all lengths must agree.
fn framing(headers: &HeaderMap) -> Result<Framing, Failure> {
    if let Some(last) = headers.get_all(TRANSFER_ENCODING).iter().next_back() {
        let last_coding = last.as_bytes().rsplit(|byte| *byte == b',').next().unwrap_or_default();
        if !last_coding.trim_ascii().eq_ignore_ascii_case(b"chunked") {
            let cause = "the request cannot be read: its last transfer encoding is not `chunked`";
            return Err(Failure::new(cause, "leave the header out if the file has the body as it was sent"));
        }
        return Ok(Framing::Chunked);
    }
    let mut length = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let announced = digits.and_then(|digits| digits.parse::<u64>().ok());
        match (announced, length) {
            (Some(announced), None) => length = Some(announced),
            (Some(announced), Some(before)) if announced == before => {}
            _ => {
                let cause = "the request cannot be read: its `content-length` is not one number";
                return Err(Failure::new(cause, "leave the header out: the body is then the rest of the message"));
            }
        }
    }
    Ok(length.map_or(Framing::Rest, Framing::Length))
}

/// Joins the chunks of a body. Trailers are skipped.
fn put_together(chunks: &Bytes) -> Result<Incoming, Failure> {
    let broken = || {
        let help = "if the chunks were joined when the request was saved, leave `transfer-encoding` out";
        Failure::new("the request cannot be read: its body is not in chunks, as its head says", help)
    };
    let mut body = Vec::new();
    let mut rest = chunks.clone();
    let cut_off = |body: Vec<u8>| Incoming { is_cut_off: true, ..Incoming::from(Request::new(body.into())) };
    loop {
        let (start, length) = match httparse::parse_chunk_size(&rest).map_err(|_| broken())? {
            Status::Complete(found) => found,
            Status::Partial => return Ok(cut_off(body)),
        };
        rest = rest.slice(start..);
        if length == 0 {
            break;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        body.extend_from_slice(&rest[..length.min(rest.len())]);
        if rest.len() < length.saturating_add(2) {
            return Ok(cut_off(body));
        }
        if &rest[length..length + 2] != b"\r\n" {
            return Err(broken());
        }
        rest = rest.slice(length + 2..);
    }
    let mut trailers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    match httparse::parse_headers(&rest, &mut trailers).map_err(|_| broken())? {
        Status::Complete((end, _)) => {
            Ok(Incoming { surplus: rest.slice(end..), ..Incoming::from(Request::new(body.into())) })
        }
        Status::Partial => Ok(cut_off(body)),
    }
}

/// The announced length of a body whose end is not sent. An extension of its request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Announced(pub(crate) usize);

/// Returns the announced length of the body.
pub(crate) fn announced(request: &Request<Bytes>) -> usize {
    request.extensions().get().map_or_else(|| request.body().len(), |Announced(length)| *length)
}

/// Writes a request as a message, with the host of its URL and the announced length of its body.
pub(crate) fn write(request: &Request<Bytes>, line_end: &str) -> Vec<u8> {
    write_announcing(request, line_end, announced(request))
}

/// Writes a request as a message that announces this length of the body.
pub(crate) fn write_announcing(request: &Request<Bytes>, line_end: &str, announced: usize) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let host = request.uri().authority().map_or("localhost", |authority| authority.as_str());
    let mut text = format!("{} {target} HTTP/1.1{line_end}{HOST}: {host}{line_end}", request.method()).into_bytes();
    let written = |name: &HeaderName| *name == HOST || *name == CONTENT_LENGTH || *name == TRANSFER_ENCODING;
    for (name, value) in request.headers().iter().filter(|(name, _)| !written(name)) {
        text.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), line_end.as_bytes()].concat());
    }
    text.extend_from_slice(format!("{CONTENT_LENGTH}: {announced}{line_end}{line_end}").as_bytes());
    text.extend_from_slice(request.body());
    text
}
