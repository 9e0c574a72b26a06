//! The arguments of `refhook dev`.

use std::path::PathBuf;

use super::forward::Target;
use super::secrets::SecretFile;
use crate::output::Output;
use crate::source::Source;
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
    pub(super) sample: bool,

    /// Ends after the sample: with 0 if every verdict was as expected, with 1 otherwise.
    #[arg(long, requires = "sample")]
    pub(super) once: bool,

    /// Receives deliveries of this platform alone, by its name in URLs.
    #[arg(long, value_name = "NAME")]
    pub(super) platform: Option<String>,

    /// Also receives deliveries of a platform that is described by a profile, a TOML file; several are possible.
    #[arg(long, value_name = "FILE")]
    pub(super) profile: Vec<Source>,

    /// A file with the secret of a platform, `-` is standard input; several are possible. The name of the platform can be
    /// left out if `--platform` gives it. The other secrets are made for this run.
    #[arg(id = "by_hand_secret_file", long = "secret-file", value_name = "[PLATFORM=]FILE")]
    pub(super) secret_file: Vec<SecretFile>,

    /// A file in which the made secrets are kept for the next run; only its owner can read it.
    #[arg(long, value_name = "FILE")]
    pub(super) keep_secrets: Option<PathBuf>,

    /// Passes accepted deliveries on to this URL, with their bytes and headers, each platform in order. `{platform}` is
    /// replaced with the name of the platform. While the URL is down, deliveries wait in the inbox. Without a URL, they are
    /// complete as soon as they are stored.
    #[arg(long, value_name = "URL")]
    pub(super) forward: Option<Target>,

    #[command(flatten)]
    pub(super) tls: TlsArgs,

    /// The SQLite file of the inbox, which is created if it is missing; by default a temporary one, which is removed at the
    /// end.
    #[arg(long, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Output,

    /// The port on loopback; 0 chooses a free one.
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,

    /// The port of the page on loopback; 0 chooses a free one.
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(super) page_port: u16,
}
