//! Signatures in another encoding than the scheme's, or without the text before them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use super::accident::Repair;
use super::keys::{from_base64, from_hexadecimal};
use super::route::{Route, proof_headers};

/// The name of these accidents.
pub(super) const NAME: &str = "signature-spelling";

/// A header's value that ends in a signature of 32 bytes.
struct Encoded<'v> {
    /// The text before the signature, such as `v1,`.
    before: &'v str,
    bytes: Vec<u8>,
    is_hexadecimal: bool,
    is_padded: bool,
}

impl<'v> Encoded<'v> {
    fn new(value: &'v str) -> Option<Self> {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "+/-_".contains(character);
        let text = value.trim_end_matches('=');
        let start = text.rfind(|character| !is_part(character)).map_or(0, |before| before + 1);
        let (before, signature) = text.split_at(start);
        let hexadecimal = from_hexadecimal(signature).filter(|bytes| bytes.len() == 32);
        let is_hexadecimal = hexadecimal.is_some();
        let bytes = hexadecimal.or_else(|| from_base64(signature)).filter(|bytes| bytes.len() == 32)?;
        Some(Self { before, bytes, is_hexadecimal, is_padded: text != value })
    }

    fn hexadecimal(&self) -> String {
        self.bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }
}

/// Returns the route with its signature in other encodings.
pub(super) fn reencoded(route: &Route) -> Vec<Repair<Route>> {
    let mut repairs = Vec::new();
    for name in proof_headers(&route.sender.scheme).iter().flatten() {
        let value = route.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some(encoded) = Encoded::new(value) else { continue };
        let (before, hexadecimal, base64) = (encoded.before, encoded.hexadecimal(), encoded.base64());
        let others = [
            ("hexadecimal", format!("{before}{hexadecimal}")),
            ("hexadecimal", hexadecimal),
            ("base64", format!("{before}{base64}")),
            ("base64", base64.clone()),
            ("base64", format!("v1,{base64}")),
        ];
        for (wanted, other) in others.iter().filter(|(_, other)| other != value) {
            let Ok(other) = HeaderValue::from_str(other) else { continue };
            let alphabet = if encoded.is_hexadecimal { "hexadecimal" } else { "base64" };
            let what = if alphabet == *wanted {
                format!("right header, `{name}`: the text around the signature or its padding is not this scheme's")
            } else {
                format!("right header, `{name}`: the signature is in {alphabet}, and this scheme's is in {wanted}")
            };
            let help = "choose the scheme with this encoding, or encode the signature as the scheme does if the sender is yours";
            repairs.push(Repair::new(NAME, what, help, route.with(&[(name, &other)])));
        }
    }
    repairs
}

/// Returns another signature in the encoding of `value`.
pub(super) fn encoded_as(value: &str, other: &str) -> Option<String> {
    let (encoded, other) = (Encoded::new(value)?, Encoded::new(other)?);
    let signature = match (encoded.is_hexadecimal, encoded.is_padded) {
        (true, _) => other.hexadecimal(),
        (false, true) => other.base64(),
        (false, false) => other.base64().trim_end_matches('=').to_owned(),
    };
    Some(format!("{}{signature}", encoded.before))
}
