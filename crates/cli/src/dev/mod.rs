//! `refhook dev`: a local receiver for every platform.

mod forward;
mod forwarding;
mod listen;
mod missed;
mod mount;
mod place;
mod receiver;
mod report;
mod run;
mod sample;
mod screen;
mod secrets;
mod send;
mod spool;

use std::path::PathBuf;

use referral_webhooks_axum::profile::Profile;

use self::forward::Target;
use self::run::Run;
use self::secrets::{SecretFile, Secrets};
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::profile_file;
use crate::source::{Source, only_one_stdin};
use crate::tls::TlsArgs;

const EXAMPLES: &str = "\
Examples:
  refhook dev
  refhook dev --sample
  refhook dev --port 8080 --keep-secrets dev.secrets
  refhook dev --port 8080 --platform redpin --secret-file redpin.secret \\
      --forward http://localhost:3000/hooks/redpin
  refhook dev --forward 'http://localhost:3000/hooks/{platform}' \\
      --db dev.db --keep-secrets dev.secrets
  refhook dev --port 8080 --profile acme.toml
  refhook dev --sample --once --output json";

/// Receives deliveries of every platform on this machine, stores them in an inbox, and prints the verdict on each.
///
/// Requests that reach no endpoint are printed with the nearest one. The deliveries page of the inbox has its own port; its
/// link is printed. A tunnel to the port brings the deliveries of a real platform: any `Host` is served.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Dev {
    /// Sends itself a signed, a repeated and a forged delivery of every platform first, and a stale one of each
    /// platform that signs a time.
    #[arg(long)]
    sample: bool,

    /// Ends after the sample: with 0 if every verdict was as expected, with 1 otherwise.
    #[arg(long, requires = "sample")]
    once: bool,

    /// Receives deliveries of this platform alone, by its name in URLs.
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,

    /// Also receives deliveries of a platform that is described by a profile, a TOML file; several are possible.
    #[arg(long, value_name = "FILE")]
    profile: Vec<Source>,

    /// A file with the secret of a platform, `-` is standard input; several are possible. The name of the platform can be
    /// left out if `--platform` gives it. The other secrets are made for this run.
    #[arg(id = "by_hand_secret_file", long = "secret-file", value_name = "[PLATFORM=]FILE")]
    secret_file: Vec<SecretFile>,

    /// A file in which the made secrets are kept for the next run; only its owner can read it.
    #[arg(long, value_name = "FILE")]
    keep_secrets: Option<PathBuf>,

    /// Passes accepted deliveries on to this URL, with their bytes and headers, each platform in order. `{platform}` is
    /// replaced with the name of the platform. While the URL is down, deliveries wait in the inbox.
    #[arg(long, value_name = "URL")]
    forward: Option<Target>,

    #[command(flatten)]
    tls: TlsArgs,

    /// The SQLite file of the inbox, which is created if it is missing; by default a temporary one, which is removed at the
    /// end.
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,

    /// The port on loopback; 0 chooses a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// The port of the page on loopback; 0 chooses a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    page_port: u16,
}

impl Dev {
    /// Reads the profiles and secrets, and receives until the end of the program or of the sample.
    pub(crate) fn run(self) -> Outcome {
        only_one_stdin(self.profile.iter().chain(self.secret_file.iter().map(|file| &file.source)))?;
        let profiles: Vec<Profile> = self.profile.iter().map(profile_file::read).collect::<Result<_, _>>()?;
        profiles.iter().copied().for_each(profile_file::print_notices);
        self.check_platform(&profiles)?;
        let secrets = Secrets::read(&self.secret_file, self.keep_secrets.clone(), self.platform.as_deref())?;
        let are_all_given = self.platform.is_some() && !self.secret_file.is_empty();
        if self.db.is_some() && self.keep_secrets.is_none() && self.forward.is_some() && !are_all_given {
            note(
                "made secrets end with this run: without `--keep-secrets`, the next one cannot forward what waits under them",
            );
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ended = runtime.block_on(Run { dev: &self, secrets }.until_stopped(&profiles));
        // A connection or a file that hangs must not keep the program.
        runtime.shutdown_background();
        ended
    }

    fn check_platform(&self, profiles: &[Profile]) -> Result<(), Failure> {
        use referral_webhooks_axum::platform::{ALL, Platform as _};
        let Some(name) = &self.platform else { return Ok(()) };
        let built_in = ALL.iter().any(|platform| platform.name == name);
        if built_in || profiles.iter().any(|profile| profile.facts().name == name) {
            return Ok(());
        }
        let names: Vec<&str> = ALL.iter().map(|platform| platform.name).collect();
        Err(Failure::usage(format!("unknown platform `{name}`"), format!("use one of {}", names.join(", "))))
    }
}
