//! The layout of every page.

use maud::{DOCTYPE, Markup, html};

use crate::access::{Operator, Rights};
use crate::web::{Base, Form, SCRIPT, STYLE};

/// A part of the site, in its navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Deliveries,
    Endpoints,
    Refused,
    History,
    /// A page that the navigation does not have.
    Other,
}

const SECTIONS: [(Section, &str, &str); 4] = [
    (Section::Deliveries, "Deliveries", "/"),
    (Section::Endpoints, "Endpoints", "/endpoints"),
    (Section::Refused, "Refused", "/refused"),
    (Section::History, "History", "/history"),
];

/// The data of the layout.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The title of the site: `Webhook inbox · shop` for example.
    pub(crate) title: String,
    pub(crate) base: Base,
    /// The person who looks; `None` on the page of a person who is not admitted.
    pub(crate) operator: Option<Operator>,
    /// The token of forms.
    pub(crate) token: String,
    pub(crate) is_read_only: bool,
}

impl Frame {
    /// Returns a path of the page as a browser names it.
    pub(crate) fn path(&self, path: &str) -> String {
        self.base.path(path)
    }

    /// Returns a path with a query.
    pub(crate) fn link(&self, path: &str, query: &Form) -> String {
        self.base.path(&(path.to_owned() + &query.to_query()))
    }

    /// Returns whether the operator may act on deliveries here.
    pub(crate) fn can_act(&self) -> bool {
        !self.is_read_only && self.may(Rights::ACT)
    }

    /// Returns whether the operator may reveal personal data here. Revealing writes to the history.
    pub(crate) fn can_reveal(&self) -> bool {
        !self.is_read_only && self.may(Rights::REVEAL)
    }

    fn may(&self, rights: Rights) -> bool {
        self.operator.as_ref().is_some_and(|operator| operator.rights().may(rights))
    }

    /// Returns the hidden field that every form sends.
    pub(crate) fn token_field(&self) -> Markup {
        html! { input type="hidden" name="token" value=(self.token); }
    }

    /// Returns a whole page. The content has the heading of the first level.
    pub(crate) fn page(&self, section: Section, title: &str, content: Markup) -> Markup {
        self.page_with(section, title, html! {}, content)
    }

    /// Returns a whole page with something at the end of its header.
    pub(crate) fn page_with(&self, section: Section, title: &str, aside: Markup, content: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · " (self.title) }
                    link rel="icon" href=(self.path("/favicon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(self.path(&format!("/{}", STYLE.name)));
                    script src=(self.path(&format!("/{}", SCRIPT.name))) defer {}
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    header.top {
                        a.site href=(self.path("/")) { (self.title) }
                        @if self.operator.is_some() {
                            nav aria-label="Sections" {
                                @for (each, name, path) in SECTIONS {
                                    a href=(self.path(path)) aria-current=[(each == section).then_some("page")] { (name) }
                                }
                            }
                        }
                        div.aside {
                            (aside)
                            @if let Some(operator) = &self.operator {
                                span.who title="The name in history lines" { (operator.name()) }
                                @if self.is_read_only { span.tag { "read only" } }
                            }
                        }
                    }
                    main id="content" tabindex="-1" { (content) }
                    footer { "Times are UTC." }
                }
            }
        }
    }
}
