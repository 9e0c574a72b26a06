//! One run of `refhook dev`.
//!
//! - Guarantees: at Ctrl-C the server answers what has begun and forwards what is due, and the program ends with 0.
//! - Assumes: a second Ctrl-C asks for the end at once.
//! - Without it: a delivery that was acknowledged would be lost with the temporary inbox.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use referral_webhooks_axum::profile::Profile;
use referral_webhooks_inbox::store::{RefusedRequest, Store as _};
use referral_webhooks_inbox::{CancellationToken, Inbox};
use referral_webhooks_inbox_sqlx::SqliteStore;
use referral_webhooks_inspector::{Inspector, Loopback};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::arguments::Dev;
use super::forward::{self, Forwarded};
use super::forwarding::Forwarding;
use super::listen::{self, listen};
use super::missed::{Fallback, Missed};
use super::mount::{Ground, Site};
use super::place::Place;
use super::report::Report;
use super::screen::Screen;
use super::secrets::Secrets;
use super::send;
use crate::client::Client;
use crate::curl::curl;
use crate::failure::{Failure, Outcome};
use crate::note::note;

/// The time for deliveries that are due at the end.
const GRACE: Duration = Duration::from_secs(5);

/// The lease of an attempt. A killed run is noticed after it.
const LEASE: Duration = Duration::from_secs(4);

/// The limit of an attempt. The client has a shorter one.
const LIMIT: Duration = Duration::from_secs(60);

/// A run, before it begins.
pub(super) struct Run<'a> {
    pub(super) dev: &'a Dev,
    pub(super) secrets: Secrets,
}

/// The reports on everything that happens.
struct Reports {
    received: mpsc::Receiver<Report>,
    missed: mpsc::Receiver<Missed>,
    forwarded: mpsc::Receiver<Forwarded>,
}

impl Reports {
    /// Prints the next report.
    async fn print(&mut self, screen: &mut Screen) -> std::io::Result<()> {
        tokio::select! {
            Some(report) = self.received.recv() => screen.report(&report, None),
            Some(missed) = self.missed.recv() => screen.missed(&missed),
            Some(forwarded) = self.forwarded.recv() => screen.forwarded(&forwarded),
            else => std::future::pending().await,
        }
    }
}

