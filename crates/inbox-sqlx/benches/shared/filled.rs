//! Accepting where a million entries have been finished.

use std::sync::Arc;
use std::time::{Duration, Instant};

use referral_webhooks_inbox::Inbox;

use crate::engine::Place;
use crate::goal::Goal;
use crate::senders::ToInbox;
use crate::source::{Failure, NAME, Source};
use crate::turn::{Turn, median, ratio};

const ROUNDS: usize = 7;
const ENTRIES: i64 = 1_000_000;

/// Prints how many are accepted a second by a full inbox and by an empty one.
pub(crate) async fn filled(place: &Place, source: &Arc<Source>, time: Duration) -> Result<(), Failure> {
    let begun = Instant::now();
    let body = String::from_utf8_lossy(source.request()?.body()).into_owned();
    let filled = Inbox::new(place.filled("filled", ENTRIES, &body).await?);
    let filled = filled.intake(NAME, source.endpoint.clone())?;
    let empty = Inbox::new(place.store("empty").await?).intake(NAME, source.endpoint.clone())?;
    println!();
    println!(
        "  With {ENTRIES} completed entries of 90 days, a line of history each, one body in ten, and keys in no order,"
    );
    println!(
        "  all of it made by SQL in {:.0} s; beside an empty inbox, 64 senders in process:",
        begun.elapsed().as_secs_f64()
    );
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for place in [round % 2, (round + 1) % 2] {
            let intake = [&filled, &empty][place].clone();
            let turn = Turn::of(vec![ToInbox(intake, Arc::clone(source)); 64], time / ROUNDS as u32).await?;
            // The first round finds nothing in any cache.
            if round > 0 {
                rates[place].push(turn.rate());
            }
        }
    }
    let [full, empty] = rates;
    let to_empty = ratio(&full, &empty);
    println!(
        "  {:.0}/s; {to_empty:.2} of the empty one's {:.0}/s   {}",
        median(full),
        median(empty),
        Goal::AtLeast(0.85).of("", to_empty).trim_start()
    );
    Ok(())
}
