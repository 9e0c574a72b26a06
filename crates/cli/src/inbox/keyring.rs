//! The file of the keys that seal bodies at rest.

use referral_webhooks_inbox::{KeyRing, SetupError};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::source::Source;

/// The maximum length of the file, in bytes.
const MOST: usize = 64 * 1024;

/// The content of a file of keys, in TOML. The first key seals.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pepper: Zeroizing<String>,
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    number: u32,
    key: Zeroizing<String>,
}

/// Reads the keys.
pub(crate) fn read(source: &Source) -> Result<KeyRing, Failure> {
    let bytes = Zeroizing::new(source.read(MOST)?);
    let help = "it has a line `pepper = \"…\"`, and for each key `[[keys]]` with `number = 1` and `key = \"…\"`, the current one first";
    let wrong = |why: String| Failure::new(format!("the keys in {source} cannot be used: {why}"), help);
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    // The message of the parser alone, because its text has the line, which may be a key.
    let file: File = toml::from_str(text).map_err(|error| wrong(shown(error.message())))?;
    let (first, older) = file.keys.split_first().ok_or_else(|| wrong("it has no key".to_owned()))?;
    let ring = KeyRing::new(&file.pepper, first.number, &first.key);
    let ring =
        older.iter().try_fold(ring, |ring, key| Ok(ring.and_then(|ring| ring.or_previous(key.number, &key.key))));
    ring.and_then(|ring: Result<KeyRing, SetupError>| ring).map_err(|error: SetupError| wrong(error.to_string()))
}

/// Returns the part of a message that quotes no value.
fn shown(message: &str) -> String {
    let quotes = message.contains('"');
    if quotes { "its notation is invalid".to_owned() } else { message.replace('\n', "; ") }
}
