//! The page of the list.

use futures_util::future::try_join;
use maud::{Markup, html};
use referral_webhooks_inbox::store::{Counts, Store, StoreError};

use super::bulk::bar;
use super::cards::cards;
use super::empty::{without_entries, without_hits};
use super::filter_form::form;
use super::pages::{Page, Place};
use super::rows::table;
use super::selected::Selected;
use crate::context::Context;
use crate::live;
use crate::problem::Problem;
use crate::view::{Moments, Section};
use crate::web::answer::{self, Answer};

/// Returns the list.
pub(crate) async fn page<S: Store>(context: &Context<S>) -> Result<Answer, Problem> {
    let (selected, place) = (Selected::read(&context.query, context.now)?, Place::read(&context.query)?);
    let frame = &context.frame;
    if selected.is_refused {
        return Ok(answer::see_other(&frame.link("/refused", &selected.fields.only(&["endpoint"]))));
    }
    let store = context.store();
    let ((page, counts), endpoints) = try_join(counted(store, &selected, place), store.endpoints()).await?;
    if page.is_newest(place) {
        return Ok(answer::see_other(&frame.link("/", &selected.fields)));
    }
    let has_entries = endpoints.iter().any(|endpoint| endpoint.has_entries);
    let follows = place == Place::Newest;
    let stream = follows.then(|| live::url(frame, &selected.fields, &page.entries));
    let content = html! {
        h1.unseen { (capital(&selected.words())) }
        (cards(&counts, &selected, frame))
        (form(&selected, &endpoints, frame))
        @if page.entries.is_empty() && !has_entries {
            div.panel data-live=[stream] { (commands(context).await) }
        } @else {
            div.panel {
                (bar(&selected, &counts, frame))
                (table(&page.entries, frame, Moments::as_of(context.now), stream.as_deref()))
                @if page.entries.is_empty() { (without_hits(&selected, frame)) }
                (page.pager(frame, &selected.fields))
            }
        }
    };
    let aside = if follows {
        live::switch()
    } else {
        html! {}
    };
    let title = capital(&selected.words());
    Ok(answer::page(frame.page_with(Section::Deliveries, &title, aside, content)))
}

/// Returns a page of the list with the numbers of its cards.
async fn counted<S: Store>(store: &S, selected: &Selected, place: Place) -> Result<(Page, Counts), StoreError> {
    let page = Page::read(store, &selected.filter, place).await?;
    // The few hits of a search are counted without searching again.
    let counts = match page.is_everything(place) && selected.filter.states.is_empty() {
        true => Counts::of_entries(&page.entries),
        false => store.counts(selected.filter.clone()).await?,
    };
    Ok((page, counts))
}

/// Returns the commands that fill an empty inbox.
async fn commands<S: Store>(context: &Context<S>) -> Markup {
    let health = context.inbox().health().await;
    let endpoints: Vec<_> = health.endpoints.into_iter().map(|it| (it.endpoint, it.platform)).collect();
    let commands: Vec<String> = context.settings.try_it.iter().map(|command| command()).collect();
    without_entries(&endpoints, commands)
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
