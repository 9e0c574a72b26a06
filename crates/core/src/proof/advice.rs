//! Probable causes of an error, for logs and tools, never for the reply.

use std::fmt;

use super::error::{Error, ErrorKind, Hint};

/// The causes worth checking for one [`Error`], most likely first. Made by [`Error::advice`].
///
/// ```
/// use referral_webhooks::{Error, ErrorKind};
///
/// let error = Error::from(ErrorKind::MissingHeader("svix-id"));
/// assert!(error.advice().to_string().contains("is signing switched on at the platform"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Advice(Error);

impl Error {
    /// Returns the probable causes. For logs and tools. A sender must not see them.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = verifier.sign(&Message::new("{}", now))?;
    /// request.headers_mut().insert("content-encoding", "gzip".parse()?);
    /// *request.body_mut() = "compressed".into();
    /// let error = verifier.verify(&request, now).unwrap_err();
    /// let line = format!("{error}: {}", error.advice());
    /// assert!(line.starts_with("signature does not match: the body came with a content encoding"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn advice(&self) -> Advice {
        Advice(*self)
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.kind(), self.0.hint) {
            (ErrorKind::MissingHeader(name), _) => write!(
                f,
                "the request did not carry `{name}`: is signing switched on at the platform, does a proxy drop \
                 the header, and is this URL this platform's?"
            ),
            (ErrorKind::RepeatedHeader(name), _) => {
                write!(f, "`{name}` came more than once: look for a proxy that adds headers, or a forger")
            }
            (ErrorKind::MalformedHeader(_) | ErrorKind::SignatureMismatch, Hint::LooksLike(algorithm)) => write!(
                f,
                "the signature has the length of {algorithm}, and this scheme's is HMAC-SHA256: choose SHA-256 at the \
                 platform; if it offers only MD5 or SHA-1, treat it as unsigned and give it a secret URL (`UrlToken`)"
            ),
            (ErrorKind::MalformedHeader(_) | ErrorKind::SignatureMismatch, Hint::Base64) => f.write_str(
                "right header, and the signature is in base64 where this scheme reads hexadecimal: if the platform signs so, \
                 set the scheme's encoding to base64",
            ),
            (ErrorKind::MalformedHeader(_) | ErrorKind::SignatureMismatch, Hint::Hexadecimal) => f.write_str(
                "right header, and the signature is in hexadecimal where this scheme reads base64: the sender is probably a \
                 test that was written for another platform, because this platform signs in base64",
            ),
            (ErrorKind::MalformedHeader(name), _) => {
                write!(f, "`{name}` is not in this platform's format: is this URL this platform's?")
            }
            (ErrorKind::SignatureMismatch, Hint::Compressed) => f.write_str(
                "the body came with a content encoding: the signature covers the bytes before compression or \
                 after it, so let no proxy compress or inflate requests to this URL",
            ),
            (ErrorKind::SignatureMismatch | ErrorKind::TokenMismatch | ErrorKind::UnknownKey, Hint::Reopening) => f.write_str(
                "the sender used an old secret that only reopens stored deliveries: give the platform the current one, \
                 or accept the old one with `or_previous` until the platform has stopped using it",
            ),
            (ErrorKind::SignatureMismatch, _) => f.write_str(
                "first, the raw body may have been altered before it came here (a JSON parser, a logger, a proxy: \
                 the bytes must be those on the wire); second, the secret may be another endpoint's or another \
                 environment's; third, a rotation may have replaced it (add the old one with `or_previous`)",
            ),
            (ErrorKind::UnknownKey, _) => f.write_str(
                "the platform may sign with a key that it published later: fetch its key set again and put it in place; if the \
                 set is new, this URL is not that platform's, the set is another environment's, or a forger made up the name; \
                 until the key is known the platform is asked to send the event again",
            ),
            (ErrorKind::TooNew, Hint::Milliseconds) => {
                f.write_str("the signed time fits if it is read as milliseconds; this platform's is in seconds")
            }
            (ErrorKind::TooOld, Hint::Seconds) => {
                f.write_str("the signed time fits if it is read as seconds; this platform's is in milliseconds")
            }
            (ErrorKind::TooOld | ErrorKind::TooNew, Hint::Age(age)) => write!(
                f,
                "the signature is genuine, and the two clocks differ by {} s: check this machine's clock first; if \
                 it is right, this is a late retry or a replay",
                age.unsigned_abs()
            ),
            (ErrorKind::TooOld | ErrorKind::TooNew, _) => {
                f.write_str("the signature is genuine and its time is not: check this machine's clock")
            }
            (ErrorKind::TokenMismatch, Hint::HeaderToken(name)) => write!(
                f,
                "the header `{name}` at the platform must hold this endpoint's token: compare the two, and look for another \
                 environment's token or a rotation (add the old one with `or_previous`)"
            ),
            (ErrorKind::TokenMismatch, Hint::BodyToken(name)) => write!(
                f,
                "the member `{name}` holds another token: compare it with the platform's settings, and look for another \
                 site's token or a rotation (add the old one with `or_previous`)"
            ),
            (ErrorKind::MissingToken, Hint::BodyToken(name)) => write!(
                f,
                "the body must be a JSON object (or a form with one) that has the member `{name}` exactly once, at the top \
                 level and as a string: is this URL this platform's?"
            ),
            (ErrorKind::MissingToken | ErrorKind::TokenMismatch, _) => f.write_str(
                "the URL configured at the platform must end in this endpoint's token (or carry it as \
                 `?token=`), and no proxy may cut it off",
            ),
            (ErrorKind::BodyTooLarge, _) => {
                f.write_str("raise the limit if the platform really sends bodies of this size")
            }
            (ErrorKind::BodyIncomplete, _) => {
                f.write_str("the sender gave up while sending; the platform will try again if it retries at all")
            }
            (ErrorKind::BodyMalformed, _) => f.write_str(
                "the chunks of the body cannot be read, and another attempt would not change that: look for a proxy that \
                 rewrites bodies, or a forger",
            ),
            (ErrorKind::BodyLayerFailed, _) => f.write_str(
                "the sender sent it, and this application could not read it: look at the layers outside of the endpoint, \
                 first at one that decompresses (`RequestDecompression` of tower-http, `Decompress` of actix-web), because \
                 the body is not in its `content-encoding` or is cut off; the platform is asked to send the event again",
            ),
            (ErrorKind::BodyBudgetSpent, _) => f.write_str(
                "more bodies are on their way than the receiver has memory for, and this one began first: look for \
                 senders that never finish, limit connections in front of the receiver, or raise the budget",
            ),
            (ErrorKind::UnknownTenant, _) => f.write_str(
                "the resolver has no endpoint of this name: compare the URL at the platform with the application's tenants, \
                 and expect strangers who try names",
            ),
            (ErrorKind::EndpointUnavailable, _) => f.write_str(
                "the resolver failed, took too long, or has too many names to look up: see the log events before this one; \
                 until it answers the platform is asked to send the event again",
            ),
            (ErrorKind::Misconfigured(_), _) => f.write_str(
                "this is a mistake in the application and no request will pass; until it is put right the platform \
                 is asked to send the event again",
            ),
        }
    }
}
