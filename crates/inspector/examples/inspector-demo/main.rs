//! `cargo run --release -p referral-webhooks-inspector --features serve --example inspector-demo -- --port 4040`
//!
//! Serves the deliveries page on an inbox with all platforms, all states, repeats, conflicts, refused requests and hostile
//! texts, and prints its link.
//!
//! | option | meaning |
//! |---|---|
//! | `--entries N` | the number of ordinary deliveries, 400 if not given |
//! | `--db PATH` | the SQLite file, a temporary one if not given; a file with deliveries is served as it is |
//! | `--add N` | adds N deliveries to the file of `--db`, and ends |
//! | `--port N` | the port, a free one if not given |
//! | `--token TEXT` | the token of the link, 32 characters or more, so that browsers stay admitted after a restart |
//! | `--empty` | no deliveries |
//! | `--hostile` | each fixture once more with hostile texts in every field |
//! | `--live` | a new delivery every two seconds |
//! | `--work` | runs the handler, so that deliveries that are due change their state |
//! | `--read-only` | without actions |

mod hostile;
mod seed;

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use referral_webhooks_inbox::store::{Filter, Store as _};
use referral_webhooks_inbox::{CancellationToken, Inbox};
use referral_webhooks_inbox_sqlx::SqliteStore;
use referral_webhooks_inspector::{ExplanationLine, Finding, Inspector, LinkToken, Loopback};

use self::seed::Seeder;

#[derive(Debug, Default)]
struct Options {
    entries: Option<usize>,
    add: Option<usize>,
    db: Option<PathBuf>,
    port: u16,
    token: Option<String>,
    empty: bool,
    hostile: bool,
    live: bool,
    work: bool,
    read_only: bool,
}

fn options() -> Result<Options, Box<dyn Error + Send + Sync>> {
    let mut options = Options::default();
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--entries" => options.entries = Some(value()?.parse()?),
            "--add" => options.add = Some(value()?.parse()?),
            "--db" => options.db = Some(value()?.into()),
            "--port" => options.port = value()?.parse()?,
            "--token" => options.token = Some(value()?),
            "--empty" => options.empty = true,
            "--hostile" => options.hostile = true,
            "--live" => options.live = true,
            "--work" => options.work = true,
            "--read-only" => options.read_only = true,
            other => return Err(format!("unknown option {other}; the first lines of the example list all").into()),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = options()?;
    let folder = tempfile::tempdir()?;
    let file = options.db.clone().unwrap_or_else(|| folder.path().join("demo.db"));
    let store = SqliteStore::options(&file).create(true).open().await?;
    let inbox = Inbox::new(store.clone());
    let mut seeder = Seeder::new(&inbox)?;
    if let Some(number) = options.add {
        seeder.add(number).await?;
        store.close().await;
        println!("added {number}");
        return Ok(());
    }
    let is_filled = store.count(Filter::new().most(1)).await? > 0;
    if !options.empty && !is_filled {
        seeder.fill(options.entries.unwrap_or(400)).await?;
        if options.hostile {
            seeder.hostile().await?;
        }
    }

    let mut server = Loopback::bind(options.port).await?;
    if let Some(token) = &options.token {
        server = server.with_token(LinkToken::new(token).ok_or("the token has fewer than 32 letters and digits")?);
    }
    println!("{}", server.url());

    let mut page = Inspector::new(inbox.clone()).title("Webhook inbox · shop").explain(|refused| {
        let advice =
            "compare the secret and the clock with the platform's page, and look for a proxy that changes bodies";
        vec![
            ExplanationLine::new(Finding::Wrong, refused.reason.clone()),
            ExplanationLine::new(Finding::Advice, advice),
        ]
    });
    if options.read_only {
        page = page.read_only();
    }
    for intake in seeder.intakes() {
        page = page.redecodes_any(intake);
    }
    let stop = CancellationToken::new();
    if options.work {
        tokio::spawn(seeder.worker(&inbox).until(stop.clone()));
    }
    if options.live {
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(2)).await;
                if let Err(error) = seeder.add(1).await {
                    eprintln!("{error}");
                }
            }
        });
    }
    let end = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    server.serve(page, "dana@example.com", end).await?;
    stop.cancel();
    store.close().await;
    Ok(())
}
