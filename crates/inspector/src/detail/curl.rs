//! A delivery as a command for a shell.

use http::HeaderMap;

/// The longest body in a command, in bytes. A longer one is sent from a file.
const LONGEST: usize = 16 * 1024;

/// Returns a command that sends a request to the address in the variable `URL`, quoted for a POSIX shell. A body that is not
/// text, or too long, is read from this file.
pub(super) fn curl(headers: &HeaderMap, body: &[u8], file: &str) -> String {
    let mut command = "curl -i -X POST \"$URL\"".to_owned();
    for (name, value) in headers {
        let line = format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()));
        // curl drops a header without a value, unless a semicolon follows its name.
        let line = if value.is_empty() { format!("{name};") } else { line };
        command.push_str(&format!(" \\\n  -H {}", quoted(&line)));
    }
    let text = std::str::from_utf8(body).ok().filter(|text| body.len() <= LONGEST && !text.contains('\0'));
    match text {
        // `--data-binary` would read a file if the body begins with `@`.
        Some(text) => command.push_str(&format!(" \\\n  --data-raw {}", quoted(text))),
        None => command.push_str(&format!(" \\\n  --data-binary {}", quoted(&format!("@{file}")))),
    }
    command
}

/// Quotes an argument. Characters that steer a terminal are written as escapes.
fn quoted(text: &str) -> String {
    let is_plain = |one: char| !one.is_control() || matches!(one, '\n' | '\t');
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = "$'".to_owned();
    for one in text.chars() {
        match one {
            '\'' | '\\' => quoted.extend(['\\', one]),
            '\u{0}'..='\u{1f}' | '\u{7f}' => quoted.push_str(&format!("\\x{:02x}", u32::from(one))),
            '\u{80}'..='\u{9f}' => quoted.push_str(&format!("\\u{:04x}", u32::from(one))),
            _ => quoted.push(one),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    /// Runs a command in a shell whose `curl` prints each argument on a line, and returns the last argument.
    fn last_argument(command: &str) -> Vec<u8> {
        let script =
            format!("URL=http://localhost\ncurl() {{ for last; do :; done; printf %s \"$last\"; }}\n{command}");
        std::process::Command::new("bash").args(["-c", &script]).output().expect("bash runs").stdout
    }

    #[test]
    fn a_shell_reads_the_bytes_that_came() {
        for body in [
            "{}",
            "it's",
            "'",
            "a\\b",
            "$HOME `id` $(id)",
            "@file",
            "line\nline\r\n",
            "\u{1b}[31m",
            "é\u{85}😀",
            "",
            "!!",
        ] {
            let command = curl(&headers(&[("svix-id", "msg_1"), ("x-empty", "")]), body.as_bytes(), "request-5.bin");
            assert_eq!(String::from_utf8_lossy(&last_argument(&command)), body, "{command}");
            assert!(!command.chars().any(|one| one.is_control() && !matches!(one, '\n' | '\t')), "{command}");
        }
    }

    #[test]
    fn a_body_that_is_not_text_comes_from_a_file() {
        for body in [&b"\xff\xfe"[..], b"a\0b", &[b'a'; LONGEST + 1]] {
            let command = curl(&headers(&[]), body, "request-5.bin");
            assert_eq!(command, "curl -i -X POST \"$URL\" \\\n  --data-binary '@request-5.bin'");
        }
    }
}
