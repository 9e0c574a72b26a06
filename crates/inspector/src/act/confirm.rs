//! The page that counts the entries and asks for a reason.

use maud::{Markup, html};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Filter, State, Store};

use super::action::Action;
use super::person;
use super::target::{MOST, Target};
use super::ticket::Ticket;
use crate::context::Context;
use crate::problem::Problem;
use crate::view::{Frame, Section, count, field_hidden, untrusted};
use crate::web::Form;
use crate::web::answer::{self, Answer};

/// The plan of an action.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) action: Action,
    pub(super) target: Target,
    /// The entries that permit the action.
    pub(super) count: u64,
    /// The newest of them.
    newest: EntryId,
    /// The entries of the filter that do not permit it.
    others: u64,
    /// The refused requests that mention the person.
    refused: u64,
}

/// Returns the page.
pub(crate) async fn confirm<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let action = read(context, &context.query)?;
    let target = Target::read(context, &context.query).await?;
    if action == Action::ErasePerson {
        return Ok(answer::page(ask_for_person(&context.frame, &target)));
    }
    let plan = plan(context, action, target).await?;
    Ok(answer::page(page(&context.frame, &plan, None)))
}

/// Reads the action, if the operator may act.
pub(super) fn read<S: Store>(context: &Context<S>, fields: &Form) -> Result<Action, Problem> {
    if context.settings.is_read_only {
        return Err(Problem::forbidden("This page is read-only."));
    }
    if !context.frame.can_act() {
        return Err(Problem::forbidden("You may see deliveries, and not act on them."));
    }
    let word = fields.get("do").unwrap_or_default();
    Action::of(word).ok_or_else(|| Problem::bad_input("The field `do` names no action."))
}

/// Counts the entries of an action.
async fn plan<S: Store>(context: &Context<S>, action: Action, target: Target) -> Result<Plan, Problem> {
    let store = context.store();
    let everything = match &target {
        Target::One(entry) => Filter::new().only(entry.id),
        Target::Many(selected) => selected.filter.clone(),
    };
    let Some(mut filter) = target.filter(action) else {
        let others = store.count(everything).await?;
        return Ok(Plan { action, target, count: 0, newest: EntryId(0), others, refused: 0 });
    };
    if action == Action::Redecode && matches!(target, Target::Many(_)) {
        filter = undecoded(filter);
    }
    let newest = store.list(filter.clone().most(1)).await?.first().map_or(EntryId(0), |entry| entry.id);
    let count = store.count(filter.before(EntryId(newest.0.saturating_add(1)))).await?;
    let others = store.count(everything).await?.saturating_sub(count);
    Ok(Plan { action, target, count, newest, others, refused: 0 })
}

/// Returns the filter of the entries that may become readable: parked ones, or else all unreadable ones.
pub(super) fn undecoded(filter: Filter) -> Filter {
    if filter.states == [State::Parked] { filter } else { filter.unreadable() }
}

/// Counts the entries that mention a person.
pub(super) async fn plan_for_person<S: Store>(
    context: &Context<S>,
    target: Target,
    text: &str,
) -> Result<Plan, Problem> {
    let action = Action::ErasePerson;
    let store = context.store();
    let filter = target.filter(action).unwrap_or_default();
    let newest = store.list(filter.clone().most(1)).await?.first().map_or(EntryId(0), |entry| entry.id);
    let selection = context.inbox().select(filter).await?;
    let count = selection.count_where(|stored| stored.mentions(text)).await?;
    let mut refused = 0;
    if is_whole(&target) {
        refused = context.inbox().count_where(|stored| stored.entry.is_none() && stored.mentions(text)).await?.refused;
    }
    Ok(Plan { action, target, count, newest, others: 0, refused })
}

/// Returns whether the target is the whole inbox, so that refused requests are erased too.
pub(super) fn is_whole(target: &Target) -> bool {
    matches!(target, Target::Many(selected) if selected.is_everything())
}

