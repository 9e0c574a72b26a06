//! Fixtures for bug reports: requests with other secrets and personal data, and with the same verdict.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use referral_webhooks::{Message, Scheme, Variant, Verifier};
use time::OffsetDateTime;

use super::accident::Repair;
use super::body::{Circumstances, bodies};
use super::examined::Examined;
use super::fit::Fit;
use super::form;
use super::head::encoding::{self, encoded_as};
use super::head::proof_headers;
use super::redact;
use super::secret::{Key, Origin, guesses, keys};
use super::undo::Extent;
use crate::failure::Failure;
use crate::inquiry::Inquiry;
use crate::message::{self, Incoming};
use crate::note::note;
use crate::secret::{RawSecret, without_line_end};
use crate::sender::{Question, Sender};

/// Writes the request of an inquiry as a fixture. Fails if the verdict on the fixture would be another.
pub(super) fn write(path: &Path, inquiry: &Inquiry, examined: &Examined, fit: Option<&Fit>) -> Result<(), Failure> {
    let redacted = Redacted::new(inquiry, fit);
    let request = redacted.request(examined, fit)?;
    redacted.check(&request, examined, fit)?;
    fs::write(path, redacted.text(&request)).map_err(|error| {
        Failure::new(format!("cannot write `{}`: {error}", path.display()), "give a file in a folder that exists")
    })?;
    if redacted.has_better_secret {
        note("a fixture cannot hold such a secret; it has a valid one instead");
    }
    note(format_args!("read `{}` before you publish it", path.display()));
    Ok(())
}

/// An inquiry with other secrets and without personal data.
struct Redacted<'i> {
    inquiry: &'i Inquiry,
    /// The made-up key of the sender, if accidents explain the request.
    key: Option<Key>,
    /// The secrets of the fixture.
    secrets: Vec<String>,
    /// Whether a secret that is invalid, or longer than a line, was replaced by its repaired form.
    has_better_secret: bool,
    body: Bytes,
}

/// Returns published key pairs in place of the secrets, if the scheme has such keys. A masked key set would be invalid.
fn key_pairs(inquiry: &Inquiry) -> Option<Vec<Vec<u8>>> {
    let scheme = matches!(inquiry.sender.scheme, Scheme::DetachedJws(_)).then_some(&inquiry.sender.scheme)?;
    let numbers = (0..inquiry.secrets.len()).map(|position| u8::try_from(position).unwrap_or(u8::MAX));
    Some(numbers.map(|number| scheme.secret_from(&[number; 32]).into_bytes()).collect())
}

impl<'i> Redacted<'i> {
    fn new(inquiry: &'i Inquiry, fit: Option<&Fit>) -> Self {
        let raw_secrets: Vec<_> = inquiry.secrets.iter().map(|secret| redact::secret(secret.bytes())).collect();
        let raw_secrets = key_pairs(inquiry).unwrap_or(raw_secrets);
        let mut secrets: Vec<String> = Vec::new();
        let mut has_better_secret = false;
        let mut key = None;
        for (position, (raw, original)) in raw_secrets.iter().zip(&inquiry.secrets).enumerate() {
            let is_good = original
                .text()
                .is_ok_and(|text| inquiry.sender.verifier(&[text]).is_ok() && !text.contains(['\n', '\r']));
            let mut text = String::from_utf8_lossy(without_line_end(raw)).into_owned();
            if let Some(fit) = fit.filter(|fit| fit.secret == position) {
                key = made_up(raw, &inquiry.sender.scheme, &fit.key)
                    .filter(|made_up| is_good || made_up.text().is_some());
                // The accidents of some secrets cannot happen to a made-up one.
                if !is_good || key.is_none() {
                    let better = key.as_ref().and_then(Key::text).map(str::to_owned);
                    let better = better.or_else(|| fit.key.repaired.text().map(made_up_text));
                    if let Some(better) = better {
                        key = Some(Key::from(better.as_str()));
                        (has_better_secret, text) = (true, better);
                    }
                }
            }
            secrets.push(text);
        }
        let sender = fit.map_or(&inquiry.sender, |fit| &fit.route.repaired.sender);
        let body = redact::body(inquiry.incoming.request.body(), sender);
        Self { inquiry, key, secrets, has_better_secret, body }
    }

