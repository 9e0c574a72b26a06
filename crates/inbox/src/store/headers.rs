//! Headers as bytes, as stores keep them.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers as lines, `name:value`: values have no line breaks. For stores.
#[must_use]
pub fn to_lines(headers: &HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.push(b':');
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    lines
}

/// The headers of such lines. What is none is left out: if it mattered, the delivery does not open.
#[must_use]
pub fn from_lines(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(&line[at + 1..]));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_as_they_were() {
        let mut headers = HeaderMap::new();
        headers.append("svix-signature", HeaderValue::from_static("v1,a v1,b"));
        headers.append("svix-signature", HeaderValue::from_static("v1,c"));
        headers.append("content-type", HeaderValue::from_static(""));
        headers.append("x", HeaderValue::from_bytes(b"a:b\t\xff").expect("it has no line break"));
        assert_eq!(from_lines(&to_lines(&headers)), headers);
        assert_eq!(from_lines(b"no colon\n:no name\nbad name:x\n"), HeaderMap::new());
    }
}
