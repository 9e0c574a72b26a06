//! The open points of a profile.

use std::fmt;

use super::clock::Meaning;
use super::identity::{IdRule, NameRule};
use super::proof::{Encoding, Proof};
use super::schedule::End;
use super::spec::Spec;

/// A consequence of a [`Profile`](super::Profile) for its author to know. The profile is valid.
///
/// ```
/// use referral_webhooks::profile::{Notice, Profile};
///
/// let profile: Profile = toml::from_str(r#"
///     name = "acme"
///     scheme = { kind = "body-hmac", header = "X-Acme-Signature" }
///     event = { name = "/type" }
/// "#)?;
/// assert!(profile.notices().contains(&Notice::DigestId));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// No id is named, so a digest of the body identifies a delivery.
    DigestId,
    /// No item id is named, so a digest of an item identifies it.
    DigestItemId,
    /// The name is in a header that no signature covers.
    UnprovenName,
    /// The sender proves by a token alone that it knows the token. The body has no signature.
    TokenOnly,
    /// No personal members are named, so the whole body is treated as personal.
    WholeBodyPersonal,
    /// Two encodings of the signature are accepted.
    EitherEncoding,
    /// No end of the retries is known, so ids are kept without end.
    NoEndOfRetries,
    /// The time of the sending is named without a tolerance, so the age of a delivery is not checked.
    NoTolerance,
}

impl Notice {
    /// Returns the notice as one word, for scripts.
    ///
    /// ```
    /// use referral_webhooks::profile::Notice;
    ///
    /// assert_eq!(Notice::DigestId.as_str(), "digest-id");
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::DigestId => "digest-id",
            Self::DigestItemId => "digest-item-id",
            Self::UnprovenName => "unproven-name",
            Self::TokenOnly => "token-only",
            Self::WholeBodyPersonal => "whole-body-personal",
            Self::EitherEncoding => "either-encoding",
            Self::NoEndOfRetries => "no-end-of-retries",
            Self::NoTolerance => "no-tolerance",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DigestId => {
                "the profile has no `event.id`, so a digest of the body identifies a delivery; a retry with another body \
                 counts as another event"
            }
            Self::DigestItemId => "the profile has no `items.id`, so a digest of an item identifies it",
            Self::UnprovenName => {
                "the event's name is in a header that no signature covers; it names the event and identifies none, so \
                 decide no payment by it alone"
            }
            Self::TokenOnly => {
                "the sender proves only that it knows the token; the body has no signature, so confirm what matters with \
                 the platform's API"
            }
            Self::WholeBodyPersonal => {
                "the profile names no `personal` members, so the whole body is treated as personal and left out of logs"
            }
            Self::EitherEncoding => "signatures in hexadecimal and in base64 are accepted; name one once it is known",
            Self::NoEndOfRetries => "no end of the retries is known, so ids are kept without end",
            Self::NoTolerance => "the time of the sending has no `tolerance`, so a delivery of any age is accepted",
        })
    }
}

/// Returns the notices about a profile, the gravest first.
pub(super) fn notices(spec: &Spec) -> Vec<Notice> {
    let has_items_without_id = spec.items.as_ref().is_some_and(|items| items.id == IdRule::Digest);
    let is_sending = spec.time.as_ref().is_some_and(|time| time.of == Meaning::Sending);
    let all = [
        (Notice::DigestId, spec.identity.id == IdRule::Digest && spec.items.is_none()),
        (Notice::DigestItemId, has_items_without_id),
        (Notice::UnprovenName, matches!(spec.identity.name, NameRule::Header(_))),
        (Notice::TokenOnly, !spec.proof.signs_body()),
        (Notice::WholeBodyPersonal, spec.privacy.personal.is_none()),
        (Notice::EitherEncoding, matches!(spec.proof, Proof::BodyHmac { encoding: Encoding::Either, .. })),
        (Notice::NoEndOfRetries, spec.reactions.schedule.end == End::Unpublished),
        (
            Notice::NoTolerance,
            is_sending && spec.tolerance.is_none() && spec.proof.signs_body() && !spec.proof.signs_time(),
        ),
    ];
    all.into_iter().filter(|(_, applies)| *applies).map(|(notice, _)| notice).collect()
}
