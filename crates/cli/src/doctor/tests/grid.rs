//! Every accident alone, and every pair of accidents of different kinds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::made::{Made, PLATFORMS, SECRET, Signs, explained, made, made_with, proven, secret_of, with_token};
use super::{bodies, heads, secrets};

/// One platform of each scheme that signs.
const SIGNED: [&str; 3] = ["prefinery", "genius-referrals", "redpin"];

/// Accidents of headers that a list of elements survives in part.
const LENIENT: [&str; 2] = ["trailing comma", "doubled and quoted"];

fn signs(platform: &str) -> (&'static str, Signs) {
    PLATFORMS.into_iter().find(|(name, _)| *name == platform).expect("it is a platform")
}

/// A request with accidents, the receiver's file, the expected accidents, and a description.
type Case = (Made, Vec<u8>, Vec<&'static str>, String);

/// Checks all cases, which `case` makes by number. `None` is skipped.
fn check(count: usize, case: impl Fn(usize) -> Option<Case> + Sync) -> usize {
    let (next, checked, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let Some((made, file, mut want, description)) = case(number) else { continue };
                    checked.fetch_add(1, Ordering::Relaxed);
                    let found = proven(&explained(&made, &file)).map(|mut found| {
                        found.sort_unstable();
                        found
                    });
                    want.sort_unstable();
                    if found.as_deref().is_none_or(|found| found != want) {
                        let line = format!("{description}: {want:?} is explained as {found:?}");
                        wrong.lock().expect("no thread panicked").push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panicked");
    let shown = wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{shown}", wrong.len());
    checked.into_inner()
}

/// Returns the accidents of secrets that are possible on a platform's receiver.
fn secret_rows(signs: Signs) -> Vec<&'static secrets::Row> {
    let own = if signs == Signs::Svix { secrets::SVIX_ROWS } else { secrets::TEXT_ROWS };
    secrets::ROWS.iter().chain(own).collect()
}

fn changed(made: Made, row: &heads::Row) -> Option<Made> {
    let mut is_changed = false;
    let headers = made.headers.into_iter().map(|(name, value)| {
        let changed = (row.2)(&value).filter(|_| name != "content-type");
        is_changed |= changed.is_some();
        (name, changed.unwrap_or(value))
    });
    let headers = headers.collect();
    is_changed.then_some(Made { headers, ..made })
}

#[test]
fn each_accident_of_a_secret_is_named_for_every_platform() {
    for (platform, signs) in PLATFORMS.into_iter().filter(|(_, signs)| *signs != Signs::Jws) {
        let rows = secret_rows(signs);
        check(rows.len(), |number| {
            let secrets::Row(name, want, file) = rows[number];
            let made = made(platform, signs, bodies::RICH.as_bytes());
            let file = file(&made.secret);
            // This platform accepts a key in hexadecimal.
            let is_accepted = platform == "referral-rocket" && *name == "hexadecimal";
            (!is_accepted).then(|| (made, file, want.to_vec(), format!("{platform}: {name}")))
        });
    }
}

#[test]
fn each_accident_of_a_key_set_is_named() {
    let (platform, signs) = signs("saasquatch");
    let names = [
        "blanks around",
        "single quotes",
        "base64",
        "base64 with line feed",
        "byte order mark",
        "dotenv",
        "YAML block",
        "AWS",
        "Google",
    ];
    let rows: Vec<_> = secrets::ROWS.iter().filter(|row| names.contains(&row.0)).collect();
    assert_eq!(rows.len(), names.len());
    check(rows.len(), |number| {
        let secrets::Row(name, want, file) = rows[number];
        let made = made(platform, signs, bodies::RICH.as_bytes());
        let file = file(&made.secret);
        // White space around a key set belongs to it.
        (*name != "blanks around").then(|| (made, file, want.to_vec(), format!("{platform}: {name}")))
    });
}

#[test]
fn each_accident_of_the_senders_key_is_named() {
    for platform in ["prefinery", "genius-referrals", "friendbuy", "growsurf"] {
        let (platform, signs) = signs(platform);
        check(secrets::SENDER_ROWS.len(), |number| {
            let secrets::Row(name, want, key) = &secrets::SENDER_ROWS[number];
            let made = made_with(platform, signs, &key(SECRET), bodies::RICH.as_bytes());
            Some((made, SECRET.into(), want.to_vec(), format!("{platform}: {name}")))
        });
    }
}

#[test]
fn each_accident_of_a_body_is_named_for_every_platform() {
    let rows: Vec<_> = bodies::rows().collect();
    for (place, (platform, signs)) in PLATFORMS.into_iter().enumerate() {
        if matches!(signs, Signs::UrlToken | Signs::BodyToken) {
            continue;
        }
        check(rows.len(), |number| {
            if !(place + number).is_multiple_of(PLATFORM_STEP) {
                return None;
            }
            let bodies::Row(name, want, signed, sent) = rows[number];
            let signed = signed();
            let made = Made { body: sent(&signed), ..made(platform, signs, &signed) };
            // The platform signs the fields of forms, too.
            let has_form = platform == "genius-referrals" && want.contains(&"body-form");
            let file = made.secret.clone().into();
            (!has_form).then(|| (made, file, want.to_vec(), format!("{platform}: {name}")))
        });
    }
}

#[test]
fn each_accident_of_a_header_is_named_for_every_platform() {
    for (platform, signs) in PLATFORMS {
        check(heads::ROWS.len(), |number| {
            let row = &heads::ROWS[number];
            // Such lists of elements are read in spite of these.
            if matches!(signs, Signs::Timed(..)) && LENIENT.contains(&row.0) {
                return None;
            }
            let made = changed(made(platform, signs, bodies::RICH.as_bytes()), row)?;
            let file = made.secret.clone().into();
            Some((made, file, row.1.to_vec(), format!("{platform}: {}", row.0)))
        });
    }
}

/// The distance between the tested pairs: every pair if the program is optimised, and every 71st otherwise, because the
/// search takes twenty times as long. It shares no factor with the numbers of rows, so that every row is tested.
const STEP: usize = if cfg!(debug_assertions) { 71 } else { 1 };

/// The distance between the platforms of a row, for the same reason.
const PLATFORM_STEP: usize = if cfg!(debug_assertions) { 6 } else { 1 };

/// Each request has an accident of the secret, one of the body and one of the headers. The rows of headers are shifted,
/// so that every pair of two kinds is in one of the requests.
#[test]
fn each_pair_of_accidents_is_named() {
    let body_rows: Vec<_> = bodies::rows().collect();
    for platform in SIGNED {
        let (platform, signs) = signs(platform);
        let rows = secret_rows(signs);
        assert!(rows.len() >= heads::ROWS.len() && body_rows.len() >= heads::ROWS.len());
        let checked = check(rows.len() * body_rows.len() / STEP, |number| {
            let number = number * STEP;
            let (of_secret, of_body) = (number / body_rows.len(), number % body_rows.len());
            let secrets::Row(secret_name, secret_want, file) = rows[of_secret];
            let bodies::Row(body_name, body_want, signed, sent) = body_rows[of_body];
            let head = &heads::ROWS[(of_secret + of_body) % heads::ROWS.len()];
            if matches!(signs, Signs::Timed(..)) && LENIENT.contains(&head.0) {
                return None;
            }
            let signed = signed();
            let signed = Made { body: sent(&signed), ..made(platform, signs, &signed) };
            let made = changed(signed, head)?;
            let file = file(&made.secret);
            let has_form = platform == "genius-referrals" && body_want.contains(&"body-form");
            let want = [*secret_want, *body_want, head.1].concat();
            let description = format!("{platform}: {secret_name}, {body_name}, {}", head.0);
            // Five accidents may be beyond the bound of the search.
            (!has_form && want.len() < 5).then_some((made, file, want, description))
        });
        println!("{platform}: {checked} pairs");
    }
}

#[test]
fn each_pair_of_accidents_of_a_key_set_is_named() {
    let (platform, signs) = signs("saasquatch");
    let rows: Vec<_> = bodies::rows().collect();
    check(rows.len(), |number| {
        if !number.is_multiple_of(PLATFORM_STEP) {
            return None;
        }
        let bodies::Row(name, want, signed, sent) = rows[number];
        let signed = signed();
        let signed = Made { body: sent(&signed), ..made(platform, signs, &signed) };
        let head = &heads::ROWS[number % heads::ROWS.len()];
        let made = changed(signed, head)?;
        let file = format!("'{}'", made.secret).into_bytes();
        let want = [&["secret-quotes"], *want, head.1].concat();
        Some((made, file, want, format!("{platform}: {name}, {}", head.0)))
    });
}

#[test]
fn each_pair_of_a_secret_and_a_url_is_named() {
    let (platform, signs) = signs("refir");
    let urls: [(&str, &[&str]); 5] = [
        ("/hooks/refir/{}/", &["url-token-place"]),
        ("/hooks/refir?key={}", &["url-token-place"]),
        ("/hooks/refir?a=1&secret={}&b=2", &["url-token-place"]),
        ("/hooks/refir/%7B{}%7D", &["url-token-place"]),
        ("/{}/refir", &["url-token-place"]),
    ];
    let rows = secret_rows(signs);
    check(rows.len() * urls.len(), |number| {
        let secrets::Row(name, want, file) = rows[number / urls.len()];
        let (url, place) = urls[number % urls.len()];
        let made = Made { uri: url.replace("{}", SECRET), ..made(platform, signs, b"{}") };
        Some((made, file(SECRET), [*want, place].concat(), format!("{name}, {url}")))
    });
}

#[test]
fn each_pair_of_a_secret_and_a_body_with_a_token_is_named() {
    let (platform, signs) = signs("talkable");
    let rows = secret_rows(signs);
    // The token is in the body in any style, so that only envelopes hide it.
    let names = ["AWS event", "base64", "gzip in base64", "JSON in JSON", "b'…'", "SQS", "entities"];
    let body_rows: Vec<_> = bodies::rows().filter(|row| names.contains(&row.0) && row.0 != "gzip in base64").collect();
    check(rows.len() * body_rows.len(), |number| {
        let secrets::Row(name, want, file) = rows[number / body_rows.len()];
        let bodies::Row(body_name, body_want, _, sent) = body_rows[number % body_rows.len()];
        let body = sent(&with_token(bodies::RICH.as_bytes(), &secret_of(platform, signs)));
        let made = Made { body, ..made(platform, signs, b"{}") };
        Some((made, file(SECRET), [*want, *body_want].concat(), format!("{name}, {body_name}")))
    });
}
