//! Platforms for the settings of schemes that no built-in platform may have.

use std::sync::OnceLock;

use bytes::Bytes;
use referral_webhooks::platform::refir::{Event, Refir};
use referral_webhooks::platform::{self, Facts, Platform, Signed, Visit};
use referral_webhooks::{BodyHmac, BodyToken, DeliveryId, HeaderToken, Scheme, TimestampedHmac, Tolerance};

/// Declares platforms with the events of another one, and [`visit_schemes`].
macro_rules! schemes {
    ($($name:ident: $title:literal, $scheme:expr;)+) => {
        $(
            #[derive(Debug, Clone, Copy, Default)]
            struct $name;

            impl Platform for $name {
                type Event = Event;

                fn facts(&self) -> &Facts {
                    static FACTS: OnceLock<Facts> = OnceLock::new();
                    FACTS.get_or_init(|| {
                        let facts = Facts::new($title, $title, $scheme, Refir.facts().contract);
                        if facts.scheme.signs_time() { facts.with_tolerance(Tolerance::minutes(5)) } else { facts }
                    })
                }

                fn decode(&self, payload: &Bytes) -> Event {
                    Refir.decode(payload)
                }

                fn delivery_id(&self, _: &Event, signed: Signed<'_>) -> DeliveryId {
                    DeliveryId::digest(signed.payload)
                }
            }
        )+

        fn visit_schemes(visitor: &mut impl Visit) {
            $(visitor.visit($name);)+
        }
    };
}

schemes! {
    Prefixed: "prefixed", Scheme::BodyHmac(BodyHmac::new("x-scheme").with_prefix("v1="));
    Base64: "base64", Scheme::BodyHmac(BodyHmac::new("x-scheme").base64());
    Base64Form: "base64-form", Scheme::BodyHmac(BodyHmac::new("x-scheme").base64().with_prefix("v1,").or_form("payload"));
    Either: "either", Scheme::BodyHmac(BodyHmac::new("x-scheme").or_base64());
    Elements: "elements", Scheme::TimestampedHmac(TimestampedHmac::new("x-scheme").with_elements("ts", "v"));
    Milliseconds: "milliseconds", Scheme::TimestampedHmac(TimestampedHmac::new("x-scheme").in_milliseconds());
    Bare: "bare", Scheme::HeaderToken(HeaderToken::new("x-scheme"));
    Bearer: "bearer", Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Bearer "));
    Member: "member", Scheme::BodyToken(BodyToken::new("key"));
    MemberOrForm: "member-or-form", Scheme::BodyToken(BodyToken::new("key").or_form("payload"));
}

/// Visits every platform, and every setting of a scheme.
pub(crate) fn visit_all(visitor: &mut impl Visit) {
    platform::visit_all(visitor);
    visit_schemes(visitor);
}
