//! The keys that a sender may have derived from a secret, if accidents changed the secret.
//!
//! One file a kind of accidents. A new accident is one row in the table of its file.

mod assigned;
mod coded;
mod derived;
mod key;
mod marks;
mod store;
mod text;

pub(super) use self::coded::{from_base64, from_hexadecimal};
pub(super) use self::key::{Key, Origin};

use super::undo::{Extent, Stage, Undo, Unfolded, unfold};

/// The maximum length of a secret's file that is searched for a secret, in bytes.
const LONGEST: usize = 64 * 1024;

/// Accidents that leave a trace in the secret. They may be nested.
const TRACES: &[&[Undo<Key, Origin>]] =
    &[text::UNDOS, marks::UNDOS, assigned::UNDOS, store::UNDOS, coded::UNDOS, text::LAST];

/// Returns every possible key of a secret, the key of the unchanged secret first.
pub(super) fn keys(origin: &Origin, extent: Extent) -> Unfolded<Key> {
    let stages = [
        Stage { undos: TRACES, depth: 6, longest: LONGEST, values: 128, bytes: 1 << 20 },
        Stage { undos: &[derived::SPELLINGS], depth: 1, longest: 4096, values: 1024, bytes: 1 << 20 },
        Stage { undos: &[derived::READINGS], depth: 1, longest: 4096, values: 4096, bytes: 1 << 20 },
    ];
    let count = if extent == Extent::Traces { 1 } else { stages.len() };
    unfold(origin.as_it_is(), &stages[..count], origin)
}

/// Returns keys that are too many to be combined with accidents of the request.
pub(super) fn guesses(origin: &Origin) -> Unfolded<Key> {
    let stage = Stage { undos: &[derived::GUESSES], depth: 1, longest: 64, values: 1024, bytes: 1 << 20 };
    let mut guesses = unfold(origin.as_it_is(), &[stage], origin);
    guesses.repairs.remove(0);
    guesses
}
