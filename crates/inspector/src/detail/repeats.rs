//! Repeats of a delivery, and other bodies under its id.

use maud::{Markup, html};
use referral_webhooks_inbox::EntryId;
use referral_webhooks_inbox::store::{Entry, Filter, Store};

use super::diff::{Difference, differences};
use super::found::{Found, Stored, stored};
use super::related::entries;
use crate::context::Context;
use crate::mask::{Mask, Shown};
use crate::problem::Problem;
use crate::view::{Moments, cell};

/// The number of copies that are shown.
const MOST: u32 = 25;

/// Returns the part "Repeats and other bodies".
pub(super) async fn tab<S: Store>(context: &Context<S>, found: &Found) -> Result<Markup, Problem> {
    let entry = &found.entry;
    let (frame, moments) = (&context.frame, Moments::as_of(context.now));
    let copies = context.store().list(Filter::new().copies_of(entry.id).most(MOST)).await?;
    let copies: Vec<Entry> = copies.into_iter().filter(|copy| copy.id != entry.id).collect();
    let wanted = context.query.get("with").and_then(|id| id.parse::<EntryId>().ok());
    let other = wanted.or(entry.conflict_of).or_else(|| copies.first().map(|copy| copy.id));
    let compared = match other {
        Some(id) if id != entry.id => Some((id, compare(context, found, id).await?)),
        _ => None,
    };
    Ok(html! {
        h2.head { "Repeats" }
        p.note {
            @match entry.repeats {
                0 => "No repeat has come.",
                repeats => { (repeats) @if repeats == 1 { " repeat" } @else { " repeats" } " with the same body, or under another id with the same business key. The last came at " (moments.long(entry.last_seen_at)) ". A repeat is acknowledged, and not processed." },
            }
        }
        h2.head { "Other bodies under the id" }
        @if let Some(of) = entry.conflict_of {
            p.note { "This delivery came under the id of " a.ref href=(frame.path(&format!("/entries/{of}"))) { "entry " (of) } " with another body, or too late to be its repeat. It is a dead letter until a person decides." }
        }
        (entries(frame, moments, &copies, "No other body has come under the id."))
        @if let Some((id, markup)) = compared {
            h2.head { "Compared with entry " (id) }
            (markup)
        }
    })
}

/// Returns the differences between the body of this entry and that of another one.
async fn compare<S: Store>(context: &Context<S>, found: &Found, id: EntryId) -> Result<Markup, Problem> {
    let Some(other) = context.store().get(id).await? else {
        return Ok(html! { p.note { "There is no entry " (id) "." } });
    };
    // An id belongs to a tenant of an endpoint.
    if (&other.endpoint, &other.tenant) != (&found.entry.endpoint, &found.entry.tenant) {
        return Ok(html! { p.note { "Entry " (id) " belongs to another endpoint." } });
    }
    let theirs = stored(context, &other).await?;
    let (Some(ours), Stored::Whole(theirs)) = (found.body.whole(), &theirs) else {
        return Ok(html! { p.note { "One of the two bodies is deleted or encrypted, so they cannot be compared." } });
    };
    if ours.body == theirs.body {
        return Ok(html! { p.note { "The two bodies have the same bytes." } });
    }
    let text = |body: &[u8]| {
        let is_form = matches!(Mask::new().body(body), Shown::Form(_));
        let form =
            form_urlencoded::parse(body).map(|(_, value)| value).find(|value| value.trim_start().starts_with('{'));
        match form.filter(|_| is_form) {
            Some(value) => Some(value.into_owned()),
            None => std::str::from_utf8(body).ok().map(str::to_owned),
        }
    };
    let compared = text(&ours.body).zip(text(&theirs.body)).and_then(|(ours, theirs)| differences(&ours, &theirs));
    let decoded = context.settings.platforms.decode(&other.platform, &theirs.headers, &theirs.body, other.item);
    let masks = [&found.mask, &Mask::known(decoded.as_ref(), &theirs.headers)];
    Ok(match compared {
        None => bytes(&ours.body, &theirs.body),
        Some((found_differences, _)) if found_differences.is_empty() => {
            html! { p.note { "The two bodies have the same values. Their bytes differ: in blanks, in the order of members, or in escapes." } }
        }
        Some((differences, is_all)) => table(&differences, is_all, if found.is_revealed { None } else { Some(masks) }),
    })
}

fn table(differences: &[Difference], is_all: bool, masks: Option<[&Mask; 2]>) -> Markup {
    let value = |difference: &Difference, value: Option<&String>, side: usize| {
        let Some(value) = value else { return html! { span.sub { "absent" } } };
        let shown = match masks {
            Some(masks) => masks[side].value_at(&difference.path, value),
            None => value.clone(),
        };
        html! { code { (cell(&shown)) } }
    };
    let path = |path: &str| match masks {
        _ if path.is_empty() => "the whole body".to_owned(),
        Some([mask, _]) => mask.pointer(path),
        None => path.to_owned(),
    };
    html! {
        div.scroll tabindex="0" {
            table.data.diff {
                caption.unseen { "Values that differ" }
                thead { tr { th scope="col" { "Member" } th scope="col" { "Here" } th scope="col" { "There" } } }
                tbody {
                    @for difference in differences {
                        tr {
                            td.mono data-label="Member" { (cell(&path(&difference.path))) }
                            td data-label="Here" { (value(difference, difference.first.as_ref(), 0)) }
                            td data-label="There" { (value(difference, difference.second.as_ref(), 1)) }
                        }
                    }
                }
            }
        }
        @if masks.is_some() { p.note.sub { "Masked values differ too: reveal the personal data to see them." } }
        @if !is_all { p.note { "More values differ, and are left out." } }
    }
}

/// Returns how two bodies differ that are not JSON.
fn bytes(ours: &[u8], theirs: &[u8]) -> Markup {
    let at = ours.iter().zip(theirs).take_while(|(one, other)| one == other).count();
    html! {
        p.note { "A body is not JSON, or has too many values to compare. The bytes differ from byte " (at) " on: " (ours.len()) " bytes here, " (theirs.len()) " there." }
    }
}
