//! `refhook inbox page`: the deliveries page of an inbox, on this machine.

use std::process::ExitCode;
use std::sync::Arc;

use referral_webhooks::Endpoint;
use referral_webhooks::platform::{Platform, Visit, visit_all};
use referral_webhooks::profile::Profile;
use referral_webhooks_inbox::store::{Filter, Store as _};
use referral_webhooks_inbox::{AnyIntake, Inbox};
use referral_webhooks_inspector::{Inspector, Loopback};
use serde_json::json;

use super::act::print;
use super::any_store::AnyStore;
use super::database::{DbArgs, Opened, failed};
use super::redecode::{LOOKED_AT, keyed};
use super::who::WhoArgs;
use crate::doctor::Explainer;
use crate::failure::{Failure, Outcome};
use crate::note::note;
use crate::output::Output;
use crate::profile_file;
use crate::secret::{RawSecret, SecretArgs, of_platform};
use crate::sender::Sender;
use crate::source::{Source, only_one_stdin};
use crate::terminal;

/// Serves the deliveries page of an inbox on this machine, until it is interrupted, and prints its link.
///
/// The link has a token, with which a browser reads deliveries and acts on them.
/// With the secrets of an endpoint, the page also explains its refused requests and redecodes its entries.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Page {
    /// The port on 127.0.0.1; 0 chooses a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// Shows deliveries, and permits no action.
    #[arg(long)]
    read_only: bool,

    /// The endpoint of the secrets. It can be left out if the inbox has one endpoint.
    #[arg(id = "by_hand_endpoint", long = "endpoint", value_name = "NAME")]
    endpoint: Option<String>,

    #[command(flatten)]
    secrets: SecretArgs,

    /// The profile of a platform that a profile describes. Several are possible.
    #[arg(long, value_name = "FILE")]
    profile: Vec<Source>,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    db: DbArgs,

    /// The format of the output.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

const EXAMPLES: &str = "Examples:
  refhook inbox page --db shop.db
  refhook inbox page --db shop.db --read-only --port 4040
  refhook inbox page --db shop.db --endpoint redpin --secret-file redpin.secret";

/// An endpoint whose secrets are known.
struct Known {
    name: String,
    platform: String,
    sender: Sender,
    secrets: Vec<RawSecret>,
}

