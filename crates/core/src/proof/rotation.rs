//! Secrets that only reopen stored deliveries.
//!
//! - Guarantees: a reopening secret never accepts a request, because the keys of accepted secrets are in another list.
//! - Assumes: the caller passes evidence of a stored delivery to [`Verifier::reopen`] only.
//! - Without it: a removed secret locks every stored delivery that it proved, and a leaked one that is kept accepts
//!   forgeries.

#[cfg(feature = "json")]
use super::scheme::evidence::Evidence;
#[cfg(feature = "json")]
use super::scheme::key::Key;
#[cfg(feature = "json")]
use super::verified::Verified;
use super::verifier::Verifier;
#[cfg(feature = "json")]
use crate::Error;
use crate::{ConfigError, Fingerprint, SecretRole};

impl Verifier {
    /// Reopens stored deliveries with another secret. It accepts no request.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// ```
    /// # use referral_webhooks::{ErrorKind, Message, Scheme, Svix, Verifier};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = verifier.sign(&Message::new("{}", now))?;
    /// let rotated = Verifier::new(Scheme::Svix(Svix), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?
    ///     .reopens_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// assert_eq!(rotated.verify(&request, now).unwrap_err().kind(), ErrorKind::SignatureMismatch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reopens_with(mut self, secret: impl AsRef<str>) -> Result<Self, ConfigError> {
        self.reopening.push(self.scheme.key(&self.scheme.secret(secret.as_ref())?)?);
        Ok(self)
    }

    /// Returns the name of every secret with its role: the current one, previous ones, reopening ones. A set of keys has a
    /// name for each key, all with the role of the set.
    ///
    /// ```
    /// # use referral_webhooks::{Scheme, SecretRole, Svix, Verifier};
    /// let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?
    ///     .reopens_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let roles: Vec<SecretRole> = verifier.fingerprints().map(|(role, _)| role).collect();
    /// assert_eq!(roles, [SecretRole::Current, SecretRole::Reopening(1)]);
    /// # Ok::<(), referral_webhooks::ConfigError>(())
    /// ```
    pub fn fingerprints(&self) -> impl Iterator<Item = (SecretRole, Fingerprint)> {
        let accepted = self.names.iter().enumerate().map(|(index, names)| match index {
            0 => (SecretRole::Current, names.clone()),
            _ => (SecretRole::Previous(index), names.clone()),
        });
        let reopening = self.reopening.iter().zip(1..);
        let reopening = reopening.map(|(key, number)| (SecretRole::Reopening(number), key.fingerprints()));
        accepted.chain(reopening).flat_map(|(role, names)| names.into_iter().map(move |name| (role, name)))
    }

    /// Returns the number of reopening secrets.
    #[cfg(feature = "json")]
    pub(crate) const fn reopening_secrets(&self) -> usize {
        self.reopening.len()
    }

    /// Verifies a stored delivery: with the accepted secrets, then with the reopening ones, whose positions follow.
    #[cfg(feature = "json")]
    pub(crate) fn reopen<'r>(&self, evidence: &Evidence<'r>) -> Result<Verified<'r>, Error> {
        self.judge(evidence).or_else(|error| {
            let mut proof = self.scheme.verify(&self.reopening, evidence).map_err(|_| error)?;
            proof.secret += self.keys.len();
            Ok(Verified { proof, body: evidence.body })
        })
    }

    /// Returns the key that verified a delivery, with its name.
    #[cfg(feature = "json")]
    pub(crate) fn key_of(&self, verified: &Verified<'_>) -> (&Key, Fingerprint) {
        let position = verified.secret_index();
        let key = self.keys.iter().chain(&self.reopening).nth(position).expect("the position is that of a key");
        let name = match self.names.get(position) {
            Some(names) => names.get(verified.proof.key).copied(),
            None => key.fingerprints().get(verified.proof.key).copied(),
        };
        (key, name.expect("each key has a name"))
    }
}
