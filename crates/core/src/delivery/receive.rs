//! From a request, or from a stored delivery, to a [`Delivery`]: verify, then decode, then find the id.

use std::borrow::Cow;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, Uri};
use time::OffsetDateTime;

use super::delivery::{Delivery, Findings};
use super::endpoint::Endpoint;
use super::redact::{Redacted, redacted};
use super::stored::StoredDelivery;
use crate::platform::{Platform, Signed};
use crate::proof::scheme::evidence::Evidence;
use crate::proof::scheme::policy::{AgeRule, Policy};
use crate::proof::signed_time::SignedTime;
use crate::{Error, ErrorKind, Message, SignError, Verified};

impl<P: Platform> Endpoint<P> {
    /// Receives a request: verifies it, decodes its event and finds its id.
    ///
    /// # Errors
    ///
    /// If the request is not proven to be the platform's, or is outside the tolerance; see [`ErrorKind`].
    /// A genuine body that cannot be decoded is accepted as the event `Other`.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, ErrorKind, Message};
    /// # use time::OffsetDateTime;
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let mut request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// assert_eq!(endpoint.receive(&request, now)?.id().as_str(), "msg_1");
    ///
    /// *request.body_mut() = "forged".into();
    /// assert_eq!(endpoint.receive(&request, now).unwrap_err().kind(), ErrorKind::SignatureMismatch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn receive<B: AsRef<[u8]>>(&self, request: &Request<B>, now: OffsetDateTime) -> Result<Delivery<P>, Error> {
        let evidence = Evidence::of(request, now, self.settings.verifier.policy);
        let verified = self.verify(&evidence)?;
        let body = Bytes::copy_from_slice(evidence.body);
        let redacted = self.redacted(&verified, request.headers(), &body);
        let payload = payload_of(&verified, &body, redacted.as_ref());
        let event = self.platform.decode_request(&payload, request.headers());
        let findings = self.conclude(&evidence, &verified, &event, &payload)?;
        let (headers, body) = match redacted {
            Some(Redacted { headers, body, .. }) => (headers, body),
            None => (request.headers().clone(), body),
        };
        Ok(Delivery::new(self.platform.clone(), event, findings, headers, body))
    }

    /// Receives a request without copying its headers and body. Web frameworks call this.
    ///
    /// # Errors
    ///
    /// As [`receive`](Self::receive).
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// let address = request.body().as_ptr();
    /// let delivery = endpoint.receive_owned(request, now)?;
    /// assert_eq!(delivery.body().as_ptr(), address); // the same bytes in memory
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn receive_owned(&self, request: Request<Bytes>, now: OffsetDateTime) -> Result<Delivery<P>, Error> {
        // The rest of the request is freed before the event's texts are allocated, so that they reuse its memory.
        let (Parts { uri, headers, .. }, body) = request.into_parts();
        let policy = self.settings.verifier.policy;
        let evidence = Evidence { uri: Some(&uri), seal: None, headers: &headers, body: &body, now, policy };
        let verified = self.verify(&evidence)?;
        let redacted = self.redacted(&verified, &headers, &body);
        let payload = payload_of(&verified, &body, redacted.as_ref());
        let event = self.platform.decode_request(&payload, &headers);
        let findings = self.conclude(&evidence, &verified, &event, &payload)?;
        let (headers, body) = match redacted {
            Some(Redacted { headers, body, .. }) => (headers, body),
            None => (headers, body),
        };
        Ok(Delivery::new(self.platform.clone(), event, findings, headers, body))
    }

    /// Opens a [`StoredDelivery`] that a store has kept. This and [`receive`](Self::receive) are the only ways to a
    /// [`Delivery`].
    ///
    /// The stored bytes are verified again, with the accepted secrets and then with the reopening ones. Id, event, trust, signed time and matched secret
    /// are determined again. The following was judged on arrival and is not checked: the age, the limit on bodies, the
    /// [pinned](Self::pin) variant, and a URL token demanded in addition to a signature. If the token is the proof
    /// itself, the [seal](StoredDelivery::seal) is checked instead. [`Delivery::is_stale`] says whether the delivery was
    /// outside the current tolerance when it came.
    ///
    /// A delivery whose secret was removed since is refused. Keep an old secret with
    /// [`reopens_with`](Self::reopens_with) as long as the store has a body that it proved. A refused delivery stays in
    /// the store, and opens when the secret is back.
    ///
    /// Pass only deliveries from your own store. A request from the network would pass as a replay, because the age is
    /// not judged.
    ///
    /// # Errors
    ///
    /// If no secret of this endpoint makes the stored proof over the stored bytes; see [`ErrorKind`].
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, Message};
    /// # use time::OffsetDateTime;
    /// # let now = OffsetDateTime::UNIX_EPOCH;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let delivery = endpoint.receive(&endpoint.sign(&Message::new("{}", now))?, now)?;
    ///
    /// let stored = delivery.stored(); // its parts go into the columns of a store
    /// let reopened = endpoint.reopen(stored)?;
    /// assert_eq!(reopened.id(), delivery.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reopen(&self, stored: StoredDelivery) -> Result<Delivery<P>, Error> {
        let StoredDelivery { headers, body, received_at: now, seal } = stored;
        let policy = Policy { age: AgeRule::JudgedBefore, ..self.settings.verifier.policy };
        let mut evidence = Evidence { uri: None, seal: seal.as_ref(), headers: &headers, body: &body, now, policy };
        let mut verified = self.settings.verifier.reopen(&evidence);
        // A delivery that was stored before the variant was pinned may have another. The pinned one goes first, because
        // a delivery that came since may hold proofs of both.
        if verified.is_err() && policy.pinned.is_some() {
            evidence.policy.pinned = None;
            verified = self.settings.verifier.reopen(&evidence);
        }
        let verified = verified?;
        let payload = payload_of(&verified, &body, None);
        let event = self.platform.decode_request(&payload, &headers);
        let findings = self.conclude(&evidence, &verified, &event, &payload)?;
        Ok(Delivery::new(self.platform.clone(), event, findings, headers, body))
    }

    /// Checks the headers and the URL before the body is read. Every header of the proof must be there, once, and
    /// readable, and the URL's token must be right. Web crates call it before the first byte of the body.
    ///
    /// # Errors
    ///
    /// Every error is one that [`receive`](Self::receive) would return for any body.
    ///
    /// ```
    /// # use referral_webhooks::{Endpoint, ErrorKind, Message, platform::redpin::Redpin};
    /// # let now = time::OffsetDateTime::UNIX_EPOCH;
    /// # let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// # let mut request = endpoint.sign(&Message::new("{}", now).id("msg_1"))?;
    /// assert!(endpoint.check_head(request.uri(), request.headers()).is_ok());
    ///
    /// request.headers_mut().remove("svix-signature");
    /// let error = endpoint.check_head(request.uri(), request.headers()).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::MissingHeader("svix-signature"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_head(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
        self.settings.verifier.check_head(uri, headers)
    }

    /// Verifies a request whose body is within the limit.
    fn verify<'r>(&self, evidence: &Evidence<'r>) -> Result<Verified<'r>, Error> {
        if evidence.body.len() > self.settings.body_limit {
            return Err(ErrorKind::BodyTooLarge.into());
        }
        self.settings.verifier.judge(evidence)
    }

    /// Returns the parts of the delivery without its token, if its proof is a token in a header or in the body.
    fn redacted(&self, verified: &Verified<'_>, headers: &HeaderMap, body: &Bytes) -> Option<Redacted> {
        verified.proof.carrier?;
        redacted(verified, self.settings.verifier.key_of(verified).0, headers, body)
    }

    /// Judges a signed time in the body, and finds the delivery's id.
    fn conclude(
        &self,
        evidence: &Evidence<'_>,
        verified: &Verified<'_>,
        event: &P::Event,
        payload: &Bytes,
    ) -> Result<Findings, Error> {
        let (mut signed_at, mut stale) = (verified.signed_at(), verified.is_stale());
        let body_time = self.platform.signed_at(event);
        if let (None, Some(body_time)) = (signed_at, body_time) {
            stale = evidence.policy.check_age(SignedTime::seconds(body_time.unix_timestamp()), evidence.now)?;
            signed_at = Some(body_time);
        }
        let (key, fingerprint) = self.settings.verifier.key_of(verified);
        Ok(Findings {
            id: self.platform.delivery_id(event, Signed { message_id: verified.message_id(), payload }),
            trust: verified.trust(),
            secret: verified.secret_index(),
            variant: verified.variant(),
            received_at: evidence.now,
            signed_at,
            stale,
            fingerprint,
            sealer: key.sealer().cloned(),
            payload: verified.proof.form_payload.map(|_| payload.clone()),
        })
    }

    /// Makes the complete request that the platform would send for a message. For tests and tools.
    ///
    /// # Errors
    ///
    /// If the endpoint holds only a public key, or id, time or URL cannot be signed.
    ///
    /// ```
    /// use referral_webhooks::platform::redpin::Redpin;
    /// use referral_webhooks::{Endpoint, Message};
    /// # use time::OffsetDateTime;
    ///
    /// let endpoint = Endpoint::<Redpin>::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    /// let request = endpoint.sign(&Message::new("{}", OffsetDateTime::UNIX_EPOCH))?;
    /// assert!(request.headers().contains_key("svix-signature"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign(&self, message: &Message) -> Result<Request<Bytes>, SignError> {
        self.settings.verifier.sign(message)
    }
}

/// Returns the bytes that carry the event: the body, or the decoded payload field of a form.
fn payload_of<'b>(verified: &Verified<'_>, body: &'b Bytes, redacted: Option<&'b Redacted>) -> Cow<'b, Bytes> {
    match (redacted, verified.proof.form_payload) {
        (Some(redacted), _) => Cow::Borrowed(&redacted.payload),
        (None, Some(value)) => Cow::Owned(value.decode().into()),
        (None, None) => Cow::Borrowed(body),
    }
}
