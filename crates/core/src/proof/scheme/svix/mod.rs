//! Svix and Standard Webhooks: three headers, a list of signatures.
//!
//! Documented: <https://docs.svix.com/receiving/verifying-payloads/how-manual> and
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

#[cfg(feature = "ed25519")]
mod ed25519;
mod entries;
mod family;
mod secret;

#[cfg(feature = "ed25519")]
use std::cell::OnceCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderMap, HeaderName};

#[cfg(feature = "ed25519")]
pub(super) use self::ed25519::Ed25519Key;
use self::family::{Claim, Found, SVIX_HEADERS, WEBHOOK_HEADERS, in_families, is_id};
use super::body_hmac::base64_32;
use super::{Evidence, Key, Proof, Variant};
use crate::proof::message::{Draft, Message, SignError};
use crate::{ConfigError, Error, ErrorKind, Secret};

/// Svix and Standard Webhooks.
///
/// The signature covers id, timestamp and body with full stops between them. The three headers are a family,
/// `svix-*` or `webhook-*`; where both are complete `svix-*` is tried first, and they are never mixed.
///
/// Secrets are `whsec_` and base64 (the prefix may be missing, so may the padding). Fewer than 16 bytes are refused.
/// Fewer than 24 are a [`Weakness`](crate::Weakness), and accepted because Svix's own documentation shows a secret of
/// 18. With the feature `ed25519`, `whpk_` and `whsk_` keys verify `v1a` entries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Svix;

impl Svix {
    pub(super) fn key(&self, secret: &Secret) -> Result<Key, ConfigError> {
        secret::key(secret)
    }

    pub(super) fn is_short(&self, secret: &Secret) -> bool {
        secret::is_short(secret)
    }

    pub(super) fn secret_from(&self, random: &[u8; 32]) -> String {
        format!("whsec_{}", STANDARD.encode(random))
    }

    pub(super) fn verify<'r>(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        in_families(evidence.pinned, evidence.headers, |found| found.verify(keys, evidence))
    }

    pub(super) fn check_head(&self, pinned: Option<Variant>, headers: &HeaderMap) -> Result<(), Error> {
        in_families(pinned, headers, |found| found.claim().and_then(|_| found.any_entry(|_, _| false)).map(|_| ()))
    }

    /// Whether the proof stands in this header, in either family.
    pub(super) fn reads(&self, header: &HeaderName) -> bool {
        [&SVIX_HEADERS, &WEBHOOK_HEADERS]
            .iter()
            .any(|family| [family.id, family.timestamp, family.signature].contains(&header.as_str()))
    }

    /// Signs with every secret, the current one first, as Svix does while a rotation lasts.
    pub(super) fn sign(&self, keys: &[Key], message: &Message, draft: &mut Draft) -> Result<(), SignError> {
        let family = match message.variant {
            Some(Variant::WebhookHeaders) => &WEBHOOK_HEADERS,
            _ => &SVIX_HEADERS,
        };
        let id = message.message_id();
        if !is_id(id.as_bytes()) {
            return Err(SignError::BadId);
        }
        let time_text = message.timestamp()?;
        let signed = [id.as_bytes(), b".", time_text.as_bytes(), b".", &message.body];
        let mut signatures = Vec::with_capacity(keys.len());
        for key in keys {
            signatures.push(match key {
                Key::Hmac(key) => format!("v1,{}", STANDARD.encode(key.tag(&signed).as_bytes())),
                #[cfg(feature = "ed25519")]
                Key::Ed25519(key) => format!("v1a,{}", STANDARD.encode(key.sign(&signed)?)),
                _ => return Err(SignError::NoSigningKey),
            });
        }
        draft.header(family.id, &id);
        draft.header(family.timestamp, &time_text);
        draft.header(family.signature, &signatures.join(" "));
        Ok(())
    }
}

impl<'r> Found<'r> {
    fn verify(&self, keys: &[Key], evidence: &Evidence<'r>) -> Result<Proof<'r>, Error> {
        let Claim { id, time_text, signed_at } = self.claim()?;
        let signed = [id, b".", time_text, b".", evidence.body];
        for (secret, key) in keys.iter().enumerate() {
            if self.any_matches(key, &signed)? {
                let stale = evidence.check_age(signed_at)?;
                return Ok(Proof {
                    message_id: std::str::from_utf8(id).ok(),
                    signed_at: Some(signed_at),
                    stale,
                    ..Proof::signed(secret, self.family.variant)
                });
            }
        }
        Err(ErrorKind::SignatureMismatch.into())
    }

    fn any_matches(&self, key: &Key, signed: &[&[u8]; 5]) -> Result<bool, Error> {
        match key {
            Key::Hmac(key) => {
                let tag = key.tag(signed);
                self.any_entry(|version, text| {
                    version == b"v1" && base64_32(text).is_some_and(|claimed| tag.is(&claimed))
                })
            }
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => {
                // The check needs the message in one piece: one copy, however many signatures are claimed.
                let message = OnceCell::new();
                self.any_entry(|version, text| {
                    version == b"v1a" && key.verifies(message.get_or_init(|| signed.concat()), text)
                })
            }
            _ => Ok(false),
        }
    }
}
