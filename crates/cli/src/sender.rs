//! The presumed sender of a request: a platform, or a scheme alone.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use clap::ValueEnum;
use http::Request;
use referral_webhooks::platform::{ALL, Event as _, Platform, Visit, visit_all};
use referral_webhooks::profile::Profile;
use referral_webhooks::summary::{Summary, Unit};
use referral_webhooks::value::Personal;
use referral_webhooks::{
    ConfigError, Contract, Delivery, DeliveryId, Endpoint, Scheme, StoredDelivery, Tolerance, Variant, Verified,
    Verifier,
};
use time::OffsetDateTime;

use crate::failure::Failure;
use crate::message::Incoming;
use crate::note::note;
use crate::profile_file;
use crate::scheme::{SchemeName, Settings};
use crate::secret::RawSecret;
use crate::source::Source;
use crate::verdict::{Receipt, Verdict};

/// The arguments that name the sender.
#[derive(Debug, clap::Args)]
pub(crate) struct SenderArgs {
    #[arg(long, value_name = "NAME", conflicts_with = "scheme", help = platform_help())]
    platform: Option<String>,

    /// A platform that is described by a profile, a TOML file; `refhook profile check` explains it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["platform", "scheme"])]
    profile: Option<Source>,

    /// The scheme alone, for senders outside the list of platforms.
    #[arg(long, value_enum, value_name = "SCHEME")]
    scheme: Option<SchemeName>,

    #[command(flatten)]
    settings: Settings,
}

fn platform_help() -> String {
    format!("The platform, by its name in URLs: {}", platform_names())
}

fn platform_names() -> String {
    ALL.iter().map(|platform| platform.name).collect::<Vec<_>>().join(", ")
}

impl SenderArgs {
    /// Whether an option names the sender.
    pub(crate) const fn is_given(&self) -> bool {
        self.platform.is_some() || self.profile.is_some() || self.scheme.is_some()
    }

    /// Returns the file that describes the sender, if there is one.
    pub(crate) const fn profile(&self) -> Option<&Source> {
        self.profile.as_ref()
    }

    /// Returns the named sender. Prints the open points of a profile.
    pub(crate) fn sender(&self) -> Result<Sender, Failure> {
        if self.scheme.is_none() && !self.settings.is_empty() {
            let help = "leave them out, or give `--scheme SCHEME` instead of the platform";
            return Err(Failure::usage("settings such as `--header` belong to `--scheme`", help));
        }
        if let Some(file) = &self.profile {
            let profile = profile_file::read(file)?;
            profile_file::print_notices(profile);
            return Ok(Sender::of_profile(profile));
        }
        let help = "give `--platform NAME`, `--profile FILE`, or `--scheme SCHEME` with `--header NAME` or `--member NAME` \
                    if the scheme needs one";
        match (&self.platform, self.scheme) {
            (Some(name), _) => Sender::platform(name),
            (None, Some(name)) => Sender::scheme(name, &self.settings),
            (None, None) => Err("the sender is missing".to_owned()),
        }
        .map_err(|cause| Failure::usage(cause, help))
    }
}

/// The contract of a sender that is known by its scheme alone.
static UNPUBLISHED: Contract = Contract::builder().build();

/// A platform, or a scheme alone.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) name: String,
    pub(crate) scheme: Scheme,
    pub(crate) tolerance: Tolerance,
    /// The cause of a refusal that is particular to the platform.
    pub(crate) hint: Option<&'static str>,
    /// The contract of a scheme alone has no published fact.
    pub(crate) contract: &'static Contract,
    pub(crate) profile: Option<Profile>,
    pub(crate) demands: Demands,
    reader: Option<Arc<dyn Reader>>,
}

/// The demands of an endpoint beyond those of its platform, as the lines of a fixture name them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demands {
    /// The tokens in the URL, in addition to the platform's proof.
    pub(crate) tokens: Vec<String>,
    /// The only variant of the proof that is accepted.
    pub(crate) variant: Option<String>,
    /// Whether genuine deliveries of any age are accepted.
    pub(crate) accepts_stale: bool,
    /// The maximum length of a body. The length of a message is already bounded, and a merchant may have set another limit.
    pub(crate) body_limit: Option<usize>,
}

impl Demands {
    /// Returns the demanded variant among those of a scheme. A scheme without it has none to pin.
    fn pinned(&self, scheme: &Scheme) -> Option<Variant> {
        scheme.variants().iter().find(|variant| Some(variant.as_str()) == self.variant.as_deref()).copied()
    }
}

