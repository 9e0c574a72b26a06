//! Profiles that live as long as the process.
//!
//! # Guarantees
//!
//! Equal profiles are leaked once, whatever their notation. The number of different ones is bounded.
//!
//! # Assumptions
//!
//! Profiles come from a configuration. Profiles from the network would exhaust the bound.
//!
//! # Without it
//!
//! Each load would leak, or the names in metrics, answers and errors would need a count of references.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::facts::facts;
use super::fault::Fault;
use super::node::Node;
use super::spec::Spec;
use crate::platform::Facts;

/// The maximum number of different profiles in a process.
const MOST: usize = 1_000;

static LOADED: Mutex<Option<Set>> = Mutex::new(None);

/// Profiles by their digest and their title.
type Set = HashMap<([u8; 32], String), &'static Loaded>;

/// A profile that lives as long as the process.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) spec: Spec,
    pub(super) digest: [u8; 32],
    pub(super) facts: Facts,
}

/// Returns the loaded profile of a text.
pub(super) fn load(node: Node) -> Result<&'static Loaded, Fault> {
    let spec = Spec::read(node)?;
    let digest = spec.digest()?;
    let mut set = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    keep(set.get_or_insert_default(), MOST, spec, digest)
}

fn keep(set: &mut Set, most: usize, spec: Spec, digest: [u8; 32]) -> Result<&'static Loaded, Fault> {
    let key = (digest, spec.title.clone());
    if let Some(same) = set.get(&key) {
        return Ok(same);
    }
    if set.len() >= most {
        return Err(Fault::new(
            "",
            format!("the process has {most} different profiles already; load each once, at start-up"),
        ));
    }
    let facts = facts(&spec, digest)?;
    let loaded: &'static Loaded = Box::leak(Box::new(Loaded { spec, digest, facts }));
    set.insert(key, loaded);
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &str) -> (Spec, [u8; 32]) {
        let text = |text: &str| Node::Text(text.to_owned());
        let event = Node::Table(vec![("name".to_owned(), text("/type"))]);
        let entries = [("name", text(name)), ("scheme", text("svix")), ("event", event)];
        let table = entries.map(|(key, node)| (key.to_owned(), node)).to_vec();
        let spec = Spec::read(Node::Table(table)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let digest = spec.digest().unwrap_or_else(|fault| panic!("{name}: {fault}"));
        (spec, digest)
    }

    #[test]
    fn the_number_of_different_profiles_is_bounded() {
        let mut set = Set::new();
        let mut load = |name: &str| {
            let (spec, digest) = spec(name);
            keep(&mut set, 2, spec, digest).map(std::ptr::from_ref)
        };
        let first = load("a");
        let second = load("b");
        assert!(first.is_ok() && second.is_ok() && first != second);
        assert_eq!(load("a"), first, "an equal profile is leaked once");
        let fault = load("c").expect_err("one too many");
        assert!(fault.to_string().contains("2 different profiles"), "{fault}");
        assert_eq!(load("b"), second, "a full set returns the profiles that it has");
    }
}
