//! The entries that an action is for.

use maud::{Markup, html};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, State, Store};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::action::Action;
use crate::context::Context;
use crate::list::Selected;
use crate::problem::Problem;
use crate::view::{Frame, state, untrusted};
use crate::web::Form;

/// The most entries that one form changes.
pub(super) const MOST: u64 = 10_000;

/// The entries that an action is for.
#[derive(Debug)]
pub(super) enum Target {
    One(Box<Entry>),
    Many(Box<Selected>),
}

impl Target {
    /// Reads the fields of a URL or a form.
    pub(super) async fn read<S: Store>(context: &Context<S>, fields: &Form) -> Result<Self, Problem> {
        let Some(id) = fields.get("entry") else {
            let selected = Selected::read(fields, context.now)?;
            if selected.is_refused {
                return Err(Problem::bad_input("Actions are for deliveries, and refused requests are none."));
            }
            return Ok(Self::Many(Box::new(selected)));
        };
        let id: EntryId = id.parse().map_err(|_| Problem::bad_input("The field `entry` is no number of an entry."))?;
        let entry = context.store().get(id).await?;
        entry
            .map(|entry| Self::One(Box::new(entry)))
            .ok_or_else(|| Problem::missing(format!("There is no entry {id}.")))
    }

    /// Returns the filter of the entries that permit an action; `None` if no state does.
    pub(super) fn filter(&self, action: Action) -> Option<Filter> {
        match self {
            Self::One(entry) => action.permits(entry.state).then(|| Filter::new().only(entry.id)),
            Self::Many(selected) => {
                let chosen = &selected.filter.states;
                let is_chosen = |state: &State| chosen.is_empty() || chosen.contains(state);
                let states: Vec<_> =
                    State::ALL.into_iter().filter(|state| is_chosen(state) && action.permits(*state)).collect();
                (!states.is_empty()).then(|| selected.filter.clone().states(states))
            }
        }
    }

    /// Returns the fields that name the same entries later. A span of time keeps its begin.
    pub(super) fn fields(&self) -> Form {
        match self {
            Self::One(entry) => Form::from_iter([("entry", entry.id.to_string())]),
            Self::Many(selected) => {
                let fields = &selected.fields;
                match selected.filter.received_from.filter(|_| fields.get("in").is_some()) {
                    Some(from) => fields.without(&["in"]).with("from", &machine(from)),
                    None => fields.clone(),
                }
            }
        }
    }

    /// Returns the link back.
    pub(super) fn back(&self, frame: &Frame) -> String {
        match self {
            Self::One(entry) => frame.path(&format!("/entries/{}", entry.id)),
            Self::Many(selected) => frame.link("/", &selected.fields),
        }
    }

    /// Returns the words that follow the number of the entries.
    pub(super) fn shown_of(&self, number: u64) -> Markup {
        match self {
            Self::One(_) => self.shown(),
            Self::Many(selected) => html! { bdi { (selected.words_of(number)) } },
        }
    }

    /// Returns the entries in words.
    pub(super) fn shown(&self) -> Markup {
        match self {
            Self::One(entry) => html! {
                "entry " (entry.id) ", "
                @match &entry.event { Some(event) => (untrusted(event, 80)), None => "an event without a name" }
                " of " (entry.endpoint) ", " (state(entry.state))
            },
            Self::Many(selected) => html! { bdi { (selected.words()) } },
        }
    }
}

fn machine(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
