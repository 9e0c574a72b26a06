//! A process that receives and works, as a merchant would write it.

use std::future::pending;
use std::hint::black_box;
use std::io::Read as _;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use clap::{Args, ValueEnum};
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::{Delivery, Endpoint, Tolerance};
use referral_webhooks_inbox::{Attempt, BackOff, CancellationToken, Inbox, Outcome, WithState as _, Worker};
use referral_webhooks_inbox_sqlx::{PostgresStore, SqliteStore};
use sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::maintenance;
use crate::store::Effects;
use crate::tenants::{self, TENANTS_PATH};
use crate::traffic::{PATH, SECRETS};

/// The options of a process.
#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// `sqlite:FILE` or `postgres://…`.
    pub(crate) store: String,
    /// The worker's name in the history.
    pub(crate) name: String,
    #[arg(long, value_enum, default_value = "tx")]
    pub(crate) work: Work,
    /// Duration of a lease in milliseconds.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) lease: u64,
    /// Duration of a handler in milliseconds.
    #[arg(long, default_value_t = 0)]
    pub(crate) takes: u64,
    /// Attempts of an entry.
    #[arg(long, default_value_t = 20)]
    pub(crate) attempts: u32,
    /// Grace period of a shutdown in milliseconds.
    #[arg(long, default_value_t = 25_000)]
    pub(crate) grace: u64,
    /// Accepts deliveries up to a day old or ahead, for scenarios with a wrong clock.
    #[arg(long)]
    pub(crate) any_age: bool,
    /// The number of the current secret.
    #[arg(long, default_value_t = 0)]
    pub(crate) current: usize,
    /// The number of a previous secret, which is accepted.
    #[arg(long)]
    pub(crate) previous: Option<usize>,
    /// The number of secrets that reopen stored deliveries: the first ones.
    #[arg(long, default_value_t = 0)]
    pub(crate) reopening: usize,
    /// Processes deliveries about one subject one at a time.
    #[arg(long)]
    pub(crate) subjects: bool,
    /// Serves tenants, whose secrets are in a table of the database.
    #[arg(long)]
    pub(crate) tenants: bool,
    /// Logs every statement, to count them.
    #[arg(long)]
    pub(crate) statements: bool,
    /// Prunes bodies and erases a person meanwhile.
    #[arg(long)]
    pub(crate) maintenance: bool,
    /// Prunes everything older than half an hour, ids included.
    #[arg(long)]
    pub(crate) prunes: bool,
}

/// The kind of runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// Exactly once, in the inbox's transaction.
    Tx,
    /// At least once, in a separate transaction.
    Plain,
    /// No worker.
    None,
}

impl Serve {
    /// Returns the arguments of the program.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let Self { store, name, work, lease, takes, attempts, grace, .. } = self;
        let Self { any_age, subjects, tenants, statements, maintenance, prunes, .. } = self;
        let work = work.to_possible_value().expect("no value is skipped").get_name().to_owned();
        let mut arguments = vec!["serve".to_owned(), store.clone(), name.clone(), format!("--work={work}")];
        arguments.extend([format!("--lease={lease}"), format!("--takes={takes}")]);
        arguments.extend([format!("--attempts={attempts}"), format!("--grace={grace}")]);
        arguments.extend([format!("--current={}", self.current), format!("--reopening={}", self.reopening)]);
        arguments.extend(self.previous.map(|previous| format!("--previous={previous}")));
        arguments.extend(any_age.then(|| "--any-age".to_owned()));
        arguments.extend(subjects.then(|| "--subjects".to_owned()));
        arguments.extend(tenants.then(|| "--tenants".to_owned()));
        arguments.extend(statements.then(|| "--statements".to_owned()));
        arguments.extend(maintenance.then(|| "--maintenance".to_owned()));
        arguments.extend(prunes.then(|| "--prunes".to_owned()));
        arguments
    }
}

/// Serves until SIGTERM or the end of standard input, which ends with the process that started this one.
pub(crate) async fn serve(serve: Serve) {
    let level = if serve.statements { tracing::Level::DEBUG } else { tracing::Level::WARN };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level).init();
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    match serve.store.split_once(':') {
        Some(("sqlite", file)) => serve_from(SqliteStore::open(file).await.unwrap(), &serve).await,
        Some(("postgres", _)) => serve_from(PostgresStore::connect(&serve.store).await.unwrap(), &serve).await,
        _ => panic!("a store of an unknown kind: {}", serve.store),
    }
}

