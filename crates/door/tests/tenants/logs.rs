//! The log lines of tenants: platform and tenant as fields, the sources of a failure, and no text that a stranger chose.

use std::fmt::{self, Debug};
use std::io;
use std::sync::{Arc, Mutex};

use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Endpoint, Tenant};
use referral_webhooks_door::{Arrival, Endpoints};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};

use crate::support::{FIRST, SECOND, Table, outcome, signed, signed_by};

/// A subscriber that keeps one line an event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "referral_webhooks"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line<'a>(&'a mut String);
        impl Visit for Line<'_> {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0.push_str(&format!(" {field}={value:?}"));
            }
        }
        let mut log = self.0.lock().unwrap();
        log.push_str(event.metadata().level().as_str());
        event.record(&mut Line(&mut log));
        log.push('\n');
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Runs a future and returns the logged lines.
fn logged(future: impl Future<Output = ()>) -> Vec<String> {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    // With a single subscriber, a thread without one would disable the events for all threads.
    let _second = tracing::Dispatch::new(log.clone());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
    let lines = log.0.lock().unwrap();
    lines.lines().map(str::to_owned).collect()
}

#[track_caller]
fn assert_line(line: &str, parts: &[&str]) {
    for part in parts {
        assert!(line.contains(part), "`{part}` in {line}");
    }
    assert!(!line.contains("whsec_"), "{line}");
}

const OF_ACME: [&str; 2] = [r#"platform="redpin""#, r#"tenant="acme""#];

#[test]
fn a_refusal_names_platform_and_tenant() {
    let lines = logged(async {
        let endpoints = Table::of(&["acme"]).endpoints::<Redpin>();
        outcome(&endpoints, "acme", signed(SECOND)).await;
        outcome(&endpoints, "initech", signed(FIRST)).await;
        outcome(&endpoints, "acme", signed(FIRST)).await;
    });
    let [forged, unknown, other] = lines.as_slice() else { panic!("{lines:?}") };
    assert_line(forged, &OF_ACME);
    assert_line(forged, &[r#"kind="signature-mismatch""#, "status=401"]);
    assert_line(unknown, &[r#"platform="redpin""#, r#"tenant="initech""#, r#"kind="unknown-tenant""#, "status=401"]);
    assert_line(other, &OF_ACME);
    assert_line(other, &["genuine, and passed on as `Other`"]);
}

#[test]
fn a_text_that_is_not_a_name_stays_out_of_the_log() {
    let lines = logged(async {
        let endpoints = Table::of(&[]).endpoints::<Redpin>();
        drop(Arrival::new(&endpoints, Some("acme\nERROR forged line")));
    });
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_line(line, &[r#"platform="redpin""#, r#"kind="unknown-tenant""#]);
    assert!(!line.contains("acme") && !line.contains("tenant="), "{line}");
}

/// An error of the application, with a source.
#[derive(Debug)]
struct Unreachable(io::Error);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no row")
    }
}

impl std::error::Error for Unreachable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn a_failed_lookup_is_logged_once_with_its_sources() {
    let lines = logged(async {
        let endpoints = Endpoints::<Redpin>::new(async |_: Tenant| {
            let long = "é".repeat(1_000);
            Err::<Option<Endpoint<Redpin>>, _>(Unreachable(io::Error::other(format!("connection refused {long}"))))
        });
        for _ in 0..2 {
            outcome(&endpoints, "acme", signed(FIRST)).await;
        }
    });
    let [failed, first, second] = lines.as_slice() else { panic!("{lines:?}") };
    assert_line(failed, &OF_ACME);
    assert_line(failed, &["ERROR", r#"cause="no row: connection refused éé"#]);
    assert!(failed.len() < 2_300, "{failed}");
    for refused in [first, second] {
        assert_line(refused, &OF_ACME);
        assert_line(refused, &["WARN", r#"kind="endpoint-unavailable""#, "status=503"]);
    }
}

#[test]
fn a_weak_secret_is_logged_once_with_its_tenant() {
    let lines = logged(async {
        let table = Table::of(&[]);
        table.set("acme", "k3v9x2m7q1", None);
        let endpoints = table.endpoints::<Prefinery>().cache_for(std::time::Duration::ZERO);
        for _ in 0..3 {
            outcome(&endpoints, "acme", signed_by::<Prefinery>("k3v9x2m7q1")).await;
        }
    });
    let weak: Vec<_> = lines.iter().filter(|line| line.contains("weak secret")).collect();
    let [line] = weak.as_slice() else { panic!("{lines:?}") };
    assert_line(line, &[r#"platform="prefinery""#, r#"tenant="acme""#]);
    assert!(!line.contains("k3v9x2m7q1"), "{line}");
}
