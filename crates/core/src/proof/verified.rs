//! The proof that a request carried.

use std::borrow::Cow;
use std::fmt;

use time::OffsetDateTime;

use super::scheme::evidence::{Carrier, Proof};
use super::signed_time::SignedTime;
use super::{form, member};
use crate::{Trust, Variant};

/// The proof that a request carried. Only verification makes one.
///
/// ```
/// use referral_webhooks::{Message, Scheme, Svix, Trust, Variant, Verifier};
/// # use time::OffsetDateTime;
/// # let now = OffsetDateTime::UNIX_EPOCH;
///
/// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let request = verifier.sign(&Message::new("{}", now).id("msg_1"))?;
/// let verified = verifier.verify(&request, now)?;
/// assert_eq!((verified.message_id(), verified.signed_at()), (Some("msg_1"), Some(now)));
/// assert_eq!((verified.trust(), verified.variant()), (Trust::Signed, Variant::SvixHeaders));
/// assert_eq!(&*verified.payload(), b"{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct Verified<'r> {
    pub(crate) proof: Proof<'r>,
    pub(super) body: &'r [u8],
}

impl<'r> Verified<'r> {
    /// Returns the position of the secret that matched: 0 is the one given to `new`, 1 the first `or_previous`.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let rotated = Verifier::new(Scheme::Svix(Svix), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?
    ///     .or_previous("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(rotated.verify(&request, now)?.secret_index(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn secret_index(&self) -> usize {
        self.proof.secret
    }

    /// Returns the variant of the proof.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Variant, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// assert_eq!(verifier.verify(&request, now)?.variant(), Variant::SvixHeaders);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn variant(&self) -> Variant {
        self.proof.variant
    }

    /// Returns how much the sender has proved.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Trust, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// assert_eq!(verifier.verify(&request, now)?.trust(), Trust::Signed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn trust(&self) -> Trust {
        self.proof.trust
    }

    /// Returns the signed message id, if the scheme has one.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now).id("msg_1"))?;
    /// assert_eq!(verifier.verify(&request, now)?.message_id(), Some("msg_1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn message_id(&self) -> Option<&'r str> {
        self.proof.message_id
    }

    /// Returns the signed time, if the scheme has one.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let verified = verifier.verify(&request, now + time::Duration::seconds(2))?;
    /// assert_eq!(verified.signed_at(), Some(now)); // the time in `svix-timestamp`
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn signed_at(&self) -> Option<OffsetDateTime> {
        self.proof.signed_at.and_then(SignedTime::date)
    }

    /// Returns whether the delivery is older than the tolerance, and accepted because the verifier's settings say so.
    ///
    /// ```
    /// # use referral_webhooks::{Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let verifier = verifier.dangerously_accept_stale();
    /// assert!(!verifier.verify(&request, now)?.is_stale());
    /// assert!(verifier.verify(&request, now + time::Duration::hours(1))?.is_stale());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.proof.stale
    }

    /// Returns the bytes that carry the event: the body, or the decoded payload field of a form. A token in them is masked.
    ///
    /// ```
    /// # use referral_webhooks::{BodyHmac, Message, Scheme, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let scheme = Scheme::BodyHmac(BodyHmac::new("x-shop-signature").or_form("payload"));
    /// # let verifier = Verifier::new(scheme, "correct horse battery staple")?;
    /// let request = verifier.sign(&Message::new("{}", now).as_form())?;
    /// assert_eq!(request.body(), "payload=%7B%7D");
    /// assert_eq!(&*verifier.verify(&request, now)?.payload(), b"{}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn payload(&self) -> Cow<'r, [u8]> {
        let payload = match self.proof.form_payload {
            Some(value) => Cow::Owned(value.decode()),
            None => Cow::Borrowed(self.body),
        };
        match self.proof.carrier {
            Some(Carrier::Member { name, .. }) => Cow::Owned(member::redacted(&payload, name)),
            Some(Carrier::Field(name)) => Cow::Owned(form::masked(&payload, name)),
            Some(Carrier::Header(_)) | None => payload,
        }
    }
}

/// Omits the body, which may hold personal data.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("proof", &self.proof).finish_non_exhaustive()
    }
}