async fn serve_from<S: Effects>(store: S, serve: &Serve) {
    let mut endpoint = Endpoint::<Redpin>::new(SECRETS[serve.current]).unwrap();
    if let Some(previous) = serve.previous {
        endpoint = endpoint.or_previous(SECRETS[previous]).unwrap();
    }
    for secret in &SECRETS[..serve.reopening] {
        endpoint = endpoint.reopens_with(secret).unwrap();
    }
    if serve.any_age {
        endpoint = endpoint.with_tolerance(Tolerance::minutes(24 * 60));
    }
    // Short waits, so that few attempts are soon over.
    let back_off = BackOff::new(serve.attempts, Duration::from_millis(200), Duration::from_secs(2));
    let inbox = Inbox::new(store).back_off(back_off);
    let mut intake = inbox.intake("shop", endpoint).unwrap();
    if serve.subjects {
        intake = intake.one_at_a_time(|delivery| subject_of(delivery.id().as_str()));
    }
    let takes = Duration::from_millis(serve.takes);
    // In the proportion of the defaults: even if all concurrent handlers take this long, the lease outlasts them.
    let lease = Duration::from_millis(serve.lease);
    let worker = inbox
        .worker()
        .named(&serve.name)
        .lease(lease)
        .poll(lease / 30)
        .limit(lease * 2)
        .limit_in_tx((lease / 30).max(takes * 2))
        .grace(Duration::from_millis(serve.grace));
    let mut app = Router::new().route_service(PATH, intake.service());
    let worker: Option<Worker<S>> = match serve.work {
        Work::None => None,
        Work::Tx if serve.tenants => {
            let intake = inbox.tenants("tenants", tenants::endpoints(&serve.store).await).unwrap();
            let service = intake.service(|head| head.uri.path().strip_prefix(TENANTS_PATH));
            app = app.route_service("/hooks/redpin/{tenant}", service);
            Some(worker.run_in_tx(&intake, in_tx::<S>.with_state(takes)))
        }
        Work::Tx => Some(worker.run_in_tx(&intake, in_tx::<S>.with_state(takes))),
        Work::Plain => {
            let pool = AnyPoolOptions::new().max_connections(4).connect(&serve.store).await.unwrap();
            Some(worker.run(&intake, move |_, attempt| plain(attempt, takes, pool.clone())))
        }
    };
    let shutdown = CancellationToken::new();
    let working = worker.map(|worker| tokio::spawn(worker.until(shutdown.clone())));

    if serve.maintenance {
        maintenance::start(&intake, inbox.store());
    }
    if serve.prunes {
        maintenance::start_pruning(&intake, inbox.store());
    }

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let mut terminated = signal(SignalKind::terminate()).unwrap();
    let stopped = async move {
        terminated.recv().await;
        // Both end at once. The worker does not wait for connections that are kept alive.
        shutdown.cancel();
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await.unwrap();
    if let Some(working) = working {
        working.await.unwrap();
    }
}

/// Returns the subject in a delivery id: its second part.
pub(crate) fn subject_of(delivery_id: &str) -> Option<String> {
    delivery_id.split('-').nth(1).map(str::to_owned)
}

/// Writes the effect in the inbox's transaction, and then behaves as its delivery id says. Effect and completion are
/// atomic in every case.
pub(crate) async fn in_tx<S: Effects>(
    _: Delivery<Redpin>,
    attempt: Attempt,
    tx: &mut S::Tx,
    takes: Duration,
) -> Result<Outcome, sqlx::Error> {
    let key = match &attempt.tenant {
        Some(tenant) => format!("{tenant}/{}", attempt.id),
        None => attempt.id.clone(),
    };
    S::effect(tx, key).await?;
    Ok(behave(&attempt, takes).await)
}

/// Behaves as its delivery id says, and then writes the effect in a separate transaction.
async fn plain(attempt: Attempt, takes: Duration, pool: AnyPool) -> Outcome {
    match behave(&attempt, takes).await {
        Outcome::Done => {
            let effect = sqlx::query("INSERT INTO effect_plain (key) VALUES ($1)").bind(attempt.id);
            effect.execute(&pool).await.map(|_| ()).into()
        }
        outcome => outcome,
    }
}

async fn behave(attempt: &Attempt, takes: Duration) -> Outcome {
    if !takes.is_zero() {
        sleep(takes).await;
    }
    match attempt.id.split('-').next() {
        Some("errors") => Outcome::Retry("its delivery id says so".into()),
        Some("panics") => panic!("its delivery id says so"),
        Some("aborts") => std::process::abort(),
        Some("hangs") => pending().await,
        Some("allocates") => {
            let mut hoard = Vec::new();
            loop {
                // The memory is never written, so that only the address space is used up.
                hoard.push(black_box(Vec::<u8>::with_capacity(64 << 20)));
            }
        }
        // Longer than the grace period, and shorter than the limit.
        Some("lingers") => {
            sleep(Duration::from_millis(1_000)).await;
            Outcome::Done
        }
        // The retry lets some of them wait when they are erased, with a reason that names a person.
        Some("leaves") if attempt.number == 1 => Outcome::Retry("Blake did not answer".into()),
        // Longer than bodies of completed entries are kept.
        Some("waits") if attempt.number == 1 => {
            Outcome::RetryAfter(Duration::from_secs(1), "its delivery id says so".into())
        }
        _ => Outcome::Done,
    }
}
