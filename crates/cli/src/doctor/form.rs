//! A reader and a writer of forms.

/// Returns the decoded names and values of a body, if it looks like a form.
pub(super) fn fields(body: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let is_form = body.contains(&b'=') && !body.iter().any(|byte| b" \t\r\n{\"<".contains(byte));
    let pairs = is_form.then(|| body.split(|byte| *byte == b'&'))?;
    pairs
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            Some((decode(&pair[..at]), decode(&pair[at + 1..])))
        })
        .collect()
}

/// Writes fields as a form. Letters, digits, `-`, `.` and `_` are not escaped, and a blank becomes `+`.
pub(super) fn write(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&").into_bytes()
}

/// Decodes the escapes of a text. Invalid escapes are kept.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let (byte, after) = match (first, escaped) {
            (b'%', Some(byte)) => (byte, &after[2..]),
            (b'+', _) => (b' ', after),
            (byte, _) => (*byte, after),
        };
        decoded.push(byte);
        rest = after;
    }
    decoded
}

fn encode(text: &[u8]) -> String {
    let mut encoded = String::new();
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => encoded.push(char::from(*byte)),
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
