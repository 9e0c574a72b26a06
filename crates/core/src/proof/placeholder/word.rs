//! Words in place of a secret.

use zeroize::Zeroizing;

use super::text::{begins_with_any, words};

/// The maximum length of a placeholder, in bytes.
const MAX_PLACEHOLDER: usize = 256;

/// Returns whether a text is made of placeholder words.
pub(super) fn is_placeholder(text: &str) -> bool {
    if text.len() > MAX_PLACEHOLDER {
        return false;
    }
    let text = Zeroizing::new(text.to_ascii_lowercase());
    let plain = Zeroizing::new(text.chars().map(as_letter).collect::<String>());
    is_words(&text) || is_words(&plain)
}

/// Returns the letter for which a digit or sign is written in `p4ssw0rd`.
const fn as_letter(character: char) -> char {
    match character {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Words in place of a secret, alone or in sequence.
const WORDS: &str = "abc add admin api asdf asdfgh asdfghjkl auth azerty bar baz blank censored change changed \
    client config copy default demo dev development dummy empty enter env error example fake false fill filtered \
    fixme foo from goes guest hello here hidden hmac hook in insert ipsum it key letmein local lorem masked me \
    missing mock my nan nil no none not null object our pass passphrase passwd password paste phrase placeholder \
    please private prod production put pwd qwerty qwertyuiop qwertz random redacted removed replace root sample \
    secret secrets server set shared signature signing some staging string stub super tbd temp test testing text \
    this todo token top true unchanged undefined unknown unset url value very webhook webhooks world your zxcvbn \
    zxcvbnm";

/// Words that ask for a secret.
const REQUESTS: &str = "change copy enter fill fixme insert my not our paste please put replace this todo your";

/// Words that are placeholders together with those that ask for a secret.
const BESIDE_REQUESTS: &str = "a actual all an and at by dashboard for genius is no of own prefinery real redpin \
    referral referrals refir rocket settings svix the to whsec with";

/// Messages of programs that could not read a secret.
const COMPLAINTS: [&str; 6] =
    ["no such file", "not found", "permission denied", "access denied", "accessdenied", "[object "];

/// Returns whether digits count up or down.
fn is_counting(digits: &str) -> bool {
    let steps = |step: u8| digits.as_bytes().windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
    (digits.starts_with(['0', '1']) && steps(1)) || (digits.starts_with(['9', '8']) && digits.len() > 1 && steps(9))
}

/// Returns whether all letters of a text make placeholder words, and all digits count up or number them.
fn is_words(text: &str) -> bool {
    if COMPLAINTS.iter().any(|complaint| text.contains(complaint)) {
        return true;
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return is_counting(text);
    }
    let runs = |is_part: fn(char) -> bool| {
        text.split(move |character: char| !is_part(character)).filter(|run| !run.is_empty())
    };
    let asks = runs(char::is_alphabetic).next().is_some_and(|first| begins_with_any(first, REQUESTS));
    let letters: usize = runs(char::is_alphabetic).map(str::len).sum();
    letters > 0
        && letters * 2 >= text.len()
        && runs(char::is_alphabetic).all(|run| is_crossed_out(run) || is_made_of_words(run, asks))
        && runs(|character| character.is_ascii_digit()).all(|digits| digits.len() <= 4 || is_counting(digits))
}

/// Returns whether a run of letters is `xxx`.
fn is_crossed_out(run: &str) -> bool {
    run.len() >= 3 && run.bytes().all(|byte| byte == b'x')
}

/// Returns whether a run of letters is one or more placeholder words without a gap.
fn is_made_of_words(run: &str, asks: bool) -> bool {
    let beside = if asks { BESIDE_REQUESTS } else { "" };
    // `ends[n]` is true if the first `n` bytes are words.
    let mut ends = vec![false; run.len() + 1];
    ends[0] = true;
    for start in 0..run.len() {
        if !ends[start] {
            continue;
        }
        for word in words(WORDS).chain(words(beside)) {
            if run.as_bytes()[start..].starts_with(word.as_bytes()) {
                ends[start + word.len()] = true;
            }
        }
    }
    ends[run.len()]
}
