//! A request as a command for a shell.

use bytes::Bytes;
use http::Request;

/// A command that sends the request; headers and body are quoted for a POSIX shell.
pub(crate) fn curl(request: &Request<Bytes>) -> String {
    let quoted = |text: &[u8]| format!("'{}'", String::from_utf8_lossy(text).replace('\'', r"'\''"));
    let mut command = format!("curl -i {}", quoted(request.uri().to_string().as_bytes()));
    for (name, value) in request.headers() {
        let header = [name.as_str().as_bytes(), b": ", value.as_bytes()].concat();
        command.push_str(&format!(" \\\n  -H {}", quoted(&header)));
    }
    command.push_str(&format!(" \\\n  --data-binary {}", quoted(request.body())));
    command
}
