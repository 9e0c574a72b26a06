//! The parts of the page of a delivery.

/// A part of the page of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Event,
    Request,
    Verification,
    Attempts,
    Related,
    Repeats,
}

pub(super) const TABS: [(Tab, &str, &str); 6] = [
    (Tab::Event, "event", "Event"),
    (Tab::Request, "request", "Request"),
    (Tab::Verification, "verification", "Verification"),
    (Tab::Attempts, "attempts", "Attempts"),
    (Tab::Related, "related", "Related"),
    (Tab::Repeats, "repeats", "Repeats and other bodies"),
];

impl Tab {
    /// Returns the part that a URL names.
    pub(super) fn of(name: Option<&str>) -> Self {
        TABS.iter().find(|(_, word, _)| Some(*word) == name).map_or(Self::Event, |(tab, ..)| *tab)
    }

    /// Returns the word of the part in URLs; an empty one for the first part.
    pub(super) fn word(self) -> &'static str {
        TABS.iter().find(|(tab, ..)| *tab == self).filter(|_| self != Self::Event).map_or("", |(_, word, _)| word)
    }
}
