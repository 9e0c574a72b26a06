//! The secrets of an inbox's endpoints, to say at once which entry cannot be opened.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use referral_webhooks::platform::Platform;
use referral_webhooks::{Endpoint, Fingerprint, SecretRole, StoredDelivery};
use serde::{Serialize, Serializer};

use crate::store::Store;

/// A secret that stored entries need, and that is not the current one.
///
/// ```
/// use referral_webhooks_inbox::SecretNeeded;
///
/// fn line(needed: &SecretNeeded) -> String {
///     let SecretNeeded { endpoint, secret, entries, .. } = needed;
///     match needed.role {
///         Some(role) => format!("{endpoint} keeps its {role} for {entries} entries"),
///         None => format!("{endpoint} lacks the secret {secret} of {entries} entries: add it with `reopens_with`"),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SecretNeeded {
    /// The endpoint's name in the inbox.
    pub endpoint: String,
    /// The secret's role; `None` if the endpoint does not have the secret, so that the entries cannot be opened.
    #[serde(serialize_with = "as_text")]
    pub role: Option<SecretRole>,
    /// The fingerprint of the secret, [as the store keeps it](crate::store::Store::kept_fingerprint).
    pub secret: Fingerprint,
    /// The number of entries with a body that the secret proved: an exact one from an action, and
    /// [10,000](crate::store::SecretUse::MOST) at most from [`health`](crate::Inbox::health).
    pub entries: u64,
}

/// Writes a role as its text, `reopening secret 1` say.
fn as_text<S: Serializer>(role: &Option<SecretRole>, serializer: S) -> Result<S::Ok, S::Error> {
    role.map(|role| role.to_string()).serialize(serializer)
}

impl SecretNeeded {
    pub(crate) fn missing(endpoint: &str, secret: Fingerprint) -> Self {
        Self { endpoint: endpoint.to_owned(), role: None, secret, entries: 0 }
    }

    /// Counts an entry for the secret that it lacks.
    pub(crate) fn count(missing: &mut Vec<Self>, endpoint: &str, secret: Fingerprint) {
        let is_it = |needed: &Self| (needed.endpoint.as_str(), needed.secret) == (endpoint, secret);
        let place = missing.iter().position(is_it).unwrap_or_else(|| {
            missing.push(Self::missing(endpoint, secret));
            missing.len() - 1
        });
        missing[place].entries += 1;
    }
}

/// The secrets of one endpoint, as its store keeps their fingerprints.
#[derive(Clone)]
pub(crate) struct Secrets {
    roles: HashMap<Fingerprint, SecretRole>,
    opens: Arc<dyn Fn(StoredDelivery) -> bool + Send + Sync>,
}

impl Secrets {
    pub(crate) fn of<P: Platform>(endpoint: &Endpoint<P>, store: &impl Store) -> Self {
        let mut roles = HashMap::new();
        for (role, fingerprint) in endpoint.fingerprints() {
            // A secret that is given twice has its first role, which accepts.
            roles.entry(store.kept_fingerprint(fingerprint)).or_insert(role);
        }
        let endpoint = endpoint.clone();
        Self { roles, opens: Arc::new(move |stored| endpoint.reopen(stored).is_ok()) }
    }

    /// Returns the role of a secret; `None` if the endpoint does not have it.
    pub(crate) fn role(&self, secret: Fingerprint) -> Option<SecretRole> {
        self.roles.get(&secret).copied()
    }

    /// Returns the secret that is missing to open a delivery which did not open.
    pub(crate) fn missing(&self, secret: Option<Fingerprint>) -> Option<Fingerprint> {
        secret.filter(|secret| self.role(*secret).is_none())
    }

    /// Returns whether one of the secrets opens a stored delivery.
    pub(crate) fn open(&self, stored: StoredDelivery) -> bool {
        (self.opens)(stored)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// The secrets of every endpoint of an inbox, by the endpoint's name. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry(Arc<Mutex<HashMap<String, Secrets>>>);

impl Registry {
    pub(crate) fn set(&self, name: &str, secrets: Secrets) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secrets);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub(crate) fn get(&self, name: &str) -> Option<Secrets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Returns the endpoints in the order of their names.
    pub(crate) fn all(&self) -> Vec<(String, Secrets)> {
        let registered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = registered.iter().map(|(name, secrets)| (name.clone(), secrets.clone())).collect();
        all.sort_by(|(left, _), (right, _)| left.cmp(right));
        all
    }
}
