//! Verifying: our schemes, the limit, the peers.

use std::collections::BTreeSet;
use std::hint::black_box;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::{Event as _, Platform};
use referral_webhooks::{Endpoint, Message, Scheme, Svix, UrlToken, Variant, Verifier};
use sha2::Sha256;
use time::OffsetDateTime;

use crate::harness::Harness;
use crate::limit::{blocks_of_hmac, compress};
use crate::requests::{body_of, with_nine_headers};
use crate::table::{Entry, Goal, Table};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TEXT: &str = "correct horse battery staple";
const HEX: &str = "4f1d2c8ab37e905611f0c9d2e8a7b6c5d4e3f2019f8e7d6c5b4a39281706f5e4";
const TOKEN: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";
#[cfg(feature = "ed25519")]
const WHSK: &str = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

/// The row with goals against the limit.
const SVIX: &str = "Svix scheme, `svix-*`";

/// The row that peers are compared with: like them, it reads the clock.
const OURS: &str = "Svix scheme, and reading the clock";

/// A scheme with a request that it accepts.
struct Ours {
    name: &'static str,
    verifier: Verifier,
    request: Request<Bytes>,
    /// The blocks that have to be compressed, if this is HMAC-SHA256.
    blocks: Option<usize>,
}

impl Ours {
    /// Signs the message, adds ordinary headers, and sees that the outcome verifies as `variant`.
    fn new(name: &'static str, scheme: Scheme, secret: &str, message: &Message, variant: Variant) -> Self {
        let verifier = Verifier::new(scheme, secret).unwrap();
        let request = with_nine_headers(verifier.sign(&message.clone().variant(variant)).unwrap());
        let verified = verifier.verify(&request, OffsetDateTime::now_utc()).unwrap();
        assert_eq!(verified.variant(), variant, "{name}");
        Self { name, verifier, request, blocks: None }
    }

    /// Says how long the messages are over which it takes an HMAC.
    fn hashing(mut self, messages: &[usize]) -> Self {
        self.blocks = Some(messages.iter().map(|length| blocks_of_hmac(*length)).sum());
        self
    }

    fn goal(&self, size: usize) -> Option<Goal> {
        match size {
            _ if self.name != SVIX => None,
            1024 => Some(Goal::AtMost(1.35)),
            4096 => Some(Goal::AtMost(1.10)),
            _ => None,
        }
    }
}

/// All our schemes with bodies of one size.
fn all_of_ours(size: usize) -> Vec<Ours> {
    let body = body_of(size);
    let now = OffsetDateTime::now_utc();
    let message = Message::new(&body, now);
    let as_form = message.clone().as_form();
    let svix = Scheme::Svix(Svix);
    // An id of 31 bytes, a timestamp of 10, and a full stop after each; the same timestamp at Prefinery.
    let svix_length = 31 + 1 + 10 + 1 + size;
    let prefinery_length = 10 + 1 + size;
    let form = Ours::new(
        "Genius form, raw body signed",
        GeniusReferrals.facts().scheme.clone(),
        TEXT,
        &as_form,
        Variant::RawBody,
    );
    let form_length = form.request.body().len();
    vec![
        Ours::new(SVIX, svix.clone(), WHSEC, &message, Variant::SvixHeaders).hashing(&[svix_length]),
        Ours::new("Svix scheme, `webhook-*`", svix.clone(), WHSEC, &message, Variant::WebhookHeaders)
            .hashing(&[svix_length]),
        Ours::new("Prefinery TimestampedHmac", Prefinery.facts().scheme.clone(), TEXT, &message, Variant::Timestamped)
            .hashing(&[prefinery_length]),
        Ours::new("Genius BodyHmac, JSON", GeniusReferrals.facts().scheme.clone(), TEXT, &message, Variant::RawBody)
            .hashing(&[size]),
        form.hashing(&[form_length]),
        // The raw body is tried before the field: two messages.
        Ours::new(
            "Genius form, payload signed",
            GeniusReferrals.facts().scheme.clone(),
            TEXT,
            &as_form,
            Variant::FormPayload,
        )
        .hashing(&[form_length, size]),
        Ours::new("Rocket BodyHmac, text key", ReferralRocket.facts().scheme.clone(), TEXT, &message, Variant::TextKey)
            .hashing(&[size]),
        // A secret that reads as hexadecimal is tried as text as well.
        Ours::new("Rocket BodyHmac, hex key", ReferralRocket.facts().scheme.clone(), HEX, &message, Variant::HexKey)
            .hashing(&[size, size]),
        Ours::new("UrlToken", Scheme::UrlToken(UrlToken), TOKEN, &message, Variant::UrlToken),
        #[cfg(feature = "ed25519")]
        Ours::new("Svix scheme, v1a (Ed25519)", svix, WHSK, &message, Variant::SvixHeaders),
    ]
}

