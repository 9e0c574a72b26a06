//! Secrets from files, standard input or the environment.
//!
//! A flag's value would be visible in `ps` and in the history of the shell.

use std::env;
use std::fmt;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::source::Source;

/// The maximum length of a secret, in bytes.
const MOST: usize = 64 * 1024;

/// The sources of the secrets.
#[derive(Debug, clap::Args)]
pub(crate) struct SecretArgs {
    /// A file with a secret, or `-` for standard input; several during a rotation, the current one first. One line end
    /// after the secret is ignored, because editors write it; everything else belongs to the secret. The file of `refhook
    /// dev --keep-secrets` stands for its secret of the platform.
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Vec<Source>,

    /// An environment variable with a secret, without any change; these secrets follow those from files.
    #[arg(long, value_name = "NAME")]
    secret_env: Vec<String>,
}

impl SecretArgs {
    /// Returns the secrets of these files and variables.
    pub(crate) const fn new(secret_file: Vec<Source>, secret_env: Vec<String>) -> Self {
        Self { secret_file, secret_env }
    }

    /// Whether no secret is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.secret_file.is_empty() && self.secret_env.is_empty()
    }

    /// Reads all secrets. Fails if there are none.
    pub(crate) fn read(&self) -> Result<Vec<RawSecret>, Failure> {
        let from_files = self.secret_file.iter().map(|source| {
            let bytes = Zeroizing::new(source.read(MOST)?);
            Ok(RawSecret { bytes, origin: source.to_string(), may_end_in_line_end: true })
        });
        let from_environment = self.secret_env.iter().map(|name| {
            let value = env::var_os(name).ok_or_else(|| {
                let help = "export it, or give the secret with `--secret-file`";
                Failure::usage(format!("environment variable `{name}` is not set"), help)
            })?;
            let bytes = Zeroizing::new(value.into_encoded_bytes());
            Ok(RawSecret { bytes, origin: format!("environment variable `{name}`"), may_end_in_line_end: false })
        });
        let secrets: Vec<RawSecret> = from_files.chain(from_environment).collect::<Result<_, Failure>>()?;
        if secrets.is_empty() {
            let help = "give it with `--secret-file FILE` (`-` is standard input) or `--secret-env NAME`";
            return Err(Failure::usage("the secret is missing", help));
        }
        Ok(secrets)
    }
}

/// The first line of a file with the secrets of several platforms, one a line: `PLATFORM=SECRET`.
pub(crate) const KEPT: &str = "# Secrets of `refhook dev --keep-secrets`, one a line: PLATFORM=SECRET\n";

/// Returns the secrets of a platform. A file of `refhook dev --keep-secrets` stands for its secret of this platform.
pub(crate) fn of_platform(secrets: Vec<RawSecret>, name: &str) -> Result<Vec<RawSecret>, Failure> {
    secrets.into_iter().map(|secret| secret.of_platform(name)).collect()
}

/// A secret as it was read. It is wiped on drop.
#[derive(Clone)]
pub(crate) struct RawSecret {
    bytes: Zeroizing<Vec<u8>>,
    origin: String,
    may_end_in_line_end: bool,
}

impl RawSecret {
    /// Returns the content of a file, whose line end does not belong to the secret.
    #[cfg(test)]
    pub(crate) fn of_file(content: &[u8]) -> Self {
        let bytes = Zeroizing::new(content.to_vec());
        Self { bytes, origin: "the secret's file".to_owned(), may_end_in_line_end: true }
    }

    /// Returns the secret in the lines of a fixture.
    pub(crate) fn of_fixture(text: &str) -> Self {
        Self::exact(text, "the fixture's line `# secret:`".to_owned())
    }

    /// Returns a secret without a line end.
    pub(crate) fn exact(text: &str, origin: String) -> Self {
        Self { bytes: Zeroizing::new(text.as_bytes().to_vec()), origin, may_end_in_line_end: false }
    }

    /// Returns the secret of this platform, if the file has those of `refhook dev --keep-secrets`; else the secret itself.
    fn of_platform(self, name: &str) -> Result<Self, Failure> {
        let Some(lines) = self.bytes.strip_prefix(KEPT.as_bytes()) else { return Ok(self) };
        let mut lines = lines.split(|byte| *byte == b'\n');
        let begin = [name.as_bytes(), b"="].concat();
        let Some(secret) = lines.find_map(|line| line.strip_prefix(&begin[..])) else {
            let help = "`refhook dev --keep-secrets` keeps the secrets of the platforms that it receives";
            return Err(Failure::new(format!("{} has no secret of `{name}`", self.origin), help));
        };
        let bytes = Zeroizing::new(secret.to_vec());
        Ok(Self { bytes, origin: self.origin, may_end_in_line_end: false })
    }

    /// Returns every byte that was read.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the source of the secret.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether a line end after the secret is ignored.
    pub(crate) fn ends_in_line_end(&self) -> bool {
        self.may_end_in_line_end && self.bytes.ends_with(b"\n")
    }

    /// Returns the secret. One line end is removed if it comes from a file.
    pub(crate) fn text(&self) -> Result<&str, Failure> {
        let bytes = if self.may_end_in_line_end { without_line_end(&self.bytes) } else { &self.bytes[..] };
        std::str::from_utf8(bytes).map_err(|_| {
            let help = "secrets are plain text; save the file as UTF-8 (`refhook doctor` tries other encodings)";
            Failure::new(format!("the secret in {} is not UTF-8", self.origin), help)
        })
    }
}

impl fmt::Debug for RawSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSecret").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// Removes one `LF` or `CR LF` from the end of a text.
pub(crate) fn without_line_end(text: &[u8]) -> &[u8] {
    let text_or_carriage_return = text.strip_suffix(b"\n");
    text_or_carriage_return.map_or(text, |text| text.strip_suffix(b"\r").unwrap_or(text))
}