/// A platform, whatever its events.
trait Reader: Send + Sync {
    fn judge(&self, question: &Question<'_>, demands: &Demands) -> Result<Verdict, ConfigError>;
    fn event_name(&self, payload: &Bytes) -> Option<String>;
    fn signed_at(&self, payload: &Bytes) -> Option<OffsetDateTime>;
    fn summary(&self, payload: &Bytes) -> Vec<Fact>;
    fn reopen(&self, secrets: &[&str], stored: StoredDelivery) -> Result<Verdict, ConfigError>;
    fn ids(
        &self,
        secrets: &[&str],
        request: &Request<Bytes>,
        now: OffsetDateTime,
    ) -> Result<Vec<DeliveryId>, ConfigError>;
    fn is_test(&self, payload: &Bytes) -> bool;
}

/// A fact of an event's summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// Whether the fact may be about a person.
    pub(crate) is_personal: bool,
}

impl fmt::Debug for dyn Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// A request with everything that its verdict depends on.
pub(crate) struct Question<'q> {
    pub(crate) secrets: &'q [&'q str],
    /// `None` for the sender's own tolerance.
    pub(crate) tolerance: Option<Tolerance>,
    pub(crate) incoming: &'q Incoming,
    pub(crate) now: OffsetDateTime,
}

impl Sender {
    /// Returns a platform as a sender.
    pub(crate) fn of(platform: impl Platform) -> Self {
        let facts = platform.facts();
        let (name, scheme, tolerance) =
            (facts.name.to_owned(), facts.scheme.clone(), facts.tolerance.unwrap_or_default());
        let (hint, contract) = (facts.hint, facts.contract);
        let (demands, reader) = (Demands::default(), Some(Arc::new(platform) as Arc<dyn Reader>));
        Self { name, scheme, tolerance, hint, contract, profile: None, demands, reader }
    }

    /// Returns the platform of a profile as a sender.
    pub(crate) fn of_profile(profile: Profile) -> Self {
        Self { profile: Some(profile), ..Self::of(profile) }
    }

    /// Returns all platforms, in the order of the core's table.
    pub(crate) fn platforms() -> Vec<Self> {
        let mut table = Table::default();
        visit_all(&mut table);
        table.0
    }

    /// Returns the platform of this name.
    pub(crate) fn platform(name: &str) -> Result<Self, String> {
        let mut platforms = Self::platforms().into_iter();
        let unknown = || format!("there is no platform `{name}`, only {}", platform_names());
        platforms.find(|platform| platform.name == name).ok_or_else(unknown)
    }

    /// Returns a scheme alone, with the settings that it may require.
    pub(crate) fn scheme(name: SchemeName, settings: &Settings) -> Result<Self, String> {
        let scheme = settings.scheme(name)?;
        let name = name.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        Ok(Self {
            name,
            scheme,
            tolerance: Tolerance::default(),
            hint: None,
            contract: &UNPUBLISHED,
            profile: None,
            demands: Demands::default(),
            reader: None,
        })
    }

    /// Returns a verifier with these secrets, the current one first.
    pub(crate) fn verifier(&self, secrets: &[&str]) -> Result<Verifier, ConfigError> {
        let (current, previous) = secrets.split_first().ok_or(ConfigError::EmptySecret)?;
        let verifier = Verifier::new(self.scheme.clone(), current)?.with_tolerance(self.tolerance);
        previous.iter().try_fold(verifier, Verifier::or_previous)
    }

    /// Fails at the first invalid secret, and names its source.
    pub(crate) fn check(&self, secrets: &[RawSecret]) -> Result<(), Failure> {
        let help = "`refhook doctor`, given the same and a request, tries what the secret may have been";
        for secret in secrets {
            let verifier = self
                .verifier(&[secret.text()?])
                .map_err(|error| Failure::usage(format!("{}, for {}: {error}", secret.origin(), self.name), help))?;
            for weakness in verifier.weaknesses() {
                note(format_args!("{}: {weakness}", secret.origin()));
            }
        }
        Ok(())
    }

    /// Returns the verdict on a request. Fails if a secret is invalid.
    pub(crate) fn judge(&self, question: &Question<'_>) -> Result<Verdict, ConfigError> {
        match &self.reader {
            Some(reader) => reader.judge(question, &self.demands),
            None => self.judge_by_scheme(question),
        }
    }

    fn judge_by_scheme(&self, question: &Question<'_>) -> Result<Verdict, ConfigError> {
        let Question { secrets, tolerance, incoming, now } = *question;
        let verifier = self.verifier(secrets)?.with_tolerance(tolerance.unwrap_or(self.tolerance));
        let verifier = self.demands.tokens.iter().try_fold(verifier, Verifier::and_url_token)?;
        let verifier = match self.demands.pinned(&self.scheme) {
            Some(variant) => verifier.pin(variant)?,
            None => verifier,
        };
        let verifier = if self.demands.accepts_stale { verifier.dangerously_accept_stale() } else { verifier };
        let request = &incoming.request;
        if incoming.is_cut_off {
            return Ok(Verdict::cut_off(verifier.check_head(request.uri(), request.headers())));
        }
        Ok(verifier.verify(request, now).map_or_else(Verdict::Refused, |verified| {
            Verdict::Accepted(Receipt {
                event: None,
                unread: None,
                id: verified.message_id().map(str::to_owned),
                trust: verified.trust(),
                secret: verified.secret_index(),
                variant: verified.variant(),
                signed_at: verified.signed_at(),
            })
        }))
    }

