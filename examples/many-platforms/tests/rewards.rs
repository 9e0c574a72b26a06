//! The rewards that the program credits for the fixtures of all platforms.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_LENGTH, HOST};
use referral_webhooks_axum::platform::{self, Platform, Visit, visit_all};
use referral_webhooks_axum::{Endpoint, Message};
use referral_webhooks_fixtures::{Fixture, all};
use referral_webhooks_tests::Program;
use time::OffsetDateTime;

/// The fixtures in the order of their sending, with the status of the answer and the lines of the ledger. The amounts are
/// those of the fixtures' bodies: `"amount":5000` in cents, `"commission_total":"9.80"` in dollars.
const LEDGER: &[(&str, u16, &[&str])] = &[
    ("dub/payout-confirmed", 200, &["dub po_1TESTPAYOUT00000000000001 credits 5000 USD"]),
    // The next payout is smaller by it.
    ("dub/commission-taken-back", 200, &["dub cm_1TESTCOMMISSION0000000001 has no reward in reward-revoked"]),
    ("firstpromoter/commission-created", 200, &["firstpromoter 991204 has no reward in reward-pending"]),
    ("firstpromoter/commission-approved", 200, &["firstpromoter 991204 credits 980 of the program's currency"]),
    ("firstpromoter/commission-denied", 200, &["firstpromoter 991204 debits 980 of the program's currency"]),
    ("friendbuy/advocate-reward", 200, &["friendbuy rw-1 credits 1000 USD", "friendbuy rw-2 credits 1000 USD"]),
    ("friendbuy/loyalty-reward", 200, &["friendbuy rw-4 needs an exact amount of money"]),
    ("friendbuy/reward-validation", 503, &[]),
    ("genius-referrals/redemption-request-by-key", 200, &["genius-referrals 77 has no reward in payout-pending"]),
    ("growsurf/commission-added", 200, &["growsurf comm_jp1ku7 credits 2500 USD"]),
    ("growsurf/commission-adjusted", 200, &["growsurf comm_jp1ku7 debits 2500 USD"]),
    // A success would mark it as fulfilled.
    ("loyaltylion/rewards-store-fulfilment", 503, &["loyaltylion 5 needs an exact amount of money"]),
    ("loyaltylion/rewards-store-fulfilment-test", 200, &["loyaltylion 5 is a test"]),
    ("prefinery/reward-earned", 200, &["prefinery 901 has no reward in reward-earned"]),
    ("prefinery/reward-delivered", 200, &["prefinery 901 needs an exact amount of money"]),
    (
        "redpin/referral-created",
        200,
        &["redpin 3f2b8c1e-6a54-4d0b-9e77-2c1f0a9d4b51 has no reward in referral-started"],
    ),
    ("referral-rocket/reward-unlocked", 200, &["referral-rocket 1001 needs an exact amount of money"]),
    ("refersion/conversion-of-a-test", 200, &["refersion 90210 is a test"]),
    ("refersion/conversion-approved", 200, &["refersion 90210 credits 980 USD"]),
    ("refersion/conversion-denied", 200, &["refersion 90210 debits 980 USD"]),
    ("refir/referral", 200, &["refir - has no reward in referral-started"]),
    (
        "rewardful/commission-created",
        200,
        &["rewardful 00000040-0000-4000-8000-000000000000 has no reward in reward-pending"],
    ),
    ("rewardful/commission-paid", 200, &["rewardful 00000040-0000-4000-8000-000000000000 credits 3000 USD"]),
    ("rewardful/commission-voided", 200, &["rewardful 00000040-0000-4000-8000-000000000000 debits 3000 USD"]),
    ("saasquatch/reward-credit-pending", 200, &["saasquatch 577405e3e4b0000000e2e684 has no reward in reward-pending"]),
    ("saasquatch/reward-credit", 200, &["saasquatch 577405e3e4b0000000e2e684 credits 1000 of the program's currency"]),
    (
        "talkable/reward",
        200,
        &["talkable 8261257 needs confirmation by the platform, because the sender is not proven by a signature"],
    ),
    ("talkable/check-unsubscribe", 503, &[]),
    ("tolt/commission-created", 200, &["tolt comm_test0000000000000000001 has no reward in reward-pending"]),
    ("tolt/commission-updated", 200, &["tolt comm_test0000000000000000001 credits 980 USD"]),
    ("tolt/commission-created-for-a-refund", 200, &["tolt comm_test0000000000000000002 debits 980 USD"]),
];

fn fixture(path: &str) -> Fixture {
    all().find(|fixture| fixture.path() == path).unwrap_or_else(|| panic!("no fixture {path}"))
}

/// Starts the program with the secrets of the fixtures.
fn start(settings: &[(&'static str, &'static str)]) -> Program {
    let mut environment = Vec::new();
    for platform in platform::ALL {
        let (path, ..) = LEDGER.iter().find(|(path, ..)| path.starts_with(&format!("{}/", platform.name))).unwrap();
        let variable = format!("{}_SECRET", platform.name.to_uppercase().replace('-', "_"));
        environment.push((variable, fixture(path).secrets[0]));
    }
    let mut environment: Vec<_> = environment.iter().map(|(name, value)| (&name[..], *value)).collect();
    environment.extend_from_slice(settings);
    Program::start(env!("CARGO_BIN_EXE_many-platforms"), &environment)
}

