//! The facts of a platform agree with each other.

use referral_webhooks::platform::Platform;

pub(crate) fn findings<P: Platform>(platform: &P) -> Vec<String> {
    let facts = platform.facts();
    let mut found = Vec::new();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            found.push(what);
        }
    };
    let is_in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = facts.name.bytes().all(is_in_name) && facts.name.starts_with(|first: char| first != '-');
    demand(is_name && !facts.name.is_empty(), format!("the name {:?} is not lower case with hyphens", facts.name));
    demand(!facts.title.trim().is_empty(), "the title is empty".to_owned());
    let signs_time = facts.scheme.signs_time() || facts.has_body_time;
    demand(
        signs_time == facts.tolerance.is_some(),
        format!("the platform signs a time: {signs_time}, and its tolerance is {:?}", facts.tolerance),
    );
    if let Err(contradiction) = facts.contract.check() {
        found.push(contradiction.to_string());
    }
    found
}
