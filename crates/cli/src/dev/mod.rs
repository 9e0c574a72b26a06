//! `refhook dev`: a local receiver for every platform.

mod arguments;
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

use referral_webhooks_axum::profile::Profile;

pub(crate) use self::arguments::Dev;
use self::run::Run;
use self::secrets::Secrets;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::profile_file;
use crate::source::only_one_stdin;

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
