//! Fixtures: requests behind lines `# key: value`, which describe the receiving endpoint. `fixtures/README.md` describes the format,
//! and `refhook doctor --write-fixture` writes it.

use std::path::Path;

use referral_webhooks::platform::ALL;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::failure::Failure;
use crate::secret::RawSecret;
use crate::sender::{Demands, Sender};
use crate::source::Source;

/// The maximum number of lines before a request.
const MOST_LINES: usize = 100;

/// The parts of a fixture.
#[derive(Debug, Default)]
pub(crate) struct Fixture {
    /// The platform, named by a line or by the folder.
    pub(crate) platform: Option<String>,
    secrets: Vec<String>,
    pub(crate) now: Option<OffsetDateTime>,
    /// The tolerance in seconds.
    pub(crate) tolerance: Option<u64>,
    pub(crate) demands: Demands,
    /// Whether the file has lines before the request.
    pub(crate) has_lines: bool,
    /// The request as it came over the wire, without the line feed at the end of the file.
    pub(crate) message: Vec<u8>,
}

impl Fixture {
    /// Reads a fixture. A file without such lines is a request or a body alone.
    pub(crate) fn read(text: Vec<u8>, source: &Source) -> Result<Self, Failure> {
        if !text.starts_with(b"# ") {
            return Ok(Self { message: text, ..Self::default() });
        }
        let mut fixture = Self { platform: folder(source), has_lines: true, ..Self::default() };
        let mut rest = &text[..];
        for number in 1..=MOST_LINES {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            let Some(note) = line.strip_prefix(b"#") else { break };
            fixture.note(note).map_err(|cause| {
                let help = "lines before the request are `# key: value`, as in fixtures/README.md; or leave them out";
                Failure::new(format!("{source}, line {number}: {cause}"), help)
            })?;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        fixture.message = rest.strip_suffix(b"\n").unwrap_or(rest).to_vec();
        Ok(fixture)
    }

    /// Returns the secrets of the fixture, which are for tests. `None` if it has none.
    pub(crate) fn secrets(&self) -> Option<Vec<RawSecret>> {
        let secrets = self.secrets.iter().map(|secret| RawSecret::of_fixture(secret));
        (!self.secrets.is_empty()).then(|| secrets.collect())
    }

    /// Returns the platform of the fixture with its demands. `None` if the fixture does not name its platform.
    pub(crate) fn sender(&self) -> Option<Result<Sender, Failure>> {
        let named = Sender::platform(self.platform.as_ref()?);
        Some(named.map_err(|cause| Failure::usage(cause, "give `--platform NAME`, `--profile FILE` or `--scheme SCHEME`")))
    }

    fn note(&mut self, note: &[u8]) -> Result<(), String> {
        let note = std::str::from_utf8(note).map_err(|_| "it is not UTF-8")?;
        let (key, value) = note.trim_start().split_once(": ").ok_or("expected `# key: value`")?;
        let yes = || if value == "yes" { Ok(true) } else { Err(format!("`{key}` can be `yes`, or left out")) };
        let number = || value.parse::<u64>().map_err(|_| format!("`{key}` is not a number"));
        match key {
            "source" | "sample" | "retry-bad-signatures" => {}
            "platform" => self.platform = Some(value.to_owned()),
            "secret" => self.secrets.push(value.to_owned()),
            "now" => {
                let time = OffsetDateTime::parse(value, &Rfc3339);
                self.now = Some(time.map_err(|_| "`now` is not a time such as 2026-01-15T10:30:05Z")?);
            }
            "tolerance" => self.tolerance = Some(number()?),
            "token" => self.demands.tokens.push(value.to_owned()),
            "pin" => self.demands.variant = Some(value.to_owned()),
            "accept-stale" => self.demands.accepts_stale = yes()?,
            "body-limit" => self.demands.body_limit = usize::try_from(number()?).ok(),
            _ => return Err(format!("there is no key `{key}`")),
        }
        Ok(())
    }
}

/// Returns the platform that the folder of a fixture is named after.
fn folder(source: &Source) -> Option<String> {
    let Source::File(path) = source else { return None };
    let folder = path.canonicalize().ok()?.parent().and_then(Path::file_name)?.to_str()?.to_owned();
    ALL.iter().any(|platform| platform.name == folder).then_some(folder)
}
