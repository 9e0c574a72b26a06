//! The actions on all entries of the filter.

use maud::{Markup, html};
use referral_webhooks_inbox::store::{Counts, State};

use super::cards::bounded;
use super::selected::Selected;
use crate::act::Action;
use crate::view::Frame;

/// Returns the line above the table: the number of matching entries, and the actions on all of them.
pub(crate) fn bar(selected: &Selected, counts: &Counts, frame: &Frame) -> Markup {
    let state = selected.filter.states.first().copied();
    let number = match (selected.fields.get("only"), state) {
        (Some("conflicts"), None) => counts.conflicts,
        (Some("repeats"), None) => counts.repeated,
        (_, Some(state)) => counts.of(state),
        (_, None) => counts.all(),
    };
    let link = |action: Action| frame.link("/act", &selected.fields.with("do", action.word()));
    let (main, others) = offered(state);
    html! {
        div.bulk {
            span.sub id="matching" {
                (bounded(number)) @if number == 1 { " delivery matches" } @else { " deliveries match" }
            }
            @if frame.can_act() && number > 0 {
                @if let Some(main) = main { a.button.primary href=(link(main)) { (main.verb_for(&bounded(number))) " …" } }
                details.menu {
                    summary.button { "More actions" }
                    ul {
                        @for action in others {
                            li { a class=[action.is_dangerous().then_some("danger")] href=(link(*action)) { (action.all()) " …" } }
                        }
                    }
                }
            }
            a.button id="refresh" href=(frame.link("/", &selected.fields)) { "Refresh" }
        }
    }
}

/// Returns the first action for entries in a state, and the others.
const fn offered(state: Option<State>) -> (Option<Action>, &'static [Action]) {
    use Action::{Again, Cancel, Discard, Done, ErasePerson, Redecode};
    match state {
        Some(State::Discarded) => (Some(Again), &[Redecode, Cancel, Done, ErasePerson]),
        Some(State::Parked) => (Some(Redecode), &[Again, Cancel, Discard, Done, ErasePerson]),
        Some(State::Completed) => (None, &[Again, ErasePerson]),
        Some(State::Cancelled) => (None, &[Again, Done, ErasePerson]),
        Some(State::Available | State::Waiting | State::Retryable) => (None, &[Cancel, Discard, Done, ErasePerson]),
        Some(_) => (None, &[ErasePerson]),
        None => (None, &[Again, Redecode, Cancel, Discard, Done, ErasePerson]),
    }
}
