//! Members that a serialiser sorted.

use std::collections::HashMap;

use bytes::Bytes;
use referral_webhooks_fixtures::of_platform;

use super::circumstances::{Circumstances, RAW};
use crate::doctor::json::{self, Blanks, Node};
use crate::doctor::undo::{Originals, Undo};

pub(super) const UNDOS: &[Undo<Bytes, Circumstances>] = &[Undo { name: "body-order", help: RAW, back: as_in_samples }];

/// The maximum number of samples whose order is tried.
const MOST_SAMPLES: usize = 12;

/// The maximum length of a body whose order is restored, in bytes.
const LONGEST: usize = 64 * 1024;

/// Adds the body with its members in the order of the platform's samples.
fn as_in_samples(body: &Bytes, circumstances: &Circumstances, originals: &mut Originals<Bytes>) {
    if body.first() != Some(&b'{') || body.len() > LONGEST {
        return;
    }
    let Some(tokens) = std::str::from_utf8(body).ok().and_then(json::tokens) else { return };
    let Some(node) = json::tree(&tokens) else { return };
    let orders = circumstances.orders.get_or_init(|| orders(&circumstances.sender.name));
    for order in orders.iter().take(MOST_SAMPLES) {
        let sorted = sorted(&node, "", order);
        if sorted == node {
            continue;
        }
        let mut text = Vec::new();
        json::flatten(&sorted, &mut text);
        let text = json::write(&text, &Blanks::None);
        originals.add("the members were sorted; signed they had the order of the platform's samples", text.into());
    }
}

/// Returns the position of each member in a sample, by its path.
fn orders(platform: &str) -> Vec<HashMap<String, usize>> {
    let mut orders = Vec::new();
    for fixture in of_platform(platform) {
        let Some(tokens) = std::str::from_utf8(fixture.request.body()).ok().and_then(json::tokens) else { continue };
        let mut order = HashMap::new();
        if let Some(node) = json::tree(&tokens) {
            collect(&node, "", &mut order);
        }
        if order.len() > 1 && !orders.contains(&order) {
            orders.push(order);
        }
    }
    orders
}

fn collect(node: &Node<'_>, path: &str, order: &mut HashMap<String, usize>) {
    match node {
        Node::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}/{name}");
                let next = order.len();
                order.entry(path.clone()).or_insert(next);
                collect(value, &path, order);
            }
        }
        Node::Array(values) => values.iter().for_each(|value| collect(value, path, order)),
        Node::Leaf(_) => {}
    }
}

/// Returns the node with known members in the order of a sample. Unknown members keep their order at the end.
fn sorted<'t>(node: &Node<'t>, path: &str, order: &HashMap<String, usize>) -> Node<'t> {
    match node {
        Node::Object(members) => {
            let mut members: Vec<_> =
                members.iter().map(|(name, value)| (*name, sorted(value, &format!("{path}/{name}"), order))).collect();
            members.sort_by_key(|(name, _)| order.get(&format!("{path}/{name}")).copied().unwrap_or(usize::MAX));
            Node::Object(members)
        }
        Node::Array(values) => Node::Array(values.iter().map(|value| sorted(value, path, order)).collect()),
        Node::Leaf(token) => Node::Leaf(*token),
    }
}
