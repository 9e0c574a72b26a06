//! `refhook inbox redecode`: decoding stored bodies with this version.

use std::process::ExitCode;

use futures_util::future::LocalBoxFuture;
use referral_webhooks::Endpoint;
use referral_webhooks::platform::{Platform, Visit, visit_all};
use referral_webhooks::profile::Profile;
use referral_webhooks_inbox::store::{Entry, Filter, State, Store as _};
use referral_webhooks_inbox::{Inbox, Redecoded};
use serde_json::json;

use super::act::{ActArgs, Chosen, print};
use super::any_store::AnyStore;
use super::database::{Opened, failed};
use super::who::Who;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::profile_file;
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::source::{Source, only_one_stdin};
use crate::terminal;

/// The number of newest entries that are searched for subjects and business keys.
pub(super) const LOOKED_AT: u32 = 50;

/// Decodes with this version the entries of an endpoint that the receiving version could not read, and those that are held.
/// Parked entries and dead letters that can be read now are processed.
///
/// The bodies are verified again, so the secrets of the endpoint are needed.
/// This program does not know the subjects and business keys that the application names. If the endpoint has them,
/// redecode in the application with `Intake::redecode` or on its page.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Redecode {
    #[command(flatten)]
    secrets: SecretArgs,

    /// The profile of the platform, if a profile describes it.
    #[arg(long, value_name = "FILE")]
    profile: Option<Source>,

    /// Also decodes entries that another profile has read.
    #[arg(id = "by_hand_changed_profile", long = "changed-profile", requires = "profile")]
    changed_profile: bool,

    /// Redecodes although the endpoint has subjects or business keys. Entries are then processed without them: two
    /// events of one fact may both be paid.
    #[arg(long)]
    without_keys: bool,

    #[command(flatten)]
    act: ActArgs,
}

const EXAMPLES: &str = "Examples:
  refhook inbox redecode --db shop.db --endpoint redpin --secret-file redpin.secret --dry-run
  refhook inbox redecode --db shop.db --endpoint redpin --secret-file redpin.secret
  refhook inbox redecode --db shop.db --endpoint acme --profile acme.toml --changed-profile --secret-env ACME_SECRET";