impl Page {
    pub(crate) async fn run(self) -> Outcome {
        only_one_stdin(self.secrets.secret_file.iter().chain(&self.profile).chain(self.db.keyring_file()))?;
        let profiles: Vec<Profile> = self.profile.iter().map(profile_file::read).collect::<Result<_, _>>()?;
        let secrets = if self.secrets.is_empty() { Vec::new() } else { self.secrets.read()? };
        let opened = self.db.open().await?;
        if opened.is_closed {
            note("the bodies of this inbox are sealed; `--keyring-file` opens them");
        }
        let server = Loopback::bind(self.port).await.map_err(|error| {
            let cause = format!("port {} of 127.0.0.1 cannot be used: {error}", self.port);
            Failure::new(cause, "choose another `--port`, or leave it out for a free one")
        })?;
        let mut inspector = Inspector::new(opened.inbox.clone());
        inspector = profiles.iter().copied().fold(inspector, Inspector::platform);
        if self.read_only {
            inspector = inspector.read_only();
        }
        if let Some(known) = self.known(&opened, &profiles, secrets).await? {
            inspector = self.with_secrets(inspector, &opened, &profiles, known).await?;
        }
        match self.output {
            Output::Text => print(&format!("open {}", server.url()))?,
            Output::Json => print(&terminal::json_line(&json!({ "kind": "page", "url": server.url() })))?,
        }
        let until = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        let help = "report it: this page needs no setting";
        let who = self.who.who();
        server.serve(inspector, who.name(), until).await.map_err(|error| Failure::new(error.to_string(), help))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the endpoint of the secrets; `None` without secrets.
    async fn known(
        &self,
        opened: &Opened,
        profiles: &[Profile],
        secrets: Vec<RawSecret>,
    ) -> Result<Option<Known>, Failure> {
        if secrets.is_empty() {
            let help = "give its secret with `--secret-file`, or leave `--endpoint` out: the page shows all endpoints";
            return match &self.endpoint {
                Some(name) => Err(Failure::usage(format!("the secret of `{name}` is missing"), help)),
                None => Ok(None),
            };
        }
        let endpoints = opened.store().endpoints().await.map_err(failed)?;
        let help = "name the endpoint of the secrets with `--endpoint`; `refhook inbox stats` shows all";
        let found = match &self.endpoint {
            Some(name) => endpoints
                .iter()
                .find(|endpoint| endpoint.endpoint == *name)
                .ok_or_else(|| Failure::usage(format!("the inbox has no endpoint `{name}`"), help))?,
            None => endpoints
                .first()
                .filter(|_| endpoints.len() == 1)
                .ok_or_else(|| Failure::usage("it is not clear whose secrets are given", help))?,
        };
        let profile = profiles.iter().find(|profile| profile.facts().name == found.platform);
        let sender = match profile {
            Some(profile) => Sender::of_profile(*profile),
            None => Sender::platform(&found.platform)
                .map_err(|cause| Failure::usage(cause, "give the platform's profile with `--profile FILE`"))?,
        };
        let secrets = of_platform(secrets, &found.platform)?;
        sender.check(&secrets)?;
        Ok(Some(Known { name: found.endpoint.clone(), platform: found.platform.clone(), sender, secrets }))
    }

    /// Adds what needs secrets: the explanation of refused requests, and redecoding.
    async fn with_secrets(
        &self,
        inspector: Inspector<AnyStore>,
        opened: &Opened,
        profiles: &[Profile],
        known: Known,
    ) -> Result<Inspector<AnyStore>, Failure> {
        let Known { name, platform, sender, secrets } = known;
        let newest = opened.store().list(Filter::new().endpoint(&name).most(LOOKED_AT)).await.map_err(failed)?;
        let texts: Vec<String> =
            secrets.iter().map(|secret| secret.text().map(str::to_owned)).collect::<Result<_, _>>()?;
        let mut found = Found { inbox: &opened.inbox, platform: &platform, name: &name, secrets: &texts, intake: None };
        match profiles.iter().find(|profile| profile.facts().name == platform) {
            Some(profile) => found.add(*profile),
            None => visit_all(&mut found),
        }
        let inspector = match (found.intake, keyed(opened, &newest).await?) {
            (Some(intake), None) => inspector.redecodes_any(intake),
            (Some(_), Some(what)) => {
                note(format!(
                    "entries of `{name}` have {what}, which this program does not know: the page does not redecode"
                ));
                inspector
            }
            (None, _) => inspector,
        };
        let explainer = Explainer::new(sender, secrets);
        Ok(inspector.explain(move |refused| match refused.endpoint == name {
            true => explainer.lines(refused),
            false => Vec::new(),
        }))
    }
}

/// The intake of an endpoint, once its platform is found.
struct Found<'f> {
    inbox: &'f Inbox<AnyStore>,
    platform: &'f str,
    name: &'f str,
    secrets: &'f [String],
    intake: Option<Arc<dyn AnyIntake>>,
}

impl Visit for Found<'_> {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        if platform.facts().name == self.platform {
            self.add(platform);
        }
    }
}

impl Found<'_> {
    fn add<P: Platform>(&mut self, platform: P) {
        let Some((current, previous)) = self.secrets.split_first() else { return };
        let endpoint = Endpoint::of(platform, current);
        let endpoint = endpoint.and_then(|endpoint| previous.iter().try_fold(endpoint, Endpoint::or_previous));
        let intake = endpoint.ok().and_then(|endpoint| self.inbox.intake(self.name, endpoint).ok());
        self.intake = intake.map(|intake| Arc::new(intake) as Arc<dyn AnyIntake>);
    }
}
