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

/// The escapes of a program that writes forms.
#[derive(Debug)]
pub(super) struct Style {
    pub(super) name: &'static str,
    /// The characters besides letters and digits that are not escaped.
    plain: &'static [u8],
    blank: &'static str,
    has_upper_case: bool,
}

/// The styles of well-known programs.
pub(super) static STYLES: &[Style] = &[
    Style { name: "a browser", plain: b"*-._", blank: "+", has_upper_case: true },
    Style { name: "PHP's `http_build_query`", plain: b"-._", blank: "+", has_upper_case: true },
    Style { name: "JavaScript's `encodeURIComponent`", plain: b"-_.!~*'()", blank: "%20", has_upper_case: true },
    Style { name: "RFC 3986", plain: b"-._~", blank: "%20", has_upper_case: true },
    Style { name: "Python's `urlencode`", plain: b"-._~", blank: "+", has_upper_case: true },
    Style { name: ".NET's `UrlEncode`", plain: b"-_.!*()", blank: "+", has_upper_case: false },
    Style { name: "a writer with lower-case escapes", plain: b"-._~", blank: "%20", has_upper_case: false },
];

/// Writes fields as a form. Letters, digits, `-`, `.` and `_` are not escaped, and a blank becomes `+`.
pub(super) fn write(fields: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    write_as(fields, &STYLES[1])
}

/// Writes fields as a form in a style.
pub(super) fn write_as(fields: &[(Vec<u8>, Vec<u8>)], style: &Style) -> Vec<u8> {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", encode(name, style), encode(value, style)));
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

fn encode(text: &[u8], style: &Style) -> String {
    let mut encoded = String::new();
    for byte in text {
        match byte {
            b' ' => encoded.push_str(style.blank),
            _ if byte.is_ascii_alphanumeric() || style.plain.contains(byte) => encoded.push(char::from(*byte)),
            _ if style.has_upper_case => encoded.push_str(&format!("%{byte:02X}")),
            _ => encoded.push_str(&format!("%{byte:02x}")),
        }
    }
    encoded
}
