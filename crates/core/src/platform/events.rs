//! The declaration of events whose names are documented: one table gives the enum, the decoding and the names.

/// Declares `Event` from a table of variants, members, happenings and wire names, and the function `event`, which decodes by
/// name.
///
/// The platform's `Wire` reads the members with `envelope`, whose result is an `Envelope` of them. Variants after `..`
/// are those that the platform's own decoder makes of another one.
macro_rules! events {
    (
        $(#[$meta:meta])*
        enum Event;
        $($(#[$doc:meta])* $variant:ident($members:ty) as $happening:ident = $name:literal,)+
        $(.. $($(#[$also_doc:meta])* $also:ident($also_members:ty) as $also_happening:ident = $also_name:literal,)+)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Serialize)]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* $variant(Envelope<$members>),)+
            $($($(#[$also_doc])* $also(Envelope<$also_members>),)+)?
            /// Any other payload.
            Other(Other),
        }

        /// Decodes the members of the event with this name.
        fn event(name: &str, wire: Wire<'_>) -> Result<Event, Why> {
            match name {
                $($name => wire.envelope().map(Event::$variant),)+
                _ => Err(Why::UnknownName),
            }
        }

        impl Event {
            /// Returns the id in the body of a known event.
            const fn id(&self) -> Option<&Id> {
                match self {
                    $(Self::$variant(envelope) => envelope.id(),)+
                    $($(Self::$also(envelope) => envelope.id(),)+)?
                    Self::Other(_) => None,
                }
            }
        }

        impl super::event::Event for Event {
            fn name(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(_) => Some($name),)+
                    $($(Self::$also(_) => Some($also_name),)+)?
                    Self::Other(other) => other.name.as_deref(),
                }
            }

            fn summary(&self) -> Summary<'_> {
                match self {
                    $(Self::$variant(envelope) => envelope.summary(Happening::$happening),)+
                    $($(Self::$also(envelope) => envelope.summary(Happening::$also_happening),)+)?
                    Self::Other(_) => Summary::of(Happening::Other),
                }
            }

            fn other(&self) -> Option<&Other> {
                if let Self::Other(other) = self { Some(other) } else { None }
            }
        }
    };
}

pub(super) use events;
