//! Literals of programming languages, as their programs print values.

/// Returns the bytes of a literal of Python: `b'…'`, `bytearray(b"…")` or `'…'`.
pub(super) fn python(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("bytearray(").and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let text = text.strip_prefix("memoryview(").and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    let bare = text.strip_prefix(['b', 'B', 'u']).unwrap_or(text);
    let quote = bare.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    // A double quote alone is a string of JSON.
    if quote == '"' && bare.len() == text.len() {
        return None;
    }
    let inside = bare.strip_prefix(quote)?.strip_suffix(quote)?;
    unescape(inside)
}

/// Returns the bytes of a literal in double quotes with escapes that JSON lacks.
pub(super) fn quoted(text: &str) -> Option<Vec<u8>> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let has_escapes = ["\\x", "\\u{", "\\e", "\\#"].iter().any(|escape| inside.contains(escape));
    has_escapes.then(|| unescape(inside)).flatten()
}

/// Decodes the escapes that C, Go, Python, Ruby and JavaScript share.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let escape = after.chars().next()?;
        let after = &after[escape.len_utf8()..];
        let digits = |count: usize| after.get(..count).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        rest = match escape {
            'x' => {
                bytes.push(u8::try_from(digits(2)?).ok()?);
                &after[2..]
            }
            'u' | 'U' => {
                let count = if escape == 'u' { 4 } else { 8 };
                bytes.extend_from_slice(char::from_u32(digits(count)?)?.encode_utf8(&mut [0; 4]).as_bytes());
                &after[count..]
            }
            _ => {
                match escape {
                    'n' => bytes.push(b'\n'),
                    'r' => bytes.push(b'\r'),
                    't' => bytes.push(b'\t'),
                    '0' => bytes.push(0),
                    '\n' => {}
                    _ => bytes.extend_from_slice(escape.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                after
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// Returns the bytes of a list of numbers: `[123, 34]` of Java and JavaScript, `[123 34]` and `[]byte{0x7b, 0x22}` of
/// Go, `<Buffer 7b 22>` and `{"type":"Buffer","data":[123,34]}` of Node.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let is_node = text.starts_with("<Buffer ");
    let (inside, radix) = if is_node {
        (text.strip_prefix("<Buffer ")?.strip_suffix('>')?, 16)
    } else {
        let text =
            text.strip_prefix("{\"type\":\"Buffer\",\"data\":").and_then(|it| it.strip_suffix('}')).unwrap_or(text);
        let text =
            text.strip_prefix("{\"data\":").and_then(|it| it.strip_suffix(",\"type\":\"Buffer\"}")).unwrap_or(text);
        let text = text.strip_prefix("[]byte").or_else(|| text.strip_prefix("[]uint8")).unwrap_or(text);
        (text.strip_prefix(['[', '{', '('])?.strip_suffix([']', '}', ')'])?, 10)
    };
    let number = |word: &str| match word.strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None if radix == 16 => u8::from_str_radix(word, 16).ok(),
        // Bytes are signed in Java.
        None => word.parse::<u8>().ok().or_else(|| word.parse::<i8>().ok().map(i8::cast_unsigned)),
    };
    let words = inside.split([',', ' ', '\n', '\t']).filter(|word| !word.is_empty());
    let bytes: Vec<u8> = words.map(number).collect::<Option<_>>()?;
    (bytes.len() > 1).then_some(bytes)
}

/// Returns an object that Python or Ruby printed, as JSON without white space.
pub(super) fn object(text: &str) -> Option<String> {
    let mut json = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => {
                let length = length_of_string(&rest[1..], first)?;
                let inside = String::from_utf8(unescape(&rest[1..=length])?).ok()?;
                json.push_str(&serde_json::to_string(&inside).ok()?);
                length + 2
            }
            '=' if rest.starts_with("=>") => {
                json.push(':');
                2
            }
            '{' | '}' | '[' | ']' | ',' | ':' => {
                json.push(first);
                1
            }
            '(' | ')' => {
                json.push(if first == '(' { '[' } else { ']' });
                1
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let end = rest.find(|it: char| !(it.is_alphanumeric() || "_+-.".contains(it))).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                json.push_str(match &rest[..end] {
                    "True" => "true",
                    "False" => "false",
                    "None" | "nil" => "null",
                    word => word,
                });
                end
            }
        };
        rest = &rest[length..];
    }
    let json = json.replace(",]", "]").replace(",}", "}");
    super::json::is_json(&json).then_some(json)
}

fn length_of_string(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == quote as u8 && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_their_languages_print_them() {
        for (text, want) in [
            (r#"b'{"a":"\xc3\xa9\n"}'"#, Some("{\"a\":\"é\n\"}")),
            (r#"bytearray(b"it's")"#, Some("it's")),
            (r"'\u00e9'", Some("é")),
            (r#""a""#, None),
            (r"b'\xZZ'", None),
            (r"b'\", None),
            ("'", None),
        ] {
            assert_eq!(python(text).as_deref(), want.map(str::as_bytes), "{text}");
        }
        for (text, want) in [
            ("[123, 125]", Some(&b"{}"[..])),
            ("[123 -61 -87]", Some(b"{\xc3\xa9")),
            ("[]byte{0x7b, 0x7d}", Some(b"{}")),
            ("<Buffer 7b 7d>", Some(b"{}")),
            ("{\"type\":\"Buffer\",\"data\":[123,125]}", Some(b"{}")),
            ("<Buffer 7b 7d ... 3 more bytes>", None),
            ("[1, 300]", None),
            ("{}", None),
        ] {
            assert_eq!(bytes(text).as_deref(), want, "{text}");
        }
        for (text, want) in [
            ("{'a': True, 'b': [None, 1.5], 'c': \"it's\"}", Some(r#"{"a":true,"b":[null,1.5],"c":"it's"}"#)),
            (r#"{"a"=>1, "b"=>nil}"#, Some(r#"{"a":1,"b":null}"#)),
            ("{'a': <object>}", None),
            ("{'a", None),
        ] {
            assert_eq!(object(text).as_deref(), want, "{text}");
        }
    }
}
