//! The list without entries.

use maud::{Markup, html};

use super::selected::Selected;
use crate::view::Frame;

/// The most commands of an empty inbox.
const MOST: usize = 4;

/// An event of each platform, as the platform names it.
const EVENTS: [(&str, &str); 15] = [
    ("dub", "commission.created"),
    ("firstpromoter", "commission.approved"),
    ("friendbuy", "advocateReward"),
    ("genius-referrals", "bonus_created"),
    ("growsurf", "PARTICIPANT_REACHED_A_GOAL"),
    ("loyaltylion", "program_events/customer.referral_complete"),
    ("prefinery", "reward_delivered"),
    ("redpin", "REFERRAL_CREATED"),
    ("referral-rocket", "referrer_added"),
    ("refersion", "conversion approved"),
    ("refir", "referral"),
    ("rewardful", "commission.created"),
    ("saasquatch", "referral.converted"),
    ("talkable", "reward_web_hook"),
    ("tolt", "commission.created"),
];

/// Returns the text of a filter that selects no entry.
pub(super) fn without_hits(selected: &Selected, frame: &Frame) -> Markup {
    html! {
        div.empty {
            p { "There are no " bdi { (selected.words()) } "." }
            p { a.button href=(frame.path("/")) { "Show all deliveries" } }
        }
    }
}

/// Returns the text of an inbox without entries: the commands that fill it. `endpoints` are the names of the intakes of
/// this process and of their platforms.
pub(super) fn without_entries(endpoints: &[(String, String)], commands: Vec<String>) -> Markup {
    let is_whole = !commands.is_empty();
    let mut shown = commands;
    if shown.is_empty() {
        shown.extend(endpoints.iter().take(MOST).map(|(endpoint, platform)| command(platform, endpoint)));
    }
    if shown.is_empty() {
        shown.push(command("redpin", "redpin"));
    }
    html! {
        div.empty {
            h2 { "No delivery has come yet" }
            p { "This sends the first one, signed as the platform signs it"
                @if is_whole { ":" } @else { ". Fill in the URL and the file of the secret:" } }
            @for command in &shown {
                div.command { pre tabindex="0" { code { (command) } } button type="button" hidden data-copy=(command) { "Copy" } }
            }
            p.sub { "Its row appears here as soon as it is stored. Requests that are not proved to be the platform's are listed under Refused." }
        }
    }
}

/// Returns the command that sends a delivery of a platform to an endpoint.
fn command(platform: &str, endpoint: &str) -> String {
    let event = EVENTS.iter().find(|(name, _)| *name == platform).map(|(_, event)| *event);
    match event {
        Some(event) if event.contains(' ') => {
            format!("refhook send {platform} '{event}' --to URL --secret-file {endpoint}.secret")
        }
        Some(event) => format!("refhook send {platform} {event} --to URL --secret-file {endpoint}.secret"),
        // A profile has a sample of its own.
        None => format!("refhook send --profile {platform}.toml --to URL --secret-file {endpoint}.secret"),
    }
}

#[cfg(test)]
mod tests {
    use referral_webhooks::platform::ALL;
    use referral_webhooks_fixtures::{Expected, sample};

    use super::*;

    #[test]
    fn every_platform_has_a_command_with_an_event_of_its_fixtures() {
        for facts in ALL {
            let event = EVENTS.iter().find(|(name, _)| *name == facts.name).map(|(_, event)| *event);
            let event = event.unwrap_or_else(|| panic!("no event of {}", facts.name));
            let Some(Expected::Event(expected)) = sample(facts.name).map(|sample| sample.expected) else {
                panic!("{} has no sample", facts.name);
            };
            assert!(expected.contains(&format!("\"{event}\"")), "{} has no {event}: {expected}", facts.name);
            assert!(command(facts.name, "main").starts_with(&format!("refhook send {} ", facts.name)));
        }
    }
}