impl Redecode {
    pub(crate) async fn run(self) -> Outcome {
        let sources = self.secrets.secret_file.iter().chain(&self.profile).chain(self.act.db.keyring_file());
        only_one_stdin(sources)?;
        let help = "name it with `--endpoint`; `refhook inbox stats` shows all";
        let Some(endpoint) = &self.act.filters.endpoint else {
            return Err(Failure::usage("the endpoint is missing", help));
        };
        if !self.act.ids.is_empty() || self.act.most().is_some() {
            return Err(Failure::usage(
                "numbers and `--most` choose no entries here",
                "use filters: `--event`, `--since`",
            ));
        }
        let profile = self.profile.as_ref().map(profile_file::read).transpose()?;
        let secrets = self.secrets.read()?;
        let opened = self.act.db.open().await?;
        opened.need_bodies()?;
        let newest = opened.store().list(Filter::new().endpoint(endpoint).most(LOOKED_AT)).await.map_err(failed)?;
        let Some(platform) = newest.first().map(|entry| entry.platform.clone()) else {
            return Err(Failure::new(format!("the endpoint `{endpoint}` has no entries"), help));
        };
        let secrets = of_platform(secrets, &platform)?;
        let texts: Vec<&str> = secrets.iter().map(RawSecret::text).collect::<Result<_, _>>()?;
        if !self.without_keys
            && let Some(what) = keyed(&opened, &newest).await?
        {
            let help = "redecode in the application, which names them; `--without-keys` redecodes here nevertheless";
            return Err(Failure::usage(
                format!("entries of `{endpoint}` have {what}, which this program does not know"),
                help,
            ));
        }
        let filter = self.act.filters.filter();
        let count = self.count(&opened, &filter).await?;
        if !self.act.may("redecode", "Those that can be read now are processed.", count, false)? {
            return Ok(if self.act.is_dry_run() || count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        let mut redecoding = Redecoding {
            inbox: &opened.inbox,
            platform: &platform,
            endpoint,
            secrets: &texts,
            filter,
            who: self.act.who.who(),
            changes_profile: self.changed_profile,
            future: None,
        };
        match profile.filter(|profile| profile.facts().name == platform) {
            Some(profile) => redecoding.of_profile(profile),
            None => visit_all(&mut redecoding),
        }
        let help = "the entries of another platform need `--profile FILE`";
        let future =
            redecoding.future.ok_or_else(|| Failure::new(format!("there is no platform `{platform}`"), help))?;
        let redecoded = future.await?;
        self.print(&redecoded)?;
        let is_complete = redecoded.unverified == 0 && redecoded.other_profile == 0;
        Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Counts the entries that are decoded again.
    async fn count(&self, opened: &Opened, filter: &Filter) -> Result<u64, Failure> {
        let unreadable =
            Chosen::filter(filter.clone().unreadable().with_body(), opened.store()).await.map_err(failed)?;
        let mut held = 0;
        if !filter.is_unreadable && (filter.states.is_empty() || filter.states.contains(&State::Parked)) {
            let mut next = Some(filter.clone().state(State::Parked).with_body());
            while let Some(page) = next {
                let entries = opened.store().list(page.clone()).await.map_err(failed)?;
                held += entries.iter().filter(|entry| entry.unreadable.is_none()).count() as u64;
                next = page.next_page(&entries);
            }
        }
        Ok(unreadable.count() + held)
    }

    fn print(&self, redecoded: &Redecoded) -> std::io::Result<()> {
        if self.act.output == Output::Json {
            return print(&terminal::json_line(&json!({ "kind": "redecoded", "result": redecoded })));
        }
        let Redecoded { readable, processed, unreadable, repeats, other_profile, unverified, .. } = redecoded;
        print(&format!(
            "{readable} readable, {processed} of them going to be processed; {unreadable} still unreadable"
        ))?;
        for (count, what) in [
            (repeats, "repeat the business key of another entry, and are cancelled"),
            (other_profile, "were read with another profile; `--changed-profile` decodes them"),
            (unverified, "do not verify with these secrets"),
        ] {
            if *count > 0 {
                print(&format!("{count} {what}"))?;
            }
        }
        for missing in &redecoded.missing_secrets {
            note(format!("{} entries need the secret with the fingerprint {}", missing.entries, missing.secret));
        }
        Ok(())
    }
}

/// Returns the names that the application gives its entries: subjects or business keys.
pub(super) async fn keyed(opened: &Opened, newest: &[Entry]) -> Result<Option<&'static str>, Failure> {
    for entry in newest {
        let Some(copy) = opened.store().copy(entry.id).await.map_err(failed)? else { continue };
        match (copy.business_key, copy.subject) {
            (Some(_), _) => return Ok(Some("business keys")),
            (None, Some(_)) => return Ok(Some("subjects")),
            (None, None) => {}
        }
    }
    Ok(None)
}

/// The redecoding of an endpoint, before its platform is found.
struct Redecoding<'r> {
    inbox: &'r Inbox<AnyStore>,
    platform: &'r str,
    endpoint: &'r str,
    secrets: &'r [&'r str],
    filter: Filter,
    who: Who,
    changes_profile: bool,
    future: Option<LocalBoxFuture<'r, Result<Redecoded, Failure>>>,
}

impl Visit for Redecoding<'_> {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        if platform.facts().name == self.platform {
            self.of(platform);
        }
    }
}

impl Redecoding<'_> {
    fn of_profile(&mut self, profile: Profile) {
        self.of(profile);
    }

    fn of<P: Platform>(&mut self, platform: P) {
        let (inbox, endpoint, secrets) = (self.inbox, self.endpoint, self.secrets);
        let (filter, who, changes_profile) = (self.filter.clone(), self.who.clone(), self.changes_profile);
        self.future = Some(Box::pin(async move {
            let help = "give the secrets of the endpoint as the application has them";
            let invalid =
                |error: &dyn std::fmt::Display| Failure::usage(format!("the secret is invalid: {error}"), help);
            let (current, previous) =
                secrets.split_first().ok_or_else(|| Failure::usage("the secret is missing", help))?;
            let opening = Endpoint::of(platform, current).map_err(|error| invalid(&error))?;
            let opening = previous.iter().try_fold(opening, Endpoint::or_previous).map_err(|error| invalid(&error))?;
            let intake = inbox.intake(endpoint, opening).map_err(|error| Failure::new(error.to_string(), help))?;
            match changes_profile {
                true => intake.redecode_with_changed_profile(filter, who.by_hand()).await.map_err(failed),
                false => intake.redecode_where(filter, who.by_hand()).await.map_err(failed),
            }
        }));
    }
}