    /// Returns the request, which is proven exactly if the original is.
    fn request(&self, examined: &Examined, fit: Option<&Fit>) -> Result<Request<Bytes>, Failure> {
        let original = &self.inquiry.incoming.request;
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = original.method().clone();
        *request.uri_mut() = self.uri(original.uri())?;
        let proof = match fit {
            Some(fit) => Some(self.proof(fit)?),
            // In a header that cannot be read, letters and digits are masked, so that its form stays visible. A body
            // without a token gets none.
            None if examined.kind().is_some_and(|kind| kind.ends_with("-header") || kind == "missing-token") => None,
            None => Some(self.forgery()?),
        };
        *request.headers_mut() = self.headers(proof.as_ref());
        if let Some(body) = proof.and_then(|proof| proof.body) {
            *request.body_mut() = body;
        }
        Ok(request)
    }

    /// Returns the original's proof with one that these secrets make for this body.
    fn proof(&self, fit: &Fit) -> Result<Proof, Failure> {
        let sender = &fit.route.repaired.sender;
        let surplus = redact::bytes(&self.inquiry.incoming.surplus);
        let circumstances = Circumstances::new(&self.inquiry.sender, surplus.into());
        let body = same(bodies(&self.body, &circumstances, Extent::All).repairs, &fit.body).ok_or_else(cannot)?;
        let signer = self.key.as_ref().ok_or_else(cannot)?.verifier(sender.scheme.clone()).map_err(|_| cannot())?;
        let signed = match fit.variant {
            // The signature covers the field, in any encoding of the form.
            Variant::FormPayload => form::fields(&body.repaired).and_then(only_json).ok_or_else(cannot)?,
            _ => body.repaired,
        };
        if let Some(proof) = self.token_in_body(&signer) {
            return Ok(proof);
        }
        let message = Message::new(signed, fit.signed_at.unwrap_or(self.inquiry.now)).variant(fit.variant);
        let signed = signer.sign(&message).map_err(|_| cannot())?;
        let is_reencoded = fit.route.accidents.iter().any(|accident| accident.name == encoding::NAME);
        Ok(Proof { old: fit.route.repaired.headers.clone(), new: signed.headers().clone(), is_reencoded, body: None })
    }

    /// Returns the original's proof with one by a random secret.
    fn forgery(&self) -> Result<Proof, Failure> {
        let Inquiry { sender, incoming, now, .. } = self.inquiry;
        let secret = sender.scheme.secret_from(&[0x2a; 32]);
        let signer = sender.verifier(&[&secret]).map_err(|_| cannot())?;
        if let Some(proof) = self.token_in_body(&signer) {
            return Ok(proof);
        }
        let headers = incoming.request.headers();
        let families = proof_headers(sender);
        let is_used = |family: &&Vec<HeaderName>| family.iter().all(|name| headers.contains_key(name));
        let position = families.iter().position(|family| is_used(&family)).unwrap_or_default();
        let variants = sender.scheme.variants();
        // Each family of headers belongs to a variant. A scheme with one family can use any variant.
        let variant = if families.len() == variants.len() { variants.get(position) } else { variants.first() };
        let mut message = Message::new(&self.body, *now);
        if let Some(variant) = variant {
            message = message.variant(*variant);
        }
        let signed = signer.sign(&message).map_err(|_| cannot())?;
        Ok(Proof { old: headers.clone(), new: signed.headers().clone(), is_reencoded: false, body: None })
    }

