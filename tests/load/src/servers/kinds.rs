//! The frameworks and handlers that are measured.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
    /// No framework: our service under hyper.
    Tower,
}

impl Framework {
    /// The frameworks that are loaded, with every handler.
    pub(crate) const ALL: [Self; 2] = [Self::Axum, Self::Actix];
    /// The frameworks that strangers attack, with our handler.
    pub(crate) const WITH_OURS: [Self; 3] = [Self::Axum, Self::Actix, Self::Tower];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Tower => "tower",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::WITH_OURS.into_iter().find(|framework| framework.name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handler {
    /// Reads the body and answers 200.
    Bare,
    /// Extracts our `Webhook<Redpin>`, mounted as our documentation mounts it, and matches the event.
    Ours,
    /// Verifies with the `svix` crate, decodes with serde_json, and matches the event.
    Svix,
}

impl Handler {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Ours, Self::Svix];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Ours => "webhook",
            Self::Svix => "svix",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|handler| handler.name() == name)
    }
}
