//! Entries as messages in files.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use referral_webhooks::{StoredDelivery, http_message};
use referral_webhooks_inbox::store::Entry;

use crate::inbox::masked::Masked;

/// The longest part of a file's name that a sender chooses.
const LONGEST: usize = 60;

/// Writes the message of an entry into a new file, which only this user reads.
pub(super) fn write(
    folder: &Path,
    entry: &Entry,
    delivery: &StoredDelivery,
    masked: Option<&Masked>,
) -> io::Result<()> {
    let path = format!("/hooks/{}", entry.platform);
    let bytes = match masked {
        None => http_message("POST", &path, &delivery.headers, &delivery.body, Some(delivery.body.len() as u64)),
        Some(masked) => {
            let headers: String =
                masked.headers.iter().map(|(name, value)| format!("{name}: {}\r\n", line(value))).collect();
            let length = masked.body.len();
            format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n{}",
                masked.body
            )
            .into_bytes()
        }
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(name(entry)))?.write_all(&bytes)
}

/// Returns a header's value without line breaks.
fn line(value: &str) -> String {
    value.replace(['\r', '\n'], " ")
}

/// Returns the name of the file. The names of platform and event are reduced to letters, digits, `-` and `_`.
fn name(entry: &Entry) -> String {
    let plain = |text: &str| -> String {
        let plain = text.chars().map(|it| if it.is_ascii_alphanumeric() || it == '-' || it == '_' { it } else { '_' });
        plain.take(LONGEST).collect()
    };
    let event = plain(entry.event.as_deref().unwrap_or("unknown"));
    format!("{:08}-{}-{event}.http", entry.id.0, plain(&entry.platform))
}

#[cfg(test)]
mod tests {
    use referral_webhooks_inbox::EntryId;
    use referral_webhooks_inbox::store::State;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_sender_chooses_no_path() {
        let at = OffsetDateTime::UNIX_EPOCH;
        for (event, want) in [
            (Some("../../etc/passwd"), "00000007-redpin-______etc_passwd.http"),
            (Some("a\u{0}b\u{1b}[2J/\\"), "00000007-redpin-a_b__2J__.http"),
            (None, "00000007-redpin-unknown.http"),
        ] {
            let mut entry = Entry::new(EntryId(7), State::Completed, at, at);
            entry.platform = "redpin".to_owned();
            entry.event = event.map(str::to_owned);
            assert_eq!(name(&entry), want);
        }
    }
}
