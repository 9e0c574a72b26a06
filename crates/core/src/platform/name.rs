//! The member that names an event.
//!
//! Where a platform does not publish its format, several members may hold the name, and some of them may belong to a
//! person or to another object. A person's text never decides what an event is:
//!
//! - A member that can only be a name decides, whether its text is a known name or not.
//! - `type` and `name` count only if no such member is present.
//! - Members that disagree, and a name that is not a text, make the event `Other`.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Unreadable, Why};
use crate::value::Word;

/// Returns the text on which all of these members agree, or `None` if all are absent.
///
/// # Errors
///
/// If one of them is not a text, or if two of them differ.
pub(super) fn only_name<'t>(members: &[Option<&'t RawValue>]) -> Result<Option<Cow<'t, str>>, Unreadable> {
    let mut name: Option<Cow<'t, str>> = None;
    for member in members.iter().copied().flatten() {
        match (text(member), &name) {
            (None, _) => return Err((name.map(Cow::into_owned), Why::NameNotText)),
            (Some(other), Some(found)) if *found != other => {
                return Err((name.map(Cow::into_owned), Why::Ambiguous));
            }
            (found, _) => name = found,
        }
    }
    Ok(name)
}

/// Returns the text of a member that holds one.
pub(super) fn text(member: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Word<'_>>(member.get()).ok().map(|word| word.0)
}
