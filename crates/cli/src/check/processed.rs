//! The number of times that a delivery was processed, from the inbox and from a count of the effects.

use super::bench::Bench;
use super::delivery::Delivery;
use super::finding::Finding;

/// The count of the processings of one delivery.
pub(super) struct Count {
    /// The number of effects before the delivery.
    before: Option<Result<i64, String>>,
    /// The number of effects after its first attempt.
    after_first: Option<Result<i64, String>>,
}

impl Count {
    /// Starts before the delivery is sent.
    pub(super) async fn start(bench: &Bench) -> Self {
        let before = match &bench.effects {
            Some(effects) => Some(effects.number().await),
            None => None,
        };
        Self { before, after_first: None }
    }

    /// Waits for the effects of the first attempt.
    pub(super) async fn first(&mut self, bench: &mut Bench) {
        if let (Some(effects), Some(Ok(before))) = (&bench.effects, &self.before) {
            let after = effects.settled(*before, bench.wait).await;
            bench.effects_of_one = after.as_ref().ok().map(|after| after - before);
            self.after_first = Some(after);
        }
    }

    /// Assumes as many effects of the first attempt as another delivery had.
    pub(super) fn first_is_known(&mut self, bench: &Bench) {
        if let (Some(Ok(before)), Some(of_one)) = (&self.before, bench.effects_of_one) {
            self.after_first = Some(Ok(before + of_one));
        }
    }

    /// Waits for the end of the processing, and judges that it happened once.
    pub(super) async fn end(&self, bench: &Bench, delivery: &Delivery) -> Finding {
        let in_inbox = match &bench.inbox {
            Some(inbox) => Some(inbox.processed_once(&bench.maker.ids(delivery), bench.wait).await),
            None => None,
        };
        let by_effects = self.by_effects(bench).await;
        let unseen = || Finding::unseen("-", "the effects of one delivery are not known", "run `processed-once` too");
        Finding::gravest(in_inbox.into_iter().chain(by_effects)).unwrap_or_else(unseen)
    }

    async fn by_effects(&self, bench: &Bench) -> Option<Finding> {
        let effects = bench.effects.as_ref()?;
        let failed =
            |error: &String| Finding::failed("no count", error.clone(), "`--effects` must answer with a number");
        let (before, after_first) = match (self.before.as_ref()?, self.after_first.as_ref()?) {
            (Ok(before), Ok(after)) => (*before, *after),
            (Err(error), _) | (_, Err(error)) => return Some(failed(error)),
        };
        // At least one effect is awaited, and then every further one.
        let end = match effects.settled(before, bench.wait).await {
            Ok(end) => end,
            Err(error) => return Some(failed(&error)),
        };
        let came = format!("effects {before} → {after_first} → {end}");
        Some(if end > after_first {
            let reason = format!("the repeats of one delivery had {} effects more", end - after_first);
            let next = "keep the ids of processed deliveries under a unique index, or let an inbox do so";
            Finding::failed(came, reason, next)
        } else if after_first == before {
            let reason = "the delivery had no effect, so that its repeats show nothing";
            Finding::unseen(came, reason, "choose an event with an effect (`--event`, `--body`), or a longer `--wait`")
        } else {
            Finding::passed(came)
        })
    }
}
