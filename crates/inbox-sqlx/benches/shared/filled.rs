//! Acceptance by an inbox with a million finished entries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::goal::Goal;
use super::senders::ToInbox;
use super::source::{Failure, Ids, Source};
use super::turn::{Turn, median, ratio};
use crate::engine::Place;

const ROUNDS: usize = 9;
const ENTRIES: i64 = 1_000_000;

/// Prints the rates of acceptance of a full inbox and of an empty one.
pub(crate) async fn filled(place: &Place, time: Duration) -> Result<(), Failure> {
    println!();
    println!(
        "  With {ENTRIES} completed entries of 90 days, a history line each, and one body in ten, all of it made by"
    );
    println!("  SQL; compared with an empty inbox, 64 senders in process:");
    for (name, ids, filled, empty) in [
        ("ids by the second, as Redpin's", Ids::InTime, "filled_in_time", "empty_in_time"),
        ("ids in random order", Ids::Random, "filled_random", "empty_random"),
    ] {
        let source = Arc::new(Source::new(1_024, ids)?);
        let begun = Instant::now();
        let body = String::from_utf8_lossy(source.request()?.body()).into_owned();
        let stores = [place.filled(filled, ENTRIES, ids, &body).await?, place.store(empty).await?];
        let took = begun.elapsed().as_secs_f64();
        let mut rates = [Vec::new(), Vec::new()];
        for round in 0..=ROUNDS {
            for which in [round % 2, (round + 1) % 2] {
                let senders = vec![ToInbox(stores[which].clone(), Arc::clone(&source)); 64];
                let turn = Turn::of(senders, time / 4).await?;
                // The first round has cold caches.
                if round > 0 {
                    rates[which].push(turn.rate());
                }
            }
        }
        let [of_filled, of_empty] = rates;
        let to_empty = ratio(&of_filled, &of_empty);
        println!(
            "  {name:<32} {:.0}/s; {to_empty:.2} of the empty one's {:.0}/s   {}   (filled in {took:.0} s)",
            median(of_filled),
            median(of_empty),
            Goal::AtLeast(0.85).of("", to_empty).trim_start()
        );
        drop(stores);
        place.remove(filled).await?;
        place.remove(empty).await?;
    }
    Ok(())
}
