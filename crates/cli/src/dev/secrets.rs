//! The secrets of the endpoints: given, kept between runs, or made for one run.
//!
//! - Guarantees: a file with kept secrets is readable by its owner alone, and is replaced as a whole.
//! - Assumes: one program writes the file at a time.
//! - Without it: a platform has to be configured anew at each start, or another user of the machine reads the secrets.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::secret::{KEPT, without_line_end};
use crate::source::Source;

/// The longest secret, in bytes.
const MOST: usize = 64 * 1024;

/// A file with the secret of a platform: `PLATFORM=FILE`, or `FILE` for the one of `--platform`.
#[derive(Debug, Clone)]
pub(crate) struct SecretFile {
    platform: Option<String>,
    pub(super) source: Source,
}

impl FromStr for SecretFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
        let (platform, file) = match text.split_once('=') {
            Some((name, file)) if is_name(name) => (Some(name.to_owned()), file),
            _ => (None, text),
        };
        if file.is_empty() {
            return Err("the name of the file is missing".to_owned());
        }
        Ok(Self { platform, source: Source::from(std::ffi::OsString::from(file)) })
    }
}

/// The origin of an endpoint's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The secret is known to the caller, and is not printed.
    Given,
    Kept,
    /// The secret is lost at the end of the run.
    Made,
}

impl Origin {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Kept => "kept",
            Self::Made => "made",
        }
    }
}

/// The secrets by platform.
pub(super) struct Secrets {
    given: BTreeMap<String, Zeroizing<String>>,
    kept: BTreeMap<String, Zeroizing<String>>,
    file: Option<PathBuf>,
}

impl Secrets {
    /// Reads the files. `platform` has the secrets of files without a name.
    pub(super) fn read(files: &[SecretFile], kept: Option<PathBuf>, platform: Option<&str>) -> Result<Self, Failure> {
        let mut given = BTreeMap::new();
        for SecretFile { platform: named, source } in files {
            let Some(name) = named.as_deref().or(platform) else {
                let help = "write `--secret-file PLATFORM=FILE`, or name the platform with `--platform`";
                return Err(Failure::usage(format!("the platform of the secret in {source} is missing"), help));
            };
            let bytes = Zeroizing::new(source.read(MOST)?);
            let text = std::str::from_utf8(without_line_end(&bytes)).map_err(|_| {
                let help = "secrets are plain text; `refhook doctor` tries other encodings";
                Failure::new(format!("the secret in {source} is not UTF-8"), help)
            })?;
            if given.insert(name.to_owned(), Zeroizing::new(text.to_owned())).is_some() {
                let help = "an endpoint of `dev` has one secret";
                return Err(Failure::usage(format!("`{name}` has two secrets"), help));
            }
        }
        let found = kept.as_deref().map(read_kept).transpose()?.unwrap_or_default();
        Ok(Self { given, kept: found, file: kept })
    }

    /// Returns the secret of a platform, which is made by `make` if there is none yet.
    pub(super) fn of(
        &mut self,
        platform: &str,
        make: impl FnOnce() -> io::Result<String>,
    ) -> io::Result<(Zeroizing<String>, Origin)> {
        if let Some(given) = self.given.get(platform) {
            return Ok((given.clone(), Origin::Given));
        }
        if let Some(kept) = self.kept.get(platform) {
            return Ok((kept.clone(), Origin::Kept));
        }
        let made = Zeroizing::new(make()?);
        if self.file.is_none() {
            return Ok((made, Origin::Made));
        }
        self.kept.insert(platform.to_owned(), made.clone());
        Ok((made, Origin::Kept))
    }

    /// Fails if a secret was given for a platform without an endpoint.
    pub(super) fn are_used(&self, has: impl Fn(&str) -> bool) -> Result<(), Failure> {
        match self.given.keys().find(|name| !has(name)) {
            None => Ok(()),
            Some(name) => {
                let help = "`refhook dev --help` lists the platforms; a profile adds its own";
                Err(Failure::usage(format!("`{name}` has a secret and no endpoint"), help))
            }
        }
    }

    /// Writes the kept secrets.
    pub(super) fn keep(&self) -> Result<(), Failure> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut text = Zeroizing::new(KEPT.to_owned());
        for (name, secret) in &self.kept {
            text.push_str(&format!("{name}={}\n", secret.as_str()));
        }
        let help = "name a file in a folder that you can write";
        let written = write_private(file, text.as_bytes());
        written.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", file.display()), help))
    }
}

/// Reads kept secrets. A file that does not exist has none.
fn read_kept(file: &Path) -> Result<BTreeMap<String, Zeroizing<String>>, Failure> {
    let fail = |cause: String, help: &str| Failure::new(format!("cannot use `{}`: {cause}", file.display()), help);
    let text = match fs::read_to_string(file) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(fail(error.to_string(), "name a text file, or one that does not exist yet")),
    };
    if is_shared(file).unwrap_or_default() {
        let help = format!("run `chmod 600 {}`, and change the secrets if others could read them", file.display());
        return Err(fail("other users of this machine can read it".to_owned(), &help));
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let pair = |(number, line): (usize, &str)| match line.split_once('=') {
        Some((name, secret)) if !secret.is_empty() => Ok((name.to_owned(), Zeroizing::new(secret.to_owned()))),
        _ => Err(fail(format!("line {} is not PLATFORM=SECRET", number + 1), "correct or remove the line")),
    };
    lines.map(pair).collect()
}

#[cfg(unix)]
fn is_shared(file: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(file)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Writes a file that its owner alone can read, in one step.
pub(super) fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // An unfinished file of a killed run may have other rights.
    let _ = fs::remove_file(&unfinished);
    options.open(&unfinished)?.write_all(content)?;
    fs::rename(&unfinished, file)
}
