//! What a signature looks like that the scheme cannot read, for advice.

use crate::proof::error::Hint;
use crate::proof::{base64, hex};

/// Returns what the end of a header's value looks like, by length and alphabet.
#[cold]
pub(super) fn likeness(value: &[u8]) -> Hint {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let value = value.trim_ascii();
    let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
    let text = &value[..value.len() - padding];
    let start = text.iter().rposition(|byte| !is_part(byte)).map_or(0, |before| before + 1);
    let signature = &value[start..];
    match (signature.len(), signature.iter().all(|digit| hex::digit(*digit).is_some())) {
        (32, true) => Hint::LooksLike("MD5"),
        (40, true) => Hint::LooksLike("SHA-1"),
        (64, true) => Hint::Hexadecimal,
        (128, true) => Hint::LooksLike("SHA-512"),
        (24, _) if base64::decode::<16>(signature).is_some() => Hint::LooksLike("MD5"),
        (28, _) if base64::decode::<20>(signature).is_some() => Hint::LooksLike("SHA-1"),
        (44, _) if base64::decode::<32>(signature).is_some() => Hint::Base64,
        (88, _) if base64::decode::<64>(signature).is_some() => Hint::LooksLike("SHA-512"),
        _ => Hint::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HMACs of `{"id":"evt_1","amount":4900}` under `correct horse battery staple`, made with OpenSSL 3.0.
    #[test]
    fn a_signature_is_recognised_by_its_length_and_alphabet() {
        let sha512 = "143736b2985d4be18934159429e57d920d00b42d53b5a6da996faff4571ee14d\
                      d221a3a0de261dbe1ea5d82608189a236816cc60b80704d990176e783b8e1282";
        for (value, want) in [
            ("35ea1e3f0db74990b6ca5c43fa31b233973e0975", Hint::LooksLike("SHA-1")),
            ("sha1=35EA1E3F0DB74990B6CA5C43FA31B233973E0975", Hint::LooksLike("SHA-1")),
            ("NeoePw23SZC2ylxD+jGyM5c+CXU=", Hint::LooksLike("SHA-1")),
            ("sha1=NeoePw23SZC2ylxD+jGyM5c+CXU=", Hint::LooksLike("SHA-1")),
            ("e7b25866e19bef81737e06fad957cdd8", Hint::LooksLike("MD5")),
            ("md5 e7b25866e19bef81737e06fad957cdd8 ", Hint::LooksLike("MD5")),
            ("57JYZuGb74Fzfgb62VfN2A==", Hint::LooksLike("MD5")),
            ("PW1/K/ftgaEFLk8t9q9j7ka7cU8LWpizCnlCbIQBDhs=", Hint::Base64),
            ("v1,PW1/K/ftgaEFLk8t9q9j7ka7cU8LWpizCnlCbIQBDhs=", Hint::Base64),
            ("3d6d7f2bf7ed81a1052e4f2df6af63ee46bb714f0b5a98b30a79426c84010e1b", Hint::Hexadecimal),
            ("sha256=3d6d7f2bf7ed81a1052e4f2df6af63ee46bb714f0b5a98b30a79426c84010e1b", Hint::Hexadecimal),
            (sha512, Hint::LooksLike("SHA-512")),
            ("", Hint::None),
            ("====", Hint::None),
            ("35ea1e3f0db74990b6ca5c43fa31b233973e097", Hint::None),
            ("correct horse battery staple", Hint::None),
        ] {
            assert_eq!(likeness(value.as_bytes()), want, "{value}");
        }
    }
}
