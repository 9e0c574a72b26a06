//! The list without entries.

use maud::{Markup, html};

use super::selected::Selected;
use crate::view::Frame;

/// Returns the text of a filter that selects no entry.
pub(crate) fn without_hits(selected: &Selected, frame: &Frame) -> Markup {
    html! {
        div.empty {
            p { "There are no " (selected.words()) "." }
            p { a.button href=(frame.path("/")) { "Show all deliveries" } }
        }
    }
}

/// Returns the text of an inbox without entries: the commands that fill it. `endpoints` are the names of the intakes of
/// this process and of their platforms.
pub(crate) fn without_entries(endpoints: &[(String, String)], commands: &[String]) -> Markup {
    let of_endpoint = |(endpoint, platform): &(String, String)| {
        format!("refhook send {platform} --to URL-OF-{endpoint} --secret-file {endpoint}.secret")
    };
    let of_any =
        || "refhook send redpin --to http://localhost:8080/hooks/redpin --secret-file redpin.secret".to_owned();
    let mut shown: Vec<String> = commands.to_vec();
    if shown.is_empty() {
        shown.extend(endpoints.iter().map(of_endpoint));
    }
    if shown.is_empty() {
        shown.push(of_any());
    }
    html! {
        div.empty {
            h2 { "No delivery has come yet" }
            p { "This sends the first one, signed as the platform signs it:" }
            @for command in &shown {
                div.command { pre tabindex="0" { code { (command) } } button type="button" hidden data-copy=(command) { "Copy" } }
            }
            p.sub { "Its row appears here as soon as it is stored. Requests that are not proved to be the platform's are listed under Refused." }
        }
    }
}
