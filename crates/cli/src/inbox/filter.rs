//! The filters of the verbs, which are those of the deliveries page.

use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Filter, State};
use time::OffsetDateTime;

use super::moment::Moment;

/// The filters of a list of entries. Conditions add up.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Only this endpoint.
    #[arg(id = "by_hand_endpoint", long = "endpoint", value_name = "NAME")]
    pub(crate) endpoint: Option<String>,

    /// Only this tenant; an empty name selects entries without one.
    #[arg(id = "by_hand_tenant", long = "tenant", value_name = "NAME")]
    pub(crate) tenant: Option<String>,

    /// Only this platform.
    #[arg(id = "by_hand_platform", long = "platform", value_name = "NAME")]
    pub(crate) platform: Option<String>,

    /// Only this state: available, waiting, running, retryable, completed, parked, discarded or cancelled. Several are
    /// possible.
    #[arg(id = "by_hand_state", long = "state", value_name = "STATE", value_delimiter = ',')]
    pub(crate) state: Vec<State>,

    /// Only this event.
    #[arg(id = "by_hand_event", long = "event", value_name = "NAME")]
    pub(crate) event: Option<String>,

    /// Only this delivery id.
    #[arg(id = "by_hand_delivery_id", long = "delivery-id", value_name = "ID")]
    pub(crate) delivery_id: Option<String>,

    /// Only deliveries received at this time or later: RFC 3339, a date, or a distance such as `2h` or `3d`.
    #[arg(id = "by_hand_since", long = "since", value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) since: Option<Moment>,

    /// Only deliveries received before this time.
    #[arg(id = "by_hand_until", long = "until", value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) until: Option<Moment>,

    /// Only entries whose delivery came again.
    #[arg(id = "by_hand_repeated", long = "repeated")]
    pub(crate) repeated: bool,

    /// Only conflicts: another body under the same id, or a repeat that came too late.
    #[arg(id = "by_hand_conflicts", long = "conflicts")]
    pub(crate) conflicts: bool,

    /// Only parked entries; the same as `--state parked`.
    #[arg(id = "by_hand_parked", long = "parked")]
    pub(crate) parked: bool,

    /// Only events that the receiving version could not read.
    #[arg(id = "by_hand_unreadable", long = "unreadable")]
    pub(crate) unreadable: bool,
}

impl FilterArgs {
    /// Whether no filter is given.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { endpoint, tenant, platform, state, event, delivery_id, since, until, .. } = self;
        let texts = [endpoint, tenant, platform, event, delivery_id];
        let has_flag = self.repeated || self.conflicts || self.parked || self.unreadable;
        let has_time = since.is_some() || until.is_some();
        !has_flag && !has_time && state.is_empty() && texts.iter().all(|text| text.is_none())
    }

    /// Returns the filter.
    pub(crate) fn filter(&self) -> Filter {
        let now = OffsetDateTime::now_utc();
        let mut filter = Filter::new();
        filter.endpoint.clone_from(&self.endpoint);
        filter.tenant.clone_from(&self.tenant);
        filter.event.clone_from(&self.event);
        filter.delivery_ids.extend(self.delivery_id.clone());
        filter.received_from = self.since.map(|since| since.time(now));
        filter.received_before = self.until.map(|until| until.time(now));
        filter.is_conflict = self.conflicts;
        filter.is_unreadable = self.unreadable;
        filter.is_repeated = self.repeated;
        filter.platform.clone_from(&self.platform);
        filter.states.extend(self.state.iter().copied().chain(self.parked.then_some(State::Parked)));
        filter
    }
}

/// Parses the number of an entry.
pub(crate) fn entry_id(text: &str) -> Result<EntryId, String> {
    let id: Result<i64, _> = text.trim_start_matches('#').parse();
    id.ok().filter(|id| *id > 0).map(EntryId).ok_or_else(|| "expected the number of an entry, such as 1204".to_owned())
}