/// Makes a request of a fixture that is genuine now.
struct Renew {
    fixture: Fixture,
    request: Option<Request<Bytes>>,
}

impl Renew {
    fn of(path: &str) -> Request<Bytes> {
        let mut renew = Self { fixture: fixture(path), request: None };
        visit_all(&mut renew);
        let mut request = renew.request.unwrap();
        for header in [HOST, CONTENT_LENGTH] {
            request.headers_mut().remove(header);
        }
        request
    }
}

impl Visit for Renew {
    fn visit<P: Platform + Default>(&mut self, platform: P) {
        let (facts, fixture) = (platform.facts(), &self.fixture);
        if fixture.platform != facts.name {
            return;
        }
        if facts.tolerance.is_none() {
            self.request = Some(fixture.request.clone());
            return;
        }
        let now = OffsetDateTime::now_utc();
        let mut body = str::from_utf8(fixture.request.body()).unwrap().to_owned();
        if facts.has_body_time {
            let (head, time) = body.rsplit_once("\"createdAt\":").unwrap();
            let rest = time.trim_start_matches(|c: char| c.is_ascii_digit());
            body = format!("{head}\"createdAt\":{}000{rest}", now.unix_timestamp());
        }
        let message = Message::new(body, now).uri(fixture.request.uri().clone());
        self.request = Some(Endpoint::<P>::new(fixture.secrets[0]).unwrap().sign(&message).unwrap());
    }
}

fn send(program: &mut Program, path: &str) -> u16 {
    let request = Renew::of(path);
    program.post(request.uri().path(), &request)
}

#[test]
fn every_platform_credits_each_reward_once() {
    let mut program = start(&[]);
    for (path, status, lines) in LEDGER {
        assert_eq!(send(&mut program, path), *status, "{path}");
        for line in *lines {
            assert_eq!(program.line_after("ledger: "), *line, "{path}");
        }
    }
    for (path, status, lines) in LEDGER {
        assert_eq!(send(&mut program, path), *status, "{path}, again");
        for line in *lines {
            let repeated = match line.split_once(" credits ").or_else(|| line.split_once(" debits ")) {
                Some((subject, _)) => format!("{subject} stays as it is"),
                None => (*line).to_owned(),
            };
            assert_eq!(program.line_after("ledger: "), repeated, "{path}, again");
        }
    }
}

#[test]
fn a_reward_that_is_revoked_first_is_not_credited() {
    let mut program = start(&[]);
    for path in ["refersion/conversion-denied", "refersion/conversion-approved", "refersion/conversion-approved"] {
        assert_eq!(send(&mut program, path), 200, "{path}");
        assert_eq!(program.line_after("ledger: "), "refersion 90210 stays as it is", "{path}");
    }
}

#[test]
fn a_decision_is_answered_by_the_status() {
    for (decision, status) in [("yes", 200), ("no", 400), ("later", 503)] {
        let program = start(&[("DECISION", decision)]);
        for (path, want) in [
            ("friendbuy/reward-validation", status),
            ("friendbuy/email-auth", status),
            // No question.
            ("friendbuy/advocate-reward", 503),
        ] {
            assert_eq!(program.post("/hooks/friendbuy/questions", &Renew::of(path)), want, "{path}, {decision}");
        }
        let mut altered = Renew::of("friendbuy/reward-validation");
        *altered.body_mut() = "{}".into();
        let status = program.post("/hooks/friendbuy/questions", &altered);
        assert!(status != 200 && status != 400, "{status} is an answer");
    }
}

#[test]
fn a_check_is_answered_by_the_body() {
    for (unsubscribed, want) in [
        ("ada@example.com", r#"{"result":{"unsubscribed":true}}"#),
        ("mary@example.com,ADA@example.com", r#"{"result":{"unsubscribed":true}}"#),
        ("mary@example.com", r#"{"result":{"unsubscribed":false}}"#),
        ("", r#"{"result":{"unsubscribed":false}}"#),
    ] {
        let program = start(&[("UNSUBSCRIBED", unsubscribed)]);
        for path in ["talkable/check-unsubscribe", "talkable/check-unsubscribe-as-form"] {
            let (status, body) = program.post_for_text("/hooks/talkable/questions", &Renew::of(path));
            assert_eq!((status, &body[..]), (200, want), "{path}, {unsubscribed}");
        }
        assert_eq!(program.post("/hooks/talkable/questions", &Renew::of("talkable/reward")), 503, "no question");
    }
    let program = start(&[]);
    let check = Renew::of("talkable/check-unsubscribe");
    assert_eq!(program.post("/hooks/talkable/questions", &check), 503, "without a list of addresses");
}
