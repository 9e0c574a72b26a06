//! Numbers that a seed decides.

/// Returns a number that depends on the seed, and on both numbers: the function of SplitMix64 over their mixture.
pub(super) const fn draw(seed: u64, number: u64, purpose: u64) -> u64 {
    let mixed = seed ^ number.wrapping_mul(0xA24B_AED4_963E_E407) ^ purpose.wrapping_mul(0x9FB2_1C65_1E98_DF25);
    let mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
