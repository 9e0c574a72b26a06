//! `refhook secret`: random secrets for endpoints.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use zeroize::Zeroizing;

use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::is_json;
use crate::sender::Sender;
use crate::terminal::{self, printable};

/// Makes secrets for endpoints.
#[derive(Debug, clap::Args)]
pub(crate) struct SecretCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    New(New),
}

const EXAMPLES: &str = "\
Examples:
  refhook secret new redpin
  refhook secret new prefinery --out shop/prefinery.secret";

/// Writes a random secret in the format of a platform into a new file, which only this user can read. Ends with 1 if the file exists.
///
/// A platform that makes its own secrets does not know this one, which is then for tests.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
struct New {
    /// The platform, by its name in URLs.
    #[arg(value_name = "PLATFORM")]
    platform: String,

    /// The file to make; by default, the name of the platform with `.secret`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl SecretCommand {
    /// Runs the subcommand.
    pub(crate) fn run(self) -> Outcome {
        let Act::New(new) = self.act;
        new.run()
    }
}

impl New {
    fn run(self) -> Outcome {
        let help = "`refhook secret new --help` has an example";
        let sender = Sender::platform(&self.platform).map_err(|cause| Failure::usage(cause, help))?;
        let mut random = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *random).map_err(io::Error::other)?;
        let secret = Zeroizing::new(sender.scheme.secret_from(&random));
        let path = self.out.unwrap_or_else(|| format!("{}.secret", sender.name).into());
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let help = "give a file that does not exist, in a folder that can be written: `--out FILE`";
        let written = options.open(&path).and_then(|mut file| writeln!(file, "{}", *secret));
        written.map_err(|error| Failure::new(format!("cannot make `{}`: {error}", path.display()), help))?;
        let mut out = anstream::stdout();
        if is_json() {
            let object = json!({ "kind": "secret", "platform": sender.name, "file": path });
            writeln!(out, "{}", terminal::json_line(&object))?;
        } else {
            let shown = printable(&path.display().to_string());
            writeln!(out, "a secret of {} is in `{shown}`, which only you can read", sender.name)?;
        }
        note("keep it out of the repository, and give it to verbs by `--secret-file`");
        Ok(ExitCode::SUCCESS)
    }
}
