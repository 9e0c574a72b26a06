//! The bodies that a sender may have signed, if accidents changed the body on its way.
//!
//! One file a kind of accidents. A new accident is one row in the table of its file.

mod charset;
mod circumstances;
mod dump;
mod ends;
mod envelope;
mod forms;
mod numbers;
mod order;
mod packing;
mod style;

use bytes::Bytes;
use referral_webhooks::Scheme;

pub(super) use self::circumstances::Circumstances;
pub(super) use self::packing::inflate;
use super::undo::{Extent, Stage, Undo, Unfolded, unfold};

/// Accidents that leave a trace in the body. They may be nested.
const TRACES: &[&[Undo<Bytes, Circumstances>]] =
    &[ends::TRACES, packing::UNDOS, charset::TRACES, forms::TRACES, envelope::UNDOS, dump::UNDOS];

/// Other texts with the same meaning.
const TEXTS: &[&[Undo<Bytes, Circumstances>]] = &[ends::TEXTS, charset::GUESSES, order::UNDOS, numbers::UNDOS];

/// Returns every possible original of a body, the unchanged body first.
pub(super) fn bodies(body: &Bytes, circumstances: &Circumstances, extent: Extent) -> Unfolded<Bytes> {
    let is_token = |scheme: &Scheme| matches!(scheme, Scheme::UrlToken(_) | Scheme::HeaderToken(_));
    // A token outside the body proves no body.
    if is_token(&circumstances.sender.scheme) {
        return unfold(body.clone(), &[], circumstances);
    }
    let stages = [
        // A long body has few originals, because each is as long.
        Stage { undos: &[ends::TRACES, packing::UNDOS], depth: 1, longest: usize::MAX, values: 8, bytes: 32 << 20 },
        Stage { undos: TRACES, depth: 5, longest: 1 << 20, values: 160, bytes: 16 << 20 },
        Stage { undos: TEXTS, depth: 1, longest: 256 << 10, values: 320, bytes: 8 << 20 },
        Stage { undos: &[style::UNDOS], depth: 1, longest: 256 << 10, values: 8000, bytes: 32 << 20 },
        Stage { undos: &[ends::GUESSES, forms::GUESSES], depth: 1, longest: 256 << 10, values: 4096, bytes: 24 << 20 },
    ];
    let count = if extent == Extent::Traces { 2 } else { stages.len() };
    unfold(body.clone(), &stages[..count], circumstances)
}