/// Returns the page that asks whose deliveries are erased. The text travels in a form, so that no log of URLs has it.
fn ask_for_person(frame: &Frame, target: &Target) -> Markup {
    let content = html! {
        (heading(frame, target, Action::ErasePerson))
        p { (Action::ErasePerson.effect()) }
        p { "Searched are " (target.shown()) @if is_whole(target) { " and refused requests" } ". The next page says how many mention the text." }
        form.act method="post" action=(frame.path("/act")) {
            (frame.token_field())
            (field_hidden(&target.fields().with("do", Action::ErasePerson.word()).with("step", "count")))
            (person::field())
            div.actions {
                button.primary type="submit" { "Count the deliveries" }
                a.button href=(target.back(frame)) { "Back" }
            }
        }
    };
    frame.page(Section::Deliveries, Action::ErasePerson.verb(), content)
}

fn heading(frame: &Frame, target: &Target, action: Action) -> Markup {
    html! {
        nav.crumbs aria-label="Way back" { a href=(target.back(frame)) { "Back to " (target.shown()) } }
        h1 { (action.verb()) }
    }
}

/// Returns the page of a plan.
pub(super) fn page(frame: &Frame, plan: &Plan, text: Option<&str>) -> Markup {
    let Plan { action, target, count: number, newest, others, refused } = plan;
    let (action, number) = (*action, *number);
    let acts_on = number.min(MOST);
    let fields = target.fields().with("do", action.word());
    let hidden = [("upto", newest.to_string()), ("count", acts_on.to_string()), ("step", "do".to_owned())];
    let hidden = hidden.into_iter().chain(text.map(|text| ("person", text.to_owned())));
    let hidden = hidden.fold(fields, |fields, (name, value)| fields.with(name, &value));
    let content = html! {
        (heading(frame, target, action))
        @if number + refused == 0 {
            div.banner role="status" {
                p {
                    @match (target, text) {
                        (_, Some(text)) => { "No delivery mentions “" (untrusted(text, 200)) "”." }
                        (Target::One(_), None) => { "This does not apply to " (target.shown()) "." }
                        (Target::Many(_), None) => { "This applies to none of the " (count(*others)) " " (target.shown()) "." }
                    }
                }
            }
            div.actions { a.button href=(target.back(frame)) { "Back" } }
        } @else {
            @if matches!(target, Target::Many(_)) {
                p.counted {
                    b { (count(number)) } " " (target.shown_of(number))
                    @if let Some(text) = text { " that mention “" (untrusted(text, 200)) "”" }
                    "."
                }
            } @else { p.counted { "This is for " (target.shown()) "." } }
            @if *refused > 0 { p { (count(*refused)) " refused requests mention the text too, and are erased." } }
            @if *others > 0 && matches!(target, Target::Many(_)) {
                p.sub { (count(*others)) " more of the filter do not permit it, and stay as they are." }
            }
            @if number > MOST { p.sub { "One form changes " (count(MOST)) " at most, the oldest first. The next page offers the others." } }
            p { (action.effect()) }
            form.act method="post" action=(frame.path("/act")) data-once="" {
                (frame.token_field())
                (field_hidden(&hidden))
                input type="hidden" name="ticket" value=(Ticket::new().text());
                p.field {
                    label for="reason" { "Reason, for the history" }
                    input id="reason" type="text" name="reason" required maxlength="300" autocomplete="off"
                        placeholder="the shop is back, ticket 4711" aria-describedby="reason-note";
                    span.sub id="reason-note" { "Colleagues read it later. It must not name customers." }
                }
                div.actions {
                    button.primary.danger[action.is_dangerous()] type="submit" {
                        @match target {
                            Target::One(_) => (action.verb()),
                            Target::Many(_) => (action.verb_for(&count(acts_on))),
                        }
                    }
                    a.button href=(target.back(frame)) { "Back" }
                }
            }
        }
    };
    frame.page(Section::Deliveries, action.verb(), content)
}