    /// Whether the sender is a platform, and not a scheme alone.
    pub(crate) const fn is_platform(&self) -> bool {
        self.reader.is_some()
    }

    /// Returns the name of the event in a payload.
    pub(crate) fn event_name(&self, payload: &Bytes) -> Option<String> {
        self.reader.as_ref()?.event_name(payload)
    }

    /// Returns the facts of the event in a payload, independently of the platform.
    pub(crate) fn summary(&self, payload: &Bytes) -> Vec<Fact> {
        self.reader.as_ref().map(|reader| reader.summary(payload)).unwrap_or_default()
    }

    /// Verifies a stored delivery again, as a worker does. Fails if a secret is invalid; `None` for a scheme alone.
    pub(crate) fn reopen(&self, secrets: &[&str], stored: StoredDelivery) -> Option<Result<Verdict, ConfigError>> {
        self.reader.as_ref().map(|reader| reader.reopen(secrets, stored))
    }

    /// Returns the signed time of a payload. `None` if the platform does not sign a time in the body.
    pub(crate) fn signed_at(&self, payload: &Bytes) -> Option<OffsetDateTime> {
        self.reader.as_ref()?.signed_at(payload)
    }

    /// Returns the ids under which an inbox keeps a request: of each of its items, or else its own. Empty for a refused one.
    pub(crate) fn ids(&self, secrets: &[&str], request: &Request<Bytes>, now: OffsetDateTime) -> Vec<DeliveryId> {
        let Some(reader) = &self.reader else {
            let verifier = self.verifier(secrets).ok();
            let verified = verifier.as_ref().and_then(|verifier| verifier.verify(request, now).ok());
            let id = |verified: Verified<'_>| match verified.message_id() {
                Some(id) => DeliveryId::message_id(id),
                None => DeliveryId::digest(request.body()),
            };
            return verified.map(id).into_iter().collect();
        };
        reader.ids(secrets, request, now).unwrap_or_default()
    }

    /// Whether a payload says that it is a test.
    pub(crate) fn is_test(&self, payload: &Bytes) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.is_test(payload))
    }

    /// Returns the payload with this as its signed time. Without a time in the body, the payload is unchanged.
    pub(crate) fn dated(&self, payload: &Bytes, sent_at: OffsetDateTime) -> Bytes {
        dated(payload, self.signed_at(payload), sent_at)
    }
}

#[derive(Default)]
struct Table(Vec<Sender>);

impl Visit for Table {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        self.0.push(Sender::of(platform));
    }
}

impl<P: Platform> Reader for P {
    fn judge(&self, question: &Question<'_>, demands: &Demands) -> Result<Verdict, ConfigError> {
        let Question { secrets, tolerance, incoming, now } = *question;
        let (current, previous) = secrets.split_first().ok_or(ConfigError::EmptySecret)?;
        let limit = demands.body_limit.unwrap_or(usize::MAX);
        let endpoint = Endpoint::of(self.clone(), current)?.with_body_limit(limit);
        let endpoint = tolerance.into_iter().fold(endpoint, Endpoint::with_tolerance);
        let endpoint = previous.iter().try_fold(endpoint, Endpoint::or_previous)?;
        let endpoint = demands.tokens.iter().try_fold(endpoint, Endpoint::and_url_token)?;
        let endpoint = match demands.pinned(&self.facts().scheme) {
            Some(variant) => endpoint.pin(variant)?,
            None => endpoint,
        };
        let endpoint = if demands.accepts_stale { endpoint.dangerously_accept_stale() } else { endpoint };
        let request = &incoming.request;
        if incoming.is_cut_off {
            return Ok(Verdict::cut_off(endpoint.check_head(request.uri(), request.headers())));
        }
        Ok(endpoint
            .receive(request, now)
            .map_or_else(Verdict::Refused, |delivery| Verdict::Accepted(receipt(&delivery))))
    }

    fn reopen(&self, secrets: &[&str], stored: StoredDelivery) -> Result<Verdict, ConfigError> {
        let (current, previous) = secrets.split_first().ok_or(ConfigError::EmptySecret)?;
        let endpoint = Endpoint::of(self.clone(), current)?;
        let endpoint = previous.iter().try_fold(endpoint, Endpoint::or_previous)?;
        Ok(endpoint.reopen(stored).map_or_else(Verdict::Refused, |delivery| Verdict::Accepted(receipt(&delivery))))
    }

