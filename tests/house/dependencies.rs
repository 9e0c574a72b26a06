//! The dependencies of the core crate.

use std::collections::BTreeSet;
use std::process::Command;

/// Returns the names of the packages that the core crate links with these features.
fn linked(features: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "referral-webhooks", "--edges", "normal", "--prefix", "none"])
        .args(["--features", features])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_core_links_no_runtime_and_no_framework_by_default() {
    let links = |features, name: &str| linked(features).iter().any(|linked| linked == name);
    for name in ["actix-web", "axum", "axum-core", "futures-util", "hyper", "tokio", "tower-service", "tracing"] {
        assert!(!links("json,ed25519", name), "{name}");
    }
    assert!(links("axum", "axum-core") && !links("axum", "tokio") && !links("axum", "actix-web"));
    assert!(links("actix", "actix-web") && !links("actix", "axum-core"));
}

/// Returns the number of packages that the core crate links with these arguments, itself included.
fn number(arguments: &[&str]) -> usize {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "referral-webhooks", "--edges", "normal", "--prefix", "none"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    let packages: BTreeSet<_> = lines.lines().filter_map(|line| line.split_whitespace().next()).collect();
    packages.len()
}

#[test]
fn the_core_links_few_packages() {
    let (verifying, default) = (number(&["--no-default-features"]), number(&[]));
    assert!((10..=26).contains(&verifying), "{verifying}");
    assert!((verifying..=42).contains(&default), "{default}");
}
