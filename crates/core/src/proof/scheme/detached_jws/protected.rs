//! The protected header of a JWS (RFC 7515, section 4), which a stranger may have written.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};

use super::algorithm::Algorithm;

/// The maximum number of members of a header.
const MAX_MEMBERS: usize = 32;

/// The members that decide how the signature is verified.
///
/// Keys inside the header (`jwk`, `x5c`) and addresses of keys (`jku`, `x5u`) are ignored, because a forger writes them too.
#[derive(Debug)]
pub(super) struct Protected {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

impl Protected {
    /// Parses a header. `None` if it is not an object of JSON with an accepted algorithm, has a member twice, has critical
    /// extensions, or says that the payload is not encoded.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        // The reader checks no text that it skips.
        let mut reader = serde_json::Deserializer::from_str(std::str::from_utf8(json).ok()?);
        let protected = reader.deserialize_map(Members).ok()?;
        reader.end().ok()?;
        Some(protected)
    }
}

/// Reads the members of a header, each of which must occur once.
struct Members;

impl<'t> Visitor<'t> for Members {
    type Value = Protected;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the protected header of a JWS")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<Protected, A::Error> {
        let (mut algorithm, mut kid) = (None, None);
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "alg" => algorithm = Algorithm::named(&members.next_value::<String>()?),
                "kid" => kid = Some(members.next_value::<String>()?),
                "b64" => {
                    if !members.next_value::<bool>()? {
                        return Err(A::Error::custom("an unencoded payload"));
                    }
                }
                "crit" => return Err(A::Error::custom("a critical extension")),
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
            if !names.insert(name) || names.len() > MAX_MEMBERS {
                return Err(A::Error::custom("a member that occurs twice, or too many members"));
            }
        }
        let algorithm = algorithm.ok_or_else(|| A::Error::custom("no accepted algorithm"))?;
        Ok(Protected { algorithm, kid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_with_another_meaning_is_refused() {
        let many: String = (0..40).map(|number| format!(r#","x{number}":0"#)).collect();
        for (header, want) in [
            (r#"{"alg":"RS256"}"#, Some((Algorithm::Rs256, None))),
            (r#" { "typ" : "JWT", "alg" : "ES256", "kid" : "a/b+c=" } "#, Some((Algorithm::Es256, Some("a/b+c=")))),
            (r#"{"alg":"RS256","kid":"a\/b"}"#, Some((Algorithm::Rs256, Some("a/b")))),
            (
                r#"{"alg":"RS256","b64":true,"jwk":{"kty":"oct","k":"AA"},"jku":"https://x"}"#,
                Some((Algorithm::Rs256, None)),
            ),
            (r#"{"alg":"RS256","b64":false}"#, None),
            (r#"{"alg":"RS256","b64":null}"#, None),
            (r#"{"alg":"RS256","b64":"true"}"#, None),
            (r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, None),
            (r#"{"alg":"RS256","crit":[]}"#, None),
            (r#"{"alg":"RS256","crit":null}"#, None),
            (r#"{"alg":"none"}"#, None),
            (r#"{"alg":"None"}"#, None),
            (r#"{"alg":"HS256"}"#, None),
            (r#"{"alg":"RS512"}"#, None),
            (r#"{"alg":"PS256"}"#, None),
            (r#"{"alg":"rs256"}"#, None),
            (r#"{"alg":"RS256 "}"#, None),
            (r#"{"alg":["RS256"]}"#, None),
            (r#"{"alg":null}"#, None),
            (r#"{"ALG":"RS256"}"#, None),
            (r#"{"typ":"JWT"}"#, None),
            ("{}", None),
            (r#"{"alg":"RS256","alg":"RS256"}"#, None),
            (r#"{"alg":"none","alg":"RS256"}"#, None),
            (r#"{"alg":"RS256","al\u0067":"RS256"}"#, None),
            (r#"{"alg":"RS256","kid":"1","kid":"2"}"#, None),
            (r#"{"alg":"RS256","x":1,"x":1}"#, None),
            (r#"{"alg":"RS256","kid":1}"#, None),
            (r#"{"alg":"RS256","kid":null}"#, None),
            (r#"["RS256"]"#, None),
            (r#""RS256""#, None),
            (r#"{"alg":"RS256"}{}"#, None),
            (r#"{"alg":"RS256"},"#, None),
            (r#"{"alg":"RS256",}"#, None),
            (r#"{"alg":"RS256""#, None),
            ("", None),
            (&format!(r#"{{"alg":"RS256"{many}}}"#), None),
        ] {
            let got = Protected::parse(header.as_bytes());
            let got = got.as_ref().map(|got| (got.algorithm, got.kid.as_deref()));
            assert_eq!(got, want, "{header}");
        }
        assert!(Protected::parse(b"{\"alg\":\"RS256\",\"kid\":\"\xff\"}").is_none(), "not UTF-8");
        assert!(
            Protected::parse(b"{\"alg\":\"RS256\",\"x\":\"\xff\"}").is_none(),
            "not UTF-8 in a member that is skipped"
        );
        assert!(Protected::parse(b"\xef\xbb\xbf{\"alg\":\"RS256\"}").is_none(), "a byte order mark");
        assert!(Protected::parse(r#"{"alg":"RS256","x":"#.repeat(300).as_bytes()).is_none(), "deep");
    }
}
