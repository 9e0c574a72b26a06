//! `refhook dev`: a local receiver for every platform.

mod listen;
mod missed;
mod mount;
mod receiver;
mod report;
mod sample;
mod screen;
mod send;

use std::io;
use std::process::ExitCode;

use referral_webhooks_axum::profile::Profile;
use tokio::sync::mpsc;

use self::listen::listen;
use self::missed::Fallback;
use self::mount::Site;
use self::screen::Screen;
use crate::failure::Outcome;
use crate::output::Output;
use crate::profile_file;
use crate::source::{Source, only_one_stdin};

const EXAMPLES: &str = "\
Examples:
  refhook dev
  refhook dev --sample
  refhook dev --port 8080 --profile acme.toml
  refhook dev --sample --once --output json";

/// Receives deliveries of every platform on this machine, with secrets made for this run, and prints the verdict on
/// each. Requests that reach no endpoint are printed with the nearest one.
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

    /// Also receives deliveries of a platform that is described by a profile, a TOML file; several are possible.
    #[arg(long, value_name = "FILE")]
    profile: Vec<Source>,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,

    /// The port on loopback; 0 chooses a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

impl Dev {
    /// Reads the profiles, and receives until the end of the program or of the sample.
    pub(crate) fn run(self) -> Outcome {
        only_one_stdin(&self.profile)?;
        let profiles: Vec<Profile> = self.profile.iter().map(profile_file::read).collect::<Result<_, _>>()?;
        profiles.iter().copied().for_each(profile_file::print_notices);
        let served =
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(self.serve(&profiles));
        Ok(served?)
    }

    async fn serve(self, profiles: &[Profile]) -> io::Result<ExitCode> {
        let listener = listen(self.port).await?;
        let (reports, mut received) = mpsc::channel(64);
        let (misses, mut missed) = mpsc::channel(64);
        let Site { router, routes, mounts, samples } = Site::new(listener.local_addr()?, reports, profiles)?;
        let fallback = Fallback { routes, reports: misses };
        let fallback = move |request| fallback.clone().answer(request);
        let router = router.fallback(fallback.clone()).method_not_allowed_fallback(fallback);
        tokio::spawn(listen::serve(listener, router));

        let mut screen = Screen::new(self.output);
        screen.mounts(&mounts)?;
        if self.sample {
            let as_expected = send::send(samples, &mut received, &mut screen).await?;
            screen.verdict(as_expected)?;
            if self.once {
                return Ok(if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
        }
        screen.invitation(&mounts)?;
        loop {
            tokio::select! {
                Some(report) = received.recv() => screen.report(&report, None)?,
                Some(missed) = missed.recv() => screen.missed(&missed)?,
                else => return Ok(ExitCode::SUCCESS),
            }
        }
    }
}
