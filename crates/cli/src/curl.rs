//! A request as a command for a shell.

use bytes::Bytes;
use http::Request;

/// A command that sends the request, quoted for a POSIX shell; nothing if headers or body are no text.
pub(crate) fn curl(request: &Request<Bytes>) -> Option<String> {
    let mut command = format!("curl -i {}", quoted(request.uri().to_string().as_bytes())?);
    for (name, value) in request.headers() {
        let header = [name.as_str().as_bytes(), b": ", value.as_bytes()].concat();
        command.push_str(&format!(" \\\n  -H {}", quoted(&header)?));
    }
    // Not `--data-binary`, for which a body that begins with `@` is a file.
    command.push_str(&format!(" \\\n  --data-raw {}", quoted(request.body())?));
    Some(command)
}

/// An argument, which cannot hold a zero byte.
fn quoted(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.contains('\0'))?;
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}