    /// Returns the body with a made-up token, if the scheme has its token in the body.
    fn token_in_body(&self, signer: &Verifier) -> Option<Proof> {
        let Scheme::BodyToken(_) = signer.scheme() else { return None };
        let fields = form::fields(&self.body);
        let is_form = fields.is_some();
        let json = fields.map_or_else(|| Some(self.body.clone()), only_json)?;
        let message = Message::new(json, self.inquiry.now);
        let signed = signer.sign(&if is_form { message.as_form() } else { message }).ok()?;
        let body = Some(signed.into_body());
        Some(Proof { old: HeaderMap::new(), new: HeaderMap::new(), is_reencoded: false, body })
    }

    /// Returns the headers of the proof with new values, and the media type. All others are dropped.
    fn headers(&self, proof: Option<&Proof>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let names = Sender::platforms().into_iter().flat_map(|platform| proof_headers(&platform)).flatten();
        let own = proof_headers(&self.inquiry.sender).into_iter().flatten();
        let names: Vec<HeaderName> = names.chain(own).collect();
        for (name, value) in self.inquiry.incoming.request.headers() {
            if let Some(new) = proof.and_then(|proof| proof.replacement(name, value)) {
                headers.append(name, new);
            } else if names.contains(name) {
                let masked = HeaderValue::from_bytes(&redact::header(value.as_bytes()));
                headers.append(name, masked.expect("a character is masked by one of its kind"));
            } else if *name == CONTENT_TYPE || *name == CONTENT_ENCODING {
                // Parameters, such as a boundary, may hold any text.
                let plain = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
                headers.append(name, HeaderValue::from_bytes(plain).expect("a part of a value is a value"));
            }
        }
        headers
    }

    /// Returns the URL with the new secret in place of the old one, and with its other parts masked.
    fn uri(&self, uri: &Uri) -> Result<Uri, Failure> {
        let text = uri.path_and_query().map_or("/", |target| target.as_str());
        let tokens: Vec<(&str, &String)> = self
            .inquiry
            .secrets
            .iter()
            .zip(&self.secrets)
            .filter_map(|(old, new)| Some((old.text().ok()?.trim(), new)))
            .collect();
        let (path, query) = text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)));
        let replace = |part: &str| {
            let token = tokens.iter().find(|(old, _)| !old.is_empty() && *old == part);
            match token {
                Some((_, new)) => (*new).clone(),
                None if ["hooks", "webhooks", "token", &self.inquiry.sender.name].contains(&part) => part.to_owned(),
                None => String::from_utf8_lossy(&redact::blind(part.as_bytes())).into_owned(),
            }
        };
        let mut redacted = path.split('/').map(replace).collect::<Vec<_>>().join("/");
        if let Some(query) = query {
            let pairs = query.split('&').map(|pair| match pair.split_once('=') {
                Some((name, value)) => format!("{name}={}", replace(value)),
                None => replace(pair),
            });
            redacted = format!("{redacted}?{}", pairs.collect::<Vec<_>>().join("&"));
        }
        redacted.parse().map_err(|_| cannot())
    }

    /// Fails if the verdict on the fixture differs from the verdict on the original, or if an original secret is left.
    fn check(&self, request: &Request<Bytes>, examined: &Examined, fit: Option<&Fit>) -> Result<(), Failure> {
        let Inquiry { sender, incoming, now, tolerance, .. } = self.inquiry;
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let shown = Incoming { is_cut_off: incoming.is_cut_off, ..Incoming::from(request.clone()) };
        let question = Question { secrets: &secrets, tolerance: *tolerance, incoming: &shown, now: *now };
        let verdict = sender.judge(&question).map_err(|_| cannot())?;
        let is_same = if self.has_better_secret {
            // The repaired secret explains one accident. Every other accident must still cause a refusal.
            let explained = fit.is_some_and(|fit| fit.accidents().count() == fit.key.accidents.len());
            explained == verdict.is_accepted()
        } else {
            verdict.kind() == examined.kind()
        };
        let original = |secret: &RawSecret| secret.text().is_ok_and(|text| secrets.contains(&text));
        if is_same && !self.inquiry.secrets.iter().any(original) { Ok(()) } else { Err(cannot()) }
    }

    /// Returns the text of the fixture in the format of `fixtures/README.md`.
    fn text(&self, request: &Request<Bytes>) -> Vec<u8> {
        let Inquiry { incoming, now, tolerance, .. } = self.inquiry;
        let mut text = String::from(
            "# source: captured, and written by `refhook doctor` (secrets, people and identifiers replaced, \
             signed again)\n",
        );
        for secret in &self.secrets {
            text.push_str(&format!("# secret: {secret}\n"));
        }
        text.push_str(&format!("# now: {}\n", date(*now)));
        if let Some(tolerance) = tolerance {
            text.push_str(&format!("# tolerance: {}\n", tolerance.past().as_secs()));
        }
        // The announced length of a body that was cut off exceeds its real length.
        let announced = request.body().len() + usize::from(incoming.is_cut_off);
        let message = message::write_announcing(request, "\n", announced);
        [text.as_bytes(), &message, b"\n"].concat()
    }
}