pub(crate) fn table(harness: &mut Harness, size: usize) -> Table {
    let ours = all_of_ours(size);
    let [svix, webhook] = [&ours[0], &ours[1]];
    assert_eq!(svix.request.headers()["svix-id"].len(), 31);
    let now = OffsetDateTime::now_utc();

    let block_counts: BTreeSet<usize> = ours.iter().filter_map(|ours| ours.blocks).collect();
    let blocks = vec![[0x5a; 64]; block_counts.last().copied().unwrap_or_default()];
    let mut entries = Vec::new();
    for count in block_counts {
        let blocks = &blocks[..count];
        entries.push(Entry::new(limit_of(count), move || compress(blocks)));
    }

    let bare: Hmac<Sha256> = Hmac::new_from_slice(TEXT.as_bytes()).unwrap();
    let body = svix.request.body();
    let tag = bare.clone().chain_update(body).finalize().into_bytes();
    let bare_hmac = move || bare.clone().chain_update(black_box(body)).verify_slice(&tag).unwrap();
    entries.push(Entry::new("bare HMAC of the body", bare_hmac).against(limit_of(blocks_of_hmac(size)), None));

    for one in &ours {
        let entry = Entry::new(one.name, move || one.verifier.verify(black_box(&one.request), now).unwrap());
        entries.push(match one.blocks {
            Some(blocks) => entry.against(limit_of(blocks), one.goal(size)),
            None => entry,
        });
    }
    let with_clock = || svix.verifier.verify(black_box(&svix.request), OffsetDateTime::now_utc()).unwrap();
    entries.push(Entry::new(OURS, with_clock).against(limit_of(svix.blocks.unwrap_or_default()), None));

    let endpoint = Endpoint::<Redpin>::new(WHSEC).unwrap();
    assert!(endpoint.receive(&svix.request, now).unwrap().event().why_other().is_none());
    let receive = move || endpoint.receive(black_box(&svix.request), now).unwrap();
    entries.push(Entry::new("Endpoint::<Redpin>::receive, decoding too", receive));

    let goal = (size == 1024).then_some(Goal::AtLeast(5.0));
    let svix_crate = svix::webhooks::Webhook::new(WHSEC).unwrap();
    let verify_svix = move || svix_crate.verify(black_box(&svix.request).body(), svix.request.headers()).unwrap();
    entries.push(Entry::new("crate svix", verify_svix).against(OURS, goal));
    let standard_crate = standardwebhooks::Webhook::new(WHSEC).unwrap();
    let verify_standard =
        move || standard_crate.verify(black_box(&webhook.request).body(), webhook.request.headers()).unwrap();
    entries.push(Entry::new("crate standardwebhooks", verify_standard).against(OURS, goal));

    Table::of(format!("verify, body of {size} bytes"), harness, entries)
}

/// The row of the limit for so many blocks.
fn limit_of(blocks: usize) -> String {
    format!("limit: {blocks} blocks")
}
