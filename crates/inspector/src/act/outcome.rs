//! The result of an action, and its page.

use maud::{Markup, html};
use referral_webhooks_inbox::{Changed, Erased, Redecoded, Redelivered, SecretNeeded};

use super::action::Action;
use super::target::Target;
use crate::view::{Frame, Section, count};

/// The result of an action.
#[derive(Debug)]
pub(super) enum Done {
    /// The one entry was changed.
    One,
    /// The one entry was not redelivered, for this reason.
    NotRedelivered(Redelivered),
    /// The state of the entries does not permit the action.
    NotPermitted,
    /// The program has no intake of the entry's endpoint.
    NoIntake,
    Changed(Changed),
    Marked {
        changed: u64,
        unchanged: u64,
    },
    Redecoded(Redecoded),
    Erased(Erased),
    /// The form was sent before.
    Before,
}

/// Returns the page of a result.
pub(super) fn result(frame: &Frame, action: Action, target: &Target, done: &Done) -> Markup {
    let heading = heading(action, target, done);
    let content = html! {
        nav.crumbs aria-label="Way back" { a href=(target.back(frame)) { "Back to " (target.shown()) } }
        h1 { (heading) }
        div.panel role="status" { dl { (facts(done)) } @for advice in advice(done) { p.note { (advice) } } }
        @if let Some(remaining) = remaining(done) {
            p {
                a.button.primary href=(frame.link("/act", &target.fields().with("do", action.word()))) {
                    "Continue with the remaining " (count(remaining)) " …"
                }
            }
        }
        div.actions {
            a.button href=(target.back(frame)) { "Back" }
            a.button href=(frame.path("/history")) { "History" }
        }
    };
    frame.page(Section::Deliveries, &heading, content)
}

fn heading(action: Action, target: &Target, done: &Done) -> String {
    let number = |number: u64| match number {
        1 => format!("1 delivery is {}", action.happened()),
        _ => format!("{} deliveries are {}", count(number), action.happened()),
    };
    let one = || match target {
        Target::One(entry) => format!("Entry {}", entry.id),
        Target::Many(_) => "The selection".to_owned(),
    };
    match done {
        Done::One => format!("{} is {}", one(), action.happened()),
        Done::NotRedelivered(_) | Done::NotPermitted | Done::NoIntake => format!("{} is unchanged", one()),
        Done::Changed(changed) => number(changed.changed),
        Done::Marked { changed, .. } => number(*changed),
        Done::Redecoded(redecoded) => number(redecoded.readable),
        Done::Erased(erased) => number(erased.erased),
        Done::Before => "This form was sent before".to_owned(),
    }
}

fn facts(done: &Done) -> Markup {
    let fact = |name: &str, number: u64| html! { dt { (name) } dd { (count(number)) } };
    match done {
        Done::One => html! { dt { "Changed" } dd { "1" } },
        Done::NotRedelivered(_) | Done::NotPermitted | Done::NoIntake | Done::Before => {
            html! { dt { "Changed" } dd { "0" } }
        }
        Done::Changed(changed) => html! {
            (fact("Changed", changed.changed)) (fact("Unchanged", changed.unchanged)) (fact("Remaining", changed.remaining))
        },
        Done::Marked { changed, unchanged } => html! { (fact("Changed", *changed)) (fact("Unchanged", *unchanged)) },
        Done::Redecoded(redecoded) => html! {
            (fact("Readable", redecoded.readable))
            (fact("Going to be processed", redecoded.processed))
            (fact("Still unreadable", redecoded.unreadable))
            (fact("Repeats of a business key", redecoded.repeats))
            (fact("Read by another profile", redecoded.other_profile))
            (fact("Not verified", redecoded.unverified))
        },
        Done::Erased(erased) => html! {
            (fact("Erased", erased.erased))
            (fact("Refused requests erased", erased.refused))
            (fact("Running, not erased", erased.running))
            (fact("Unprocessed events of larger bodies, not erased", erased.unprocessed_items))
            (fact("Not readable", erased.unverified))
            (fact("Remaining", erased.remaining))
        },
    }
}

fn advice(done: &Done) -> Vec<String> {
    let missing = |missing: &[SecretNeeded]| {
        let line = |needed: &SecretNeeded| {
            format!(
                "{} entries of {} need the secret {}, which the endpoint does not have. Add it with `reopens_with`, and \
                 repeat the action.",
                count(needed.entries),
                needed.endpoint,
                needed.secret
            )
        };
        missing.iter().map(line).collect::<Vec<_>>()
    };
    let one = |text: &str| vec![text.to_owned()];
    match done {
        Done::One => Vec::new(),
        Done::NotRedelivered(Redelivered::SecretGone(secret)) => vec![format!(
            "The entry needs the secret {secret}, which the endpoint does not have. Add it with `reopens_with`, and repeat \
             the action."
        )],
        Done::NotRedelivered(Redelivered::NoBody) => one("Its body was deleted."),
        Done::NotRedelivered(Redelivered::Unfinished) => one("It is due, waiting or running already."),
        Done::NotRedelivered(Redelivered::Unknown) => one("It does not exist any more."),
        Done::NotRedelivered(_) => {
            one("It does not verify: its body was altered, or the key of an encrypted body is missing.")
        }
        Done::NotPermitted => one("Its state has changed, or does not permit the action."),
        Done::NoIntake => one(
            "This page cannot decode: the program that serves it has no intake of the endpoint, or did not give it to \
             `redecodes`. Run the program of the endpoint, which decodes again at its start or by its own page.",
        ),
        Done::Changed(changed) => {
            let mut lines = missing(&changed.missing_secrets);
            if changed.unchanged > 0 && lines.is_empty() {
                lines.push("Unchanged entries had another state by then, or no body.".to_owned());
            }
            lines
        }
        Done::Marked { .. } => Vec::new(),
        Done::Redecoded(redecoded) => missing(&redecoded.missing_secrets),
        Done::Erased(erased) => {
            let mut lines = Vec::new();
            if erased.running > 0 {
                lines.push("Erase again when the running entries have ended.".to_owned());
            }
            if erased.shared > 0 {
                lines.push(format!("{} bodies are needed by other events, and are deleted after them.", erased.shared));
            }
            if erased.log_pending {
                lines.push("The text remains in the database's write-ahead log until its readers end.".to_owned());
            }
            lines
        }
        Done::Before => one("It acts once. What it did is in the history."),
    }
}

const fn remaining(done: &Done) -> Option<u64> {
    let remaining = match done {
        Done::Changed(changed) => changed.remaining,
        Done::Erased(erased) => erased.remaining,
        _ => 0,
    };
    if remaining > 0 { Some(remaining) } else { None }
}
