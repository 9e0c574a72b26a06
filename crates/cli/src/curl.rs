//! Requests as commands for a shell.

use bytes::Bytes;
use http::Request;

/// Returns a command that sends the request, quoted for a POSIX shell. `None` if a header or the body is not text.
pub(crate) fn curl(request: &Request<Bytes>) -> Option<String> {
    let mut command = format!("curl -i {}", quoted(request.uri().to_string().as_bytes())?);
    for (name, value) in request.headers() {
        let header = [name.as_str().as_bytes(), b": ", value.as_bytes()].concat();
        command.push_str(&format!(" \\\n  -H {}", quoted(&header)?));
    }
    // `--data-binary` would read a file if the body begins with `@`.
    command.push_str(&format!(" \\\n  --data-raw {}", quoted(request.body())?));
    Some(command)
}

/// Quotes an argument. `None` if it is not text or has a zero byte.
fn quoted(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.contains('\0'))?;
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}
