//! JSON as text: tokens with their places, without recursion.
//!
//! - Guarantees: every byte of a text is in one token or between two, so that a text can be masked or indented without a
//!   change to anything else. Depth and length are bounded by the text.
//! - Assumes: the text is UTF-8. Invalid JSON ends the tokens at the first fault.
//! - Without it: a body of 10,000 brackets overflows the stack, and a number loses its digits.

mod indent;
mod tokens;

pub(crate) use indent::indented;
pub(crate) use tokens::{Token, Tokens, is_valid, text_of};
