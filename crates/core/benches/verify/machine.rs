//! The conditions of the numbers: CPU features, versions, profile.

use std::process::Command;

/// The crates whose versions matter.
const CRATES: [&str; 6] = ["sha2", "hmac", "http", "serde_json", "svix", "standardwebhooks"];

pub(crate) fn print() {
    println!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    println!(
        "target {}-{}; SHA-256 instructions: {}",
        std::env::consts::ARCH,
        std::env::consts::OS,
        sha_instructions()
    );
    println!("{}; {}", compiler(), versions());
    println!("profile: {}", profile());
}

#[cfg(target_arch = "x86_64")]
fn sha_instructions() -> &'static str {
    if std::arch::is_x86_feature_detected!("sha") && std::arch::is_x86_feature_detected!("sse4.1") {
        "yes (sha_ni)"
    } else {
        "no (sha_ni): the limit is that of sha2's portable code"
    }
}

#[cfg(target_arch = "aarch64")]
fn sha_instructions() -> &'static str {
    if std::arch::is_aarch64_feature_detected!("sha2") {
        "yes (sha2)"
    } else {
        "no (sha2): the limit is that of sha2's portable code"
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn sha_instructions() -> &'static str {
    "unknown"
}

const fn profile() -> &'static str {
    if cfg!(debug_assertions) { "with debug assertions: THE NUMBERS MEAN NOTHING" } else { "optimised" }
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output().ok();
    let text = version.and_then(|output| String::from_utf8(output.stdout).ok());
    text.map_or_else(|| "rustc of unknown version".to_owned(), |text| text.trim().to_owned())
}

/// From the lock file, which is there wherever this can be built with `cargo bench`.
fn versions() -> String {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).unwrap_or_default();
    let version_of = |name: &str| {
        // Of several generations the newest, which is the last.
        let (_, rest) = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
        rest.split('"').next()
    };
    let named = CRATES.map(|name| format!("{name} {}", version_of(name).unwrap_or("unknown")));
    named.join(", ")
}
