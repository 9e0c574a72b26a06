//! Reading of profiles.

use referral_webhooks::platform::Platform as _;
use referral_webhooks::profile::Profile;

use crate::failure::Failure;
use crate::note::note;
use crate::source::Source;

/// The maximum length of a profile, in bytes.
const MOST: usize = 64 * 1024;

/// Reads a profile, which is TOML.
pub(crate) fn read(source: &Source) -> Result<Profile, Failure> {
    let bytes = source.read(MOST)?;
    let help = "`refhook profile check --help` shows a profile";
    let text = String::from_utf8(bytes).map_err(|_| Failure::new(format!("{source} is not UTF-8"), help))?;
    toml::from_str(&text).map_err(|error| Failure::new(format!("{source}: {}", message(&text, &error)), help))
}

/// Returns the message about a mistake, with the line of a mistake in the notation.
fn message(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map(|span| span.start).filter(|start| *start > 0);
    let line = start.and_then(|start| text.get(..start)).map(|before| before.matches('\n').count() + 1);
    let message = error.message().replace('\n', "; ");
    line.map_or_else(|| message.clone(), |line| format!("line {line}: {message}"))
}

/// Prints the open points of a profile to standard error.
pub(crate) fn print_notices(profile: Profile) {
    for notice in profile.notices() {
        note(format_args!("{}: {notice}", profile.facts().name));
    }
}
