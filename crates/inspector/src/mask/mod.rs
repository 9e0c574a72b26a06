//! Masks for personal data and secrets in requests.
//!
//! - Guarantees: names, addresses, telephone numbers, dates of birth, free text, credentials and the paths of URLs are
//!   masked in headers, JSON of any depth, forms and JSON inside strings. An unreadable part is hidden.
//! - Assumes: the name of a personal member says so. Values with a known look (mail, telephone, IP, URL, credential) are
//!   recognised under every name, and the values that a built-in platform or a profile marks as personal under any.
//! - Without it: each look at a delivery would show a person's data to the whole room.
//!
//! A mask keeps names, structure, ids, states, times and amounts, so that a masked delivery can still be understood.
//!
//! ```
//! use referral_webhooks_inspector::mask::Mask;
//!
//! let masked = Mask::new().body(br#"{"event":"REFERRAL_CREATED","email":"jane@example.com"}"#);
//! assert_eq!(masked.to_text(), r#"{"event":"REFERRAL_CREATED","email":"j•••@example.com"}"#);
//! ```

mod body;
mod header;
mod json;
mod known;
#[expect(clippy::module_inception, reason = "the type has the name of its concept")]
mod mask;
mod name;
mod value;

pub use body::Shown;
pub use mask::Mask;
