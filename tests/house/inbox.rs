//! Every platform's typical delivery is taken into an inbox, once.

use referral_webhooks::platform::{self, Event as _, Platform, Visit};
use referral_webhooks_fixtures::{Expected, all};
use referral_webhooks_inbox::store::{Accepted, Store as _};
use referral_webhooks_inbox::{Inbox, MemoryStore};
use time::OffsetDateTime;
use tokio::runtime::Builder;

use crate::endpoint::endpoint;

#[test]
fn every_platforms_sample_is_stored_once_and_opens_again() {
    struct Each(usize);
    impl Visit for Each {
        fn visit<P: Platform + Default>(&mut self, _: P) {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(store_sample::<P>());
            self.0 += 1;
        }
    }
    let mut each = Each(0);
    platform::visit_all(&mut each);
    assert_eq!(each.0, platform::ALL.len());
}

async fn store_sample<P: Platform + Default>() {
    let name = P::default().facts().name;
    let sample = all().find(|fixture| fixture.platform == name && fixture.is_sample).unwrap();
    assert!(matches!(sample.expected, Expected::Event(_)), "{name}");
    let now = OffsetDateTime::from_unix_timestamp(sample.now).unwrap();
    let delivery = endpoint::<P>(&sample, false).receive(&sample.request, now).unwrap();
    let inbox = Inbox::new(MemoryStore::new());
    let intake = inbox.intake(name, endpoint::<P>(&sample, false)).unwrap();
    let events = delivery.items().len().max(1);
    assert!(matches!(intake.accept(&delivery).await.unwrap(), Accepted::Stored(_)), "{name}: the first attempt");
    assert!(matches!(intake.accept(&delivery).await.unwrap(), Accepted::Repeated(_)), "{name}: the second attempt");
    let stats = inbox.store().stats().await.unwrap();
    assert_eq!(stats.available, events as u64, "{name}: an entry for each event");
    let again = intake.endpoint().reopen(delivery.stored()).unwrap();
    assert_eq!((again.id(), again.event().name()), (delivery.id(), delivery.event().name()), "{name}: opened again");
}
