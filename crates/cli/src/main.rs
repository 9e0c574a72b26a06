//! refhook.
fn main() {}
