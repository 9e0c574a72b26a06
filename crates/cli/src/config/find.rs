//! The place of `refhook.toml`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::words::option;
use crate::failure::Failure;

/// The name of the file.
const NAME: &str = "refhook.toml";

/// Returns the file to read: the one of `--config` or `REFHOOK_CONFIG`, or the nearest of the working directory and, within a
/// repository, its parents. `None` if there is none, or with `--no-config`.
pub(super) fn find(words: &[OsString]) -> Result<Option<PathBuf>, Failure> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let before_end = words.iter().take_while(|word| *word != "--");
    let is_refused = before_end.into_iter().any(|word| word == "--no-config") || variable("REFHOOK_NO_CONFIG").is_some();
    if is_refused {
        return Ok(None);
    }
    if let Some(given) = option(words, "--config").or_else(|| variable("REFHOOK_CONFIG")) {
        return Ok(Some(given.into()));
    }
    let Ok(here) = env::current_dir() else { return Ok(None) };
    let Some(found) = nearest(&here) else { return Ok(None) };
    if !is_own(&found) {
        let cause = format!("`{}` belongs to another user", found.display());
        return Err(Failure::usage(cause, "name it with `--config FILE` if you trust it, or leave it out with `--no-config`"));
    }
    Ok(Some(found))
}

/// Returns the nearest file. Parents are searched only within a repository, because a folder such as `/tmp` may hold the file of
/// another person.
fn nearest(here: &Path) -> Option<PathBuf> {
    let root = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(here);
    let folders = here.ancestors().take_while(|folder| folder.starts_with(root));
    folders.map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

/// Whether a file belongs to this user or to root.
#[cfg(unix)]
fn is_own(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid()).ok();
    // The process's own folder in `/proc` belongs to its user. Without `/proc`, the file of the home directory's owner is own.
    let user = owner(Path::new("/proc/self")).or_else(|| env::home_dir().and_then(|home| owner(&home)));
    owner(file).is_some_and(|file| file == 0 || user.is_none_or(|user| user == file))
}

#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}