    fn summary(&self, payload: &Bytes) -> Vec<Fact> {
        let event = self.decode(payload);
        facts(&event.summary())
    }

    fn event_name(&self, payload: &Bytes) -> Option<String> {
        self.decode(payload).name().map(str::to_owned)
    }

    fn signed_at(&self, payload: &Bytes) -> Option<OffsetDateTime> {
        body_time(self, payload)
    }

    fn ids(
        &self,
        secrets: &[&str],
        request: &Request<Bytes>,
        now: OffsetDateTime,
    ) -> Result<Vec<DeliveryId>, ConfigError> {
        let (current, previous) = secrets.split_first().ok_or(ConfigError::EmptySecret)?;
        let endpoint = previous.iter().try_fold(Endpoint::of(self.clone(), current)?, Endpoint::or_previous)?;
        let Ok(delivery) = endpoint.receive(request, now) else { return Ok(Vec::new()) };
        let items: Vec<DeliveryId> = delivery.items().iter().map(|item| item.id().clone()).collect();
        Ok(if items.is_empty() { vec![delivery.id().clone()] } else { items })
    }

    fn is_test(&self, payload: &Bytes) -> bool {
        self.decode(payload).summary().is_test
    }
}

/// Returns what was learned about a delivery.
fn receipt<P: Platform>(delivery: &Delivery<P>) -> Receipt {
    Receipt {
        event: delivery.event().name().map(str::to_owned),
        unread: delivery.event().why_other().map(ToString::to_string),
        id: Some(delivery.id().to_string()),
        trust: delivery.trust(),
        secret: delivery.secret_index(),
        variant: delivery.variant(),
        signed_at: delivery.signed_at(),
    }
}

/// Returns the facts of a summary.
fn facts(summary: &Summary<'_>) -> Vec<Fact> {
    let open = |name, value: String| Fact { name, value, is_personal: false };
    let mut facts = vec![open("happening", summary.happening.to_string())];
    facts.extend(summary.subject.as_ref().map(|subject| open("subject", subject.to_string())));
    if let Some(sum) = &summary.sum {
        let currency = sum.currency.as_deref().map(|currency| format!(" {currency}")).unwrap_or_default();
        let unit = match sum.unit {
            Unit::Minor => " in the smallest unit",
            Unit::Points => " points",
            _ => "",
        };
        facts.push(open("sum", format!("{}{unit}{currency}", sum.amount.as_str())));
    }
    facts.extend(summary.occurred_at.map(|at| open("occurred", format!("{}Z", date(at)))));
    if summary.is_test {
        facts.push(open("test", "yes".to_owned()));
    }
    for (name, party) in [("advocate", &summary.advocate), ("friend", &summary.friend)] {
        let Some(party) = party else { continue };
        let texts = [&party.id, &party.own_id, &party.code].map(|text| text.as_deref());
        let personal = [&party.name, &party.email].map(|text| text.as_ref().map(Personal::as_str));
        let texts: Vec<&str> = texts.into_iter().chain(personal).flatten().collect();
        facts.push(Fact { name, value: texts.join(", "), is_personal: true });
    }
    facts
}

/// Returns the body with `sent_at` in place of its signed time, if it has one.
pub(crate) fn dated(body: &Bytes, signed_at: Option<OffsetDateTime>, sent_at: OffsetDateTime) -> Bytes {
    let (Some(then), Ok(text)) = (signed_at, std::str::from_utf8(body)) else { return body.clone() };
    let milliseconds = |time: OffsetDateTime| (time.unix_timestamp_nanos() / 1_000_000).to_string();
    let seconds = |time: OffsetDateTime| time.unix_timestamp().to_string();
    let notations: [fn(OffsetDateTime) -> String; 3] = [milliseconds, seconds, date];
    let notations = notations.map(|written| (written(then), written(sent_at)));
    let found = notations.iter().find(|(then, _)| text.contains(then));
    found.map_or_else(|| body.clone(), |(then, sent_at)| text.replace(then, sent_at).into())
}

/// Writes a time as RFC 3339, in whole seconds and without its zone, so that any fraction and zone of UTC can follow.
pub(crate) fn date(time: OffsetDateTime) -> String {
    let time = time.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}", u8::from(month))
}

/// Returns the signed time of a body. `None` if the platform does not sign a time in the body.
pub(crate) fn body_time(platform: &impl Platform, body: &Bytes) -> Option<OffsetDateTime> {
    platform.facts().has_body_time.then(|| platform.signed_at(&platform.decode(body))).flatten()
}