/// The headers of two proofs: the original and its replacement. A proof in the body is the body.
struct Proof {
    old: HeaderMap,
    new: HeaderMap,
    /// Whether the signature came in another encoding than its scheme's.
    is_reencoded: bool,
    body: Option<Bytes>,
}

impl Proof {
    /// Returns the new value for an original one, in any header.
    fn replacement(&self, name: &HeaderName, value: &HeaderValue) -> Option<HeaderValue> {
        let signed = self.new.iter().filter(|(name, _)| **name != CONTENT_TYPE);
        let mut pairs = signed.filter_map(|(name, new)| Some((self.old.get(name)?, new)));
        let same = pairs.find(|(old, _)| *old == value).map(|(_, new)| new.clone());
        same.or_else(|| {
            let new = self.new.get(name).filter(|_| self.is_reencoded)?;
            HeaderValue::from_str(&encoded_as(value.to_str().ok()?, new.to_str().ok()?)?).ok()
        })
    }
}

/// Returns the repair of the same accidents in another list.
fn same<T>(repairs: Vec<Repair<T>>, wanted: &Repair<T>) -> Option<Repair<T>> {
    let names = |repair: &Repair<T>| repair.accidents.iter().map(|accident| accident.name).collect::<Vec<_>>();
    let exact = repairs.iter().position(|repair| repair.accidents == wanted.accidents);
    // A description may have a name that is masked.
    let position = exact.or_else(|| repairs.iter().position(|repair| names(repair) == names(wanted)));
    position.and_then(|position| repairs.into_iter().nth(position))
}

/// Returns the key that the same accidents make of a made-up secret.
fn made_up(raw: &[u8], scheme: &Scheme, wanted: &Repair<Key>) -> Option<Key> {
    let origin = Origin::new(raw, scheme);
    let key =
        same(keys(&origin, Extent::All).repairs, wanted).or_else(|| same(guesses(&origin).repairs, wanted))?.repaired;
    key.verifier(scheme.clone()).is_ok().then_some(key)
}

fn made_up_text(text: &str) -> String {
    String::from_utf8_lossy(&redact::secret(text.as_bytes())).into_owned()
}

/// Returns the field of a form that holds JSON, which is the signed one.
fn only_json(fields: Vec<(Vec<u8>, Vec<u8>)>) -> Option<Bytes> {
    let mut values = fields.into_iter().map(|(_, value)| value).filter(|value| value.starts_with(b"{"));
    values.next().map(Bytes::from)
}

fn cannot() -> Failure {
    Failure::new(
        "no fixture was written: without its secrets and personal data, this request would get another verdict",
        "describe it in words, or make a request that shows the same with `refhook sign`",
    )
}

/// Formats a time as `2026-01-15T10:30:05Z`.
fn date(time: OffsetDateTime) -> String {
    let (date, (hour, minute, second)) = (time.date(), time.to_hms());
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
}
