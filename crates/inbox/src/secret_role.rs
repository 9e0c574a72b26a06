//! The role of a secret in an endpoint.

use referral_webhooks::{Fingerprint, SecretRole};

use crate::inbox::Inbox;
use crate::store::Store;

impl<S: Store> Inbox<S> {
    /// Returns the role that a secret has in an endpoint now; `None` if the endpoint does not have the secret, or has no
    /// intake in this inbox. [`Entry::secret`](crate::store::Entry::secret) names the secret that proved a body.
    ///
    /// ```
    /// use referral_webhooks_inbox::Inbox;
    /// use referral_webhooks_inbox::store::{Entry, Store};
    ///
    /// fn proved_by<S: Store>(inbox: &Inbox<S>, entry: &Entry) -> String {
    ///     let role = entry.secret.and_then(|secret| inbox.secret_role(&entry.endpoint, secret));
    ///     role.map_or("an unknown secret".to_owned(), |role| role.to_string())
    /// }
    /// ```
    #[must_use]
    pub fn secret_role(&self, endpoint: &str, secret: Fingerprint) -> Option<SecretRole> {
        self.secrets.get(endpoint)?.role(secret)
    }
}
