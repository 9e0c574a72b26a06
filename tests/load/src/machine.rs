//! Conditions on which the numbers depend: CPU, versions, profile.

/// The crates whose versions matter.
const CRATES: [&str; 7] = ["axum", "actix-web", "hyper", "tokio", "sha2", "serde_json", "svix"];

pub(crate) fn print() {
    let cpus = std::thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cpus| cpus.to_string());
    println!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    println!(
        "target {}-{}, {cpus} CPUs; SHA-256 instructions: {}",
        std::env::consts::ARCH,
        std::env::consts::OS,
        sha_instructions()
    );
    println!("{}", versions());
    println!("profile: {}", profile());
}

#[cfg(target_arch = "x86_64")]
fn sha_instructions() -> &'static str {
    if std::arch::is_x86_feature_detected!("sha") { "yes (sha_ni)" } else { "no (sha_ni)" }
}

#[cfg(target_arch = "aarch64")]
fn sha_instructions() -> &'static str {
    if std::arch::is_aarch64_feature_detected!("sha2") { "yes (sha2)" } else { "no (sha2)" }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn sha_instructions() -> &'static str {
    "unknown"
}

const fn profile() -> &'static str {
    if cfg!(debug_assertions) { "with debug assertions: THE NUMBERS MEAN NOTHING" } else { "optimised" }
}

/// Returns the versions in the lock file of this build.
fn versions() -> String {
    let lock = include_str!("../../../Cargo.lock");
    let version_of = |name: &str| {
        let (_, rest) = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
        rest.split('"').next()
    };
    CRATES.map(|name| format!("{name} {}", version_of(name).unwrap_or("unknown"))).join(", ")
}
