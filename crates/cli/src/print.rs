//! Requests as text.

use std::io::{self, IsTerminal as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use clap::ValueEnum;
use http::Request;
use serde_json::json;

use crate::curl::curl;
use crate::failure::Failure;
use crate::message::{self, announced};
use crate::note::note;
use crate::terminal::{self, printable};

/// A format of a printed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Print {
    /// The message as it is sent over the wire, which `refhook verify` reads.
    #[default]
    Request,
    /// A command that sends the request.
    Curl,
}

impl Print {
    /// Writes the request to standard output.
    pub(crate) fn write(self, request: &Request<Bytes>) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match self {
            Self::Request if out.is_terminal() => write_readable(&mut out, &message::write(request, "\n"))?,
            Self::Request => out.write_all(&message::write(request, "\r\n"))?,
            Self::Curl => {
                let help = "a command holds only text; write the request (`--print request`) and send it as it is";
                if announced(request) > request.body().len() {
                    return Err(Failure::usage(
                        "a command cannot send a body without its end",
                        "use `--print request`",
                    ));
                }
                let command = curl(request).ok_or_else(|| Failure::new("the body is not plain text", help))?;
                if out.is_terminal() {
                    write_readable(&mut out, command.as_bytes())?;
                } else {
                    writeln!(out, "{command}")?;
                }
            }
        }
        Ok(out.flush()?)
    }
}

/// Writes the exact bytes, or to a terminal what it can show.
pub(crate) fn write_exactly(out: &mut io::StdoutLock<'_>, text: &[u8]) -> io::Result<()> {
    if out.is_terminal() { write_readable(out, text) } else { out.write_all(text) }
}

/// Writes a text to a terminal, without the characters that steer it.
fn write_readable(out: &mut impl io::Write, text: &[u8]) -> io::Result<()> {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    let readable = lines.join("\n");
    writeln!(out, "{readable}")?;
    if readable != text {
        note("a terminal cannot show every character of it; redirect the output to a file for the exact bytes");
    }
    Ok(())
}

/// Prints a request as one line of JSON, without sending it.
pub(crate) fn print_request(sender: &str, event: Option<&str>, request: &Request<Bytes>) -> io::Result<()> {
    // A character of a value is one byte, as in the cases of `refhook verify`.
    let text = |value: &http::HeaderValue| value.as_bytes().iter().copied().map(char::from).collect::<String>();
    let headers: Vec<_> = request.headers().iter().map(|(name, value)| json!([name.as_str(), text(value)])).collect();
    let object = json!({
        "kind": "request",
        "platform": sender,
        "event": event,
        "method": request.method().as_str(),
        "uri": request.uri().to_string(),
        "headers": headers,
        "content_length": announced(request),
        "body_base64": STANDARD.encode(request.body()),
    });
    let mut out = io::stdout().lock();
    writeln!(out, "{}", terminal::json_line(&object))?;
    out.flush()
}
