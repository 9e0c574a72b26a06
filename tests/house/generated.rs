//! Helpers of the tests over generated messages.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Returns a configuration without a file of old failures, because a failure prints its input.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 1_000, ..ProptestConfig::default() }
}

/// Returns the bytes with one bit changed, or one byte if there are none.
pub(crate) fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    if bytes.is_empty() {
        return vec![0];
    }
    let mut flipped = bytes.to_vec();
    flipped[bit / 8 % bytes.len()] ^= 1 << (bit % 8);
    flipped
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Encodes standard base64 with padding. The code is independent of the tested implementation.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut number = 0;
        for position in 0..3 {
            number = number << 8 | usize::from(group.get(position).copied().unwrap_or(0));
        }
        for position in 0..4 {
            let digit = number >> (18 - 6 * position) & 63;
            text.push(if position <= group.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}

/// Member names of some platforms, so that decoding reaches nested members.
const MEMBERS: [&str; 40] = [
    "event",
    "event_name",
    "event_type",
    "eventType",
    "type",
    "name",
    "action",
    "topic",
    "data",
    "status",
    "id",
    "event_id",
    "payment_id",
    "customer_id",
    "unique_identifier",
    "client_customer_ref",
    "contact",
    "contacts",
    "address",
    "email",
    "reasons",
    "documents_required",
    "advocate",
    "bonus",
    "referral",
    "redemption_request",
    "metadata",
    "amount",
    "tester",
    "user",
    "reward",
    "points",
    "profile",
    "referrer",
    "newLead",
    "lead",
    "leadId",
    "participantId",
    "campaignId",
    "createdAt",
];

const WORDS: [&str; 24] = [
    "REFERRAL_CREATED",
    "CUSTOMER STATUS",
    "PAYMENT STATUS",
    "THIRD PARTY CUSTOMER STATUS",
    "endpoint.disabled",
    "message.attempt.failing",
    "tester_created",
    "reward_delivered",
    "points_earned",
    "referral_created",
    "bonus_created",
    "advocate",
    "redemption_request",
    "referrer_added",
    "referee_added",
    "reward_unlocked",
    "CREATED",
    "FAILED",
    "active",
    "2026-01-15T10:30:00Z",
    "10.50",
    "",
    "\u{0}",
    "é\u{1f600}",
];

pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        let name = prop_oneof![6 => prop::sample::select(&MEMBERS[..]).prop_map(str::to_owned), 1 => "\\PC{0,8}"];
        prop_oneof![
            1 => vec(inner.clone(), 0..6).prop_map(Value::from),
            4 => vec((name, inner), 0..8).prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
