//! `store_checks!` runs every group of checks.

#[test]
fn every_group_is_in_store_checks() {
    let source = include_str!("../src/lib.rs");
    let groups: Vec<&str> =
        source.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(groups.len() > 1);
    for group in groups {
        assert!(source.contains(&format!("$crate::{group}!($fresh);")), "`{group}` is missing");
    }
}
