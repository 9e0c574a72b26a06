//! Turns: concurrent senders that each send sequentially for a fixed time.

use std::time::{Duration, Instant};

use super::source::Failure;

/// A sender that waits for each answer.
pub(crate) trait Sender: Send + 'static {
    fn send(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The result of one turn, or of several.
pub(crate) struct Turn {
    waits: Vec<Duration>,
    took: Duration,
}

impl Turn {
    /// Runs the senders for this time.
    pub(crate) async fn of<S: Sender>(senders: Vec<S>, time: Duration) -> Result<Self, Failure> {
        let begun = Instant::now();
        let send = |mut sender: S| async move {
            let mut waits = Vec::new();
            while begun.elapsed() < time {
                let sent_at = Instant::now();
                sender.send().await?;
                waits.push(sent_at.elapsed());
            }
            Ok::<_, Failure>(waits)
        };
        let sending: Vec<_> = senders.into_iter().map(|sender| tokio::spawn(send(sender))).collect();
        let mut waits = Vec::new();
        for sent in sending {
            waits.extend(sent.await??);
        }
        waits.sort_unstable();
        Ok(Self { waits, took: begun.elapsed() })
    }

    /// Merges several turns.
    pub(crate) fn together(turns: Vec<Self>) -> Self {
        let took = turns.iter().map(|turn| turn.took).sum();
        let mut waits: Vec<Duration> = turns.into_iter().flat_map(|turn| turn.waits).collect();
        waits.sort_unstable();
        Self { waits, took }
    }

    /// Returns the number of answers.
    pub(crate) fn count(&self) -> usize {
        self.waits.len()
    }

    /// Returns the answers per second.
    pub(crate) fn rate(&self) -> f64 {
        self.count() as f64 / self.took.as_secs_f64()
    }

    /// Returns the latency within which so many of a thousand were answered, in milliseconds.
    pub(crate) fn within(&self, of_1000: usize) -> f64 {
        let place = (self.waits.len() * of_1000 / 1_000).min(self.waits.len().saturating_sub(1));
        self.waits.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3
    }
}

/// Returns the median, or the higher of the two in the middle.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Returns the median of the ratios of neighbouring turns, because a disturbance affects both.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs))
}
