//! The checks of a delivery at its receipt, in words.

use maud::{Markup, html};
use referral_webhooks::{Scheme, Strength, Trust};
use referral_webhooks_inbox::store::Store;

use super::found::{Found, Stored};
use super::timeline::age;
use crate::context::Context;
use crate::platforms::Decoded;
use crate::view::{Moments, cell, duration};

/// Returns the part "Verification".
pub(super) fn tab<S: Store>(context: &Context<S>, found: &Found) -> Markup {
    let moments = Moments::as_of(context.now);
    let entry = &found.entry;
    let facts = context.settings.platforms.facts(&entry.platform);
    html! {
        p.note { "The delivery was accepted, so its proof was right when it came. It is checked again each time that a worker opens it." }
        dl {
            @if let Some(facts) = facts {
                dt { "Proof" } dd { (scheme(&facts.scheme)) }
                dt { "Trust" } dd { (trust(facts.scheme.trust())) }
                @if let Some(stored) = found.body.whole() {
                    @let names: Vec<&str> = stored.headers.keys().map(|name| name.as_str()).filter(|name| reads(&facts.scheme, name)).collect();
                    dt { "Headers of the proof" }
                    dd { @if names.is_empty() { "none are stored, because the proof is a token" } @else { @for (number, name) in names.iter().enumerate() { @if number > 0 { ", " } code { (cell(name)) } } } }
                }
                dt { "Tolerance" }
                dd {
                    @match facts.tolerance {
                        Some(tolerance) if tolerance.past() == tolerance.future() => { (words(tolerance.past())) " between the signed time and this machine's clock, unless the endpoint has its own" },
                        Some(tolerance) => { (words(tolerance.past())) " of age, " (words(tolerance.future())) " ahead, unless the endpoint has its own" },
                        None if facts.scheme.signs_time() => "5 minutes, unless the endpoint has its own",
                        None => "no time is signed, so a delivery of any age is accepted and its id is kept without end",
                    }
                }
            } @else {
                dt { "Proof" } dd { "the platform " (cell(&entry.platform)) " is not known to this program" }
            }
            dt { "Signed" }
            dd { (signed(found, moments)) }
            dt { "Received" } dd { (moments.long(entry.received_at)) }
            dt { "Secret" }
            dd { (secret(context, found)) }
            dt { "Id" } dd { span.mono { (cell(&entry.delivery_id)) } }
            dt { "The id is" } dd { (strength(found)) }
            @if let Some(profile) = &entry.profile { dt { "Profile" } dd { "digest " span.mono { (cell(profile)) } } }
            @if let Some(tenant) = &entry.tenant { dt { "Tenant" } dd { (cell(tenant)) ": the proof was checked with the secret of this tenant" } }
        }
    }
}

fn reads(scheme: &Scheme, name: &str) -> bool {
    name.parse().is_ok_and(|name| scheme.reads(&name))
}

fn words(time: std::time::Duration) -> String {
    duration(time.try_into().unwrap_or(time::Duration::MAX))
}

/// Returns the check of a scheme in words.
fn scheme(scheme: &Scheme) -> &'static str {
    match scheme {
        Scheme::BodyHmac(_) => "an HMAC-SHA256 of the body, in a header",
        Scheme::TimestampedHmac(_) => "an HMAC-SHA256 of the time and the body, in a header",
        Scheme::Svix(_) => "a Svix signature of the message id, the time and the body, in three headers",
        Scheme::UrlToken(_) => "a secret token in the URL; the body is not signed",
        Scheme::HeaderToken(_) => "a secret token in a header; the body is not signed",
        Scheme::BodyToken(_) => "a secret token in the body; the body is not signed",
        _ => "a signature under a key that the platform publishes, in a header",
    }
}

const fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Signed => "signed: only a holder of the key can have sent this body",
        Trust::SharedSecret => {
            "shared secret: the sender knows a secret that it sends along; ask the platform before you pay"
        }
        Trust::SecretUrl => {
            "secret URL: the sender knows the URL, and URLs leak into logs; ask the platform before you pay"
        }
    }
}

fn signed(found: &Found, moments: Moments) -> Markup {
    html! {
        @match (&found.decoded, &found.body) {
            (Some(Decoded { signed_at: Some(signed_at), .. }), _) => {
                (moments.long(*signed_at)) ", " (age(found.entry.received_at - *signed_at))
            },
            (Some(_), _) => "no time is signed",
            (None, Stored::Deleted) => "unknown, because the body and the headers were deleted",
            (None, Stored::Sealed) => "unknown, because the headers are encrypted",
            (None, Stored::Whole(_)) => "unknown",
        }
    }
}

fn secret<S: Store>(context: &Context<S>, found: &Found) -> Markup {
    let entry = &found.entry;
    let Some(secret) = entry.secret else {
        return html! { "unknown: the fingerprint was deleted together with the body" };
    };
    let role = context.inbox().secret_role(&entry.endpoint, secret);
    // An endpoint of this program has a role for the secrets that it can open stored deliveries with.
    let is_known = context.settings.has_intake(&entry.endpoint);
    html! {
        "fingerprint " span.mono { (secret) } ", "
        @match role {
            Some(role) => { "the endpoint's " (role) },
            None if is_known => span.discarded { "which the endpoint does not have now: add it with reopens_with, or the delivery cannot be processed" },
            None => "whose role this program does not know, because it has no secrets of the endpoint",
        }
    }
}

fn strength(found: &Found) -> &'static str {
    match found.decoded.as_ref().map(|decoded| decoded.strength) {
        Some(Strength::MessageId) => "the platform's own: a retry repeats it",
        Some(Strength::BusinessFields) => "made of fields of the event, which a retry repeats",
        Some(Strength::Digest) => "a digest of the body: two messages with the same content share it",
        None if found.entry.is_derived => "a digest of the body: two messages with the same content share it",
        _ => "the platform's, or made of fields of the event",
    }
}
