//! A text without the values that errors quote.

/// Words before a quoted name of a schema or a format. The name stays, because it says what failed.
const NAMED: &[&str] = &[
    "column",
    "constraint",
    "extension",
    "field",
    "function",
    "header",
    "index",
    "key",
    "parameter",
    "relation",
    "schema",
    "sequence",
    "table",
    "trigger",
    "type",
    "variable",
    "view",
];

/// The longest name of a schema.
const LONGEST_NAME: usize = 63;

/// The number of digits from which a number may identify a person: a telephone number, an account, a date of birth.
const DIGITS: usize = 7;

/// The characters that enclose a quotation.
const QUOTES: &[(char, char)] = &[('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’'), ('«', '»'), ('„', '“')];

/// Returns a text in one line, in which `…` replaces quotations, assigned values, addresses and long numbers.
pub(super) fn redacted(text: &str) -> String {
    let line: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let (mut kept, mut rest) = (String::with_capacity(line.len()), line.as_str());
    while let Some(first) = rest.chars().next() {
        let is_word = kept.chars().next_back().is_some_and(char::is_alphanumeric);
        // The beginning that stays, and the part that is replaced after it.
        let (stays, replaced) = quotation(rest, &kept, is_word)
            .or_else(|| assignment(rest, &kept))
            .or_else(|| if is_word { None } else { address(rest).or_else(|| number(rest)) })
            .unwrap_or((first.len_utf8(), 0));
        kept.push_str(&rest[..stays]);
        if replaced > 0 {
            kept.push('…');
        }
        rest = &rest[stays + replaced..];
    }
    kept
}

/// Finds a quotation. A quotation that does not end extends to the end of the text.
fn quotation(rest: &str, kept: &str, is_word: bool) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    let (_, end) = QUOTES.iter().find(|(open, _)| *open == first)?;
    // An apostrophe is within a word.
    if first == '\'' && is_word {
        return None;
    }
    let inner = &rest[first.len_utf8()..];
    let is_end = |(at, _): &(usize, &str)| {
        let after = inner[at + end.len_utf8()..].chars().next();
        !inner[..*at].ends_with('\\') && !after.is_some_and(char::is_alphanumeric)
    };
    let Some((at, _)) = inner.match_indices(*end).find(is_end) else { return Some((0, rest.len())) };
    let length = first.len_utf8() + at + end.len_utf8();
    let is_name = is_after_name(kept) && is_schema_name(&inner[..at]);
    Some(if is_name { (length, 0) } else { (0, length) })
}

/// Returns whether the last word says that a name follows.
fn is_after_name(kept: &str) -> bool {
    let last = kept.trim_end().rsplit(|one: char| !one.is_alphanumeric()).next().unwrap_or_default();
    NAMED.contains(&last)
}

fn is_schema_name(name: &str) -> bool {
    let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-' | '.');
    name.len() <= LONGEST_NAME && name.chars().all(is_part) && number(name).is_none()
}

/// Finds a value after `=`, and the values of a row in parentheses. A short number stays, because it is a code.
fn assignment(rest: &str, kept: &str) -> Option<(usize, usize)> {
    let is_row = kept.ends_with("contains ") || kept.ends_with("VALUES ");
    let begin = match rest.chars().next()? {
        '=' => 1,
        '(' if is_row => 0,
        _ => return None,
    };
    let value = &rest[begin..];
    if value.starts_with('(') {
        return Some((begin, parenthesis(value)));
    }
    let length = until(value, |one| one.is_whitespace() || matches!(one, ',' | ';' | '&' | ')' | '"' | '\'')).len();
    let is_code = length < DIGITS && value[..length].bytes().all(|byte| byte.is_ascii_digit());
    Some((begin, if is_code { 0 } else { length }))
}

/// Returns the length of a text in parentheses. Without an end, it extends to the end of the text.
fn parenthesis(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, one) in text.char_indices() {
        match one {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + one.len_utf8();
        }
    }
    text.len()
}

/// Finds an address of mail, or a URL, whose scheme and host stay.
fn address(rest: &str) -> Option<(usize, usize)> {
    let word = until(rest, |one| one.is_whitespace() || matches!(one, '"' | '\'' | '`' | '>' | ')'));
    let is_scheme =
        |scheme: &str| scheme.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '+' | '-' | '.'));
    if let Some((scheme, after)) = word.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        let word = word.trim_end_matches([',', ';', ':', '.', '!']);
        let host = until(after, |one| matches!(one, '/' | '?' | '#'));
        let stays = scheme.len() + 3 + if host.contains('@') { 0 } else { host.len() };
        return Some((stays.min(word.len()), word.len().saturating_sub(stays)));
    }
    let word = until(word, |one| matches!(one, '(' | '<' | ',' | ';' | '=' | ':'));
    let word = word.trim_end_matches(['.', '!', '?']);
    word.contains('@').then_some((0, word.len()))
}

