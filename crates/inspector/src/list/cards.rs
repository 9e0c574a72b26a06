//! The numbers of deliveries by state, as links to their lists.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{Counts, State};

use super::selected::Selected;
use crate::view::{Frame, count, mark, word};

/// Returns the cards of a filter.
pub(crate) fn cards(counts: &Counts, selected: &Selected, frame: &Frame) -> Markup {
    // A state that the field `only` names is shown by the field `state`.
    let fields = selected.fields.without(&["state"]);
    let fields = if fields.get("only") == Some("parked") { fields.without(&["only"]) } else { fields };
    let chosen = selected.filter.states.first().copied();
    let card = |state: Option<State>, number: u64| {
        let link = frame.link("/", &fields.with("state", state.map_or("", |state| state.as_str())));
        let class = state.map_or("all", |state| state.as_str());
        html! {
            li {
                a href=(link) aria-current=[(chosen == state).then_some("true")] class=[(number == 0).then_some("none")] {
                    b class=(class) { (bounded(number)) }
                    span {
                        @if let Some(state) = state { span.mark aria-hidden="true" { (mark(state)) } " " (plural(state)) }
                        @else { "all" }
                    }
                }
            }
        }
    };
    html! {
        ul.cards id="cards" aria-label="Deliveries by state" {
            (card(None, counts.all()))
            @for state in ORDER { (card(Some(state), counts.of(state))) }
        }
    }
}

/// The order of the cards: processed entries, unfinished ones, and those that need a person.
const ORDER: [State; 8] = [
    State::Completed,
    State::Available,
    State::Waiting,
    State::Running,
    State::Retryable,
    State::Parked,
    State::Discarded,
    State::Cancelled,
];

/// Returns the word of several entries in a state.
const fn plural(state: State) -> &'static str {
    match state {
        State::Discarded => "dead letters",
        other => word(other),
    }
}

/// Returns a number of entries, with a plus if the store stopped counting there.
pub(crate) fn bounded(number: u64) -> String {
    let more = if Counts::is_bound(number) { "+" } else { "" };
    format!("{}{more}", count(number))
}
