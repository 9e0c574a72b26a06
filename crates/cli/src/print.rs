//! Requests as text.

use std::io::{self, Write as _};

use bytes::Bytes;
use clap::ValueEnum;
use http::Request;

use crate::curl::curl;
use crate::failure::Failure;
use crate::message;

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
            Self::Request => out.write_all(&message::write(request, "\r\n"))?,
            Self::Curl => {
                let help = "a command holds only text; write the request (`--print request`) and send it as it is";
                let command = curl(request).ok_or_else(|| Failure::new("the body is not plain text", help))?;
                writeln!(out, "{command}")?;
            }
        }
        Ok(out.flush()?)
    }
}
