//! Texts that visibly are not secrets: placeholders, references, whole lines, other credentials.
//!
//! **Guarantees**: a text that a person recognises as a mistake is refused with the name of the accident.
//!
//! **Assumes**: a real secret is random, in hexadecimal, base64, base64url, letters and digits, or as a UUID, or it is a
//! phrase that a merchant chose. Every rule therefore needs a character that these formats lack, a prefix of several
//! characters, or a text whose words are all in a short list. A random secret of these formats meets none of them in
//! practice. Of random texts with every printable character, fewer than one in 500 looks like something else.
//!
//! **Without it**: `${PREFINERY_SECRET}` is a working HMAC key that every reader of the configuration knows.

mod accident;
mod reference;
mod shape;
mod text;
mod word;

pub(super) use accident::{accident, accident_of_bytes};
pub(super) use text::{is_asymmetric, without_key_prefix};