impl Run<'_> {
    pub(super) async fn until_stopped(mut self, profiles: &[Profile]) -> Outcome {
        let dev = self.dev;
        let mut stop = std::pin::pin!(stopped()?);
        let listener = listen(dev.port).await?;
        let page = Loopback::bind(dev.page_port).await.map_err(|error| {
            let help = "stop the program that listens there, or leave `--page-port` out to take any free port";
            Failure::new(format!("cannot listen on 127.0.0.1:{}: {error}", dev.page_port), help)
        })?;
        let place = Place::open(dev.db.as_deref()).await?;
        let mut inbox = Inbox::new(place.store.clone());
        if dev.forward.is_some() {
            inbox = inbox.back_off(forward::back_off());
        }
        let (reports, received) = mpsc::channel(64);
        let (misses, missed) = mpsc::channel(64);
        let (attempts, forwarded) = mpsc::channel(64);
        let mut reports_of = Reports { received, missed, forwarded };
        let forwarding = self.forwarding(&place, attempts)?;
        let ground = Ground {
            address: listener.local_addr()?,
            inbox: inbox.clone(),
            secrets: &mut self.secrets,
            reports,
            forwarding,
            only: dev.platform.as_deref(),
        };
        let Site { router, routes, mounts, samples, intakes, explainers, worker } = Site::new(ground, profiles)?;
        self.secrets.are_used(|name| mounts.iter().any(|mount| mount.platform == name))?;
        self.secrets.keep()?;
        let fallback = Fallback { routes, reports: misses };
        let fallback = move |request| fallback.clone().answer(request);
        let router = router.fallback(fallback.clone()).method_not_allowed_fallback(fallback);
        let (closing, ending) = (CancellationToken::new(), CancellationToken::new());
        let mut serving = tokio::spawn(listen::serve(listener, router, closing.clone()));

        let mut screen = Screen::new(dev.output);
        screen.mounts(&mounts)?;
        let example = mounts.iter().find_map(|mount| mount.example.clone());
        let command = example.as_ref().and_then(|sign| curl(&sign()?));
        let url = page.url();
        let explain = move |refused: &RefusedRequest| {
            explainers.get(&refused.endpoint).map(|explainer| explainer.lines(refused)).unwrap_or_default()
        };
        let mut inspector = Inspector::new(inbox.clone()).title("refhook dev").explain(explain);
        for intake in intakes {
            inspector = inspector.redecodes_any(intake);
        }
        if let Some(sign) = example {
            inspector = inspector.try_it(move || sign().as_ref().and_then(curl).unwrap_or_default());
        }
        let until = ending.clone().cancelled_owned();
        let showing = tokio::spawn(async move { page.serve(inspector, "refhook dev", until).await });
        screen.page(&url)?;
        let worker = worker.concurrency(8).lease(LEASE).limit(LIMIT).grace(GRACE);
        let mut working = tokio::spawn(worker.until(ending.clone()));

        let mut code = ExitCode::SUCCESS;
        if dev.sample {
            let as_expected = send::send(samples, &mut reports_of.received, &mut screen).await?;
            screen.verdict(as_expected)?;
            if !as_expected && dev.once {
                code = ExitCode::FAILURE;
            }
        }
        if !dev.once {
            screen.invitation(command.as_deref())?;
            loop {
                tokio::select! {
                    printed = reports_of.print(&mut screen) => printed?,
                    () = &mut stop => break,
                }
            }
        }
        closing.cancel();
        let finishing = async {
            let _ = (&mut serving).await;
            if dev.forward.is_some() { drained(&place.store, dev.db.is_some()).await } else { 0 }
        };
        let mut finishing = std::pin::pin!(finishing);
        let left = loop {
            tokio::select! {
                printed = reports_of.print(&mut screen) => printed?,
                left = &mut finishing => break left,
                () = again() => return Ok(code),
            }
        };
        ending.cancel();
        while !working.is_finished() {
            tokio::select! {
                printed = reports_of.print(&mut screen) => printed?,
                _ = &mut working => break,
                () = again() => return Ok(code),
            }
        }
        while let Ok(forwarded) = reports_of.forwarded.try_recv() {
            screen.forwarded(&forwarded)?;
        }
        showing.abort();
        if left > 0 {
            let next =
                if dev.db.is_some() { "the next run forwards them" } else { "they are lost with the temporary inbox" };
            note(format_args!("accepted deliveries that were not forwarded: {left}; {next}"));
        }
        place.store.close().await;
        Ok(code)
    }

    fn forwarding(&self, place: &Place, reports: mpsc::Sender<Forwarded>) -> Result<Option<Forwarding>, Failure> {
        let Some(target) = &self.dev.forward else { return Ok(None) };
        let help = "give a URL with `http://` or `https://` and a host";
        let to = target.of("platform").map_err(|error| Failure::usage(error.to_string(), help))?;
        let client = Arc::new(Client::new(&to, None, &self.dev.tls)?);
        let spool = Arc::new(place.spool()?);
        Ok(Some(Forwarding { target: target.clone(), client, spool, reports }))
    }
}

/// Waits until no delivery is due or being forwarded, and returns the number of those that wait for another attempt. In an
/// inbox that lasts, they wait for the next run.
async fn drained(store: &SqliteStore, is_lasting: bool) -> u64 {
    let end = Instant::now() + GRACE;
    loop {
        let Ok(stats) = store.stats().await else { return 0 };
        let left = stats.available + stats.running + stats.waiting + stats.retryable;
        // The entries behind one that waits for its next attempt wait, too.
        let is_stuck = is_lasting && stats.available + stats.running == 0;
        if left == 0 || is_stuck || Instant::now() >= end {
            return left;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Returns a future of the end: Ctrl-C or the system's request.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        again().await;
    })
}

/// Resolves at Ctrl-C.
async fn again() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
