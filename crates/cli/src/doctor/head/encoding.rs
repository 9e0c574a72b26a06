//! Signatures in another encoding than the scheme's, or without the text before them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;

use super::route::Route;
use crate::doctor::secret::{from_base64, from_hexadecimal};
use crate::doctor::undo::{Originals, Undo};

/// The name of these accidents.
pub(in crate::doctor) const NAME: &str = "signature-spelling";

const SPELLING: &str =
    "choose the scheme with this encoding, or encode the signature as the scheme does if the sender is yours";

pub(super) const UNDOS: &[Undo<Route, Bytes>] = &[Undo { name: NAME, help: SPELLING, back: reencoded }];

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

/// Adds the route with its signature in other encodings.
fn reencoded(route: &Route, _: &Bytes, originals: &mut Originals<Route>) {
    for name in route.names() {
        let value = route.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let Some(encoded) = Encoded::new(value) else { continue };
        let (before, hexadecimal, base64) = (encoded.before, encoded.hexadecimal(), encoded.base64());
        let mut others = vec![
            ("hexadecimal", format!("{before}{hexadecimal}")),
            ("hexadecimal", hexadecimal),
            ("base64", format!("{before}{base64}")),
            ("base64", base64.clone()),
            ("base64", format!("v1,{base64}")),
        ];
        // The text before the signature of this scheme.
        let sample = route.shape.samples.iter().find_map(|sample| sample.headers().get(name)?.to_str().ok());
        let own = sample.and_then(|sample| Some((Encoded::new(sample)?, encoded_as(sample, value)?)));
        if let Some((sample, spelled)) = own {
            others.push((if sample.is_hexadecimal { "hexadecimal" } else { "base64" }, spelled));
        }
        for (wanted, other) in others.iter().filter(|(_, other)| other != value) {
            let Ok(other) = HeaderValue::from_str(other) else { continue };
            let alphabet = if encoded.is_hexadecimal { "hexadecimal" } else { "base64" };
            let what = if alphabet == *wanted {
                format!("right header, `{name}`: the text around the signature or its padding is not this scheme's")
            } else {
                format!("right header, `{name}`: the signature is in {alphabet}, and this scheme's is in {wanted}")
            };
            originals.add(what, route.with(&[(name, &other)]));
        }
    }
}

/// Returns another signature in the encoding of `value`.
pub(in crate::doctor) fn encoded_as(value: &str, other: &str) -> Option<String> {
    let (encoded, other) = (Encoded::new(value)?, Encoded::new(other)?);
    let signature = match (encoded.is_hexadecimal, encoded.is_padded) {
        (true, _) => other.hexadecimal(),
        (false, true) => other.base64(),
        (false, false) => other.base64().trim_end_matches('=').to_owned(),
    };
    Some(format!("{}{signature}", encoded.before))
}