/// Returns the beginning of a text before the first such character.
fn until(text: &str, is_end: impl Fn(char) -> bool) -> &str {
    &text[..text.find(is_end).unwrap_or(text.len())]
}

/// Finds a long number, with the separators of telephone numbers and dates.
fn number(rest: &str) -> Option<(usize, usize)> {
    let is_part = |one: char| one.is_numeric() || matches!(one, ' ' | '-' | '.' | '/' | '(' | ')' | '+' | ':');
    let run = until(rest, |one| !is_part(one)).trim_end_matches(|one: char| !one.is_numeric());
    let is_begin = run.starts_with(|one: char| one.is_numeric() || one == '+');
    let digits = run.chars().filter(|one| one.is_numeric()).count();
    (is_begin && digits >= DIGITS).then_some((0, run.len()))
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn values_are_replaced_and_names_of_a_schema_stay() {
        let rows = [
            // PostgreSQL, MySQL, SQLite.
            (
                r#"duplicate key value violates unique constraint "reward_email_key""#,
                r#"duplicate key value violates unique constraint "reward_email_key""#,
            ),
            ("DETAIL: Key (email)=(ada@example.org) already exists.", "DETAIL: Key (email)=… already exists."),
            ("Key (name, city)=(Ada (King), Oslo) already exists.", "Key (name, city)=… already exists."),
            ("Key (email)=(ada", "Key (email)=…"),
            ("Failing row contains (1, Ada, null).", "Failing row contains …."),
            (r#"invalid input syntax for type integer: "Ada""#, "invalid input syntax for type integer: …"),
            (
                r#"null value in column "name" of relation "reward" violates not-null constraint"#,
                r#"null value in column "name" of relation "reward" violates not-null constraint"#,
            ),
            ("Duplicate entry 'O''Brien' for key 'reward.name'", "Duplicate entry …… for key 'reward.name'"),
            ("Duplicate entry 'Ada' for key 'PRIMARY'", "Duplicate entry … for key 'PRIMARY'"),
            ("UNIQUE constraint failed: reward.email", "UNIQUE constraint failed: reward.email"),
            ("no such table: reward", "no such table: reward"),
            ("database is locked (code: 5)", "database is locked (code: 5)"),
            // Formats.
            (
                "invalid type: string \"Ada\", expected u32 at line 1 column 9",
                "invalid type: string …, expected u32 at line 1 column 9",
            ),
            ("missing field `email`", "missing field `email`"),
            ("unknown variant `Ada`, expected one of `a`, `b`", "unknown variant …, expected one of …, …"),
            (r#"a "quoted \"Ada\" name" here"#, "a … here"),
            ("“Ada”, «Ada», ‘Ada’ and `Ada`", "…, …, … and …"),
            ("the customer's account can't be found", "the customer's account can't be found"),
            ("an open \"quotation of Ada", "an open …"),
            // Addresses.
            ("no mailbox ada@example.org.", "no mailbox …."),
            ("no mailbox <ada.l+x@example.org>, sorry", "no mailbox <…>, sorry"),
            ("@ada is unknown", "… is unknown"),
            (
                "error sending request for url (https://shop.example/pay/ada?mail=a%40b.c)",
                "error sending request for url (https://shop.example…)",
            ),
            ("postgres://ada:secret@db/shop is away", "postgres://… is away"),
            ("https://shop.example:8443 is away", "https://shop.example:8443 is away"),
            // Assignments.
            ("user=Ada, status=503; mail=a", "user=…, status=503; mail=…"),
            ("status=503", "status=503"),
            ("phone=491701234567", "phone=…"),
            // Numbers.
            ("call +49 (170) 123-4567 now", "call … now"),
            ("born 1815-12-10", "born …"),
            ("after 5000 ms, attempt 3 of 20", "after 5000 ms, attempt 3 of 20"),
            ("account 1234567 is closed, 123456 is not", "account … is closed, 123456 is not"),
            // Names after the words of a schema, with values in their place.
            ("constraint \"Ada Lovelace\" failed", "constraint … failed"),
            ("column \"ada@example.org\" failed", "column … failed"),
            ("header `4917012345678` is invalid", "header … is invalid"),
            // One line.
            ("first\nDETAIL:\tsecond", "first DETAIL: second"),
            ("", ""),
        ];
        for (text, want) in rows {
            assert_eq!(redacted(text), want, "{text}");
        }
    }
}
