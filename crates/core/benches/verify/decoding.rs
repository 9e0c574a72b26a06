//! Decoding: a platform's event from verified bytes, compared with plain serde_json into the same structs.

use std::hint::black_box;

use bytes::Bytes;
use referral_webhooks::platform::redpin::{Event, Redpin};
use referral_webhooks::platform::{Event as _, Platform};

use crate::harness::Harness;
use crate::mirror::{ReferralCreated, Tagged};
use crate::table::{Entry, Goal, Table};

/// A referral with what Redpin documents, 1 KiB.
const REFERRAL: &str = r#"{
  "partner_id": "4829104756102938",
  "referral_id": "7d9c0a55-4f0b-4be0-9a3e-2f6b7c1d8e90",
  "status": "CREATED",
  "event_name": "REFERRAL_CREATED",
  "customer_id": "C-20250520-004417",
  "referral_date": "2025-05-20T19:14:05.878",
  "registration_date": "2025-05-21T08:02:41.120",
  "additional_details": {
    "client_reference_id": "REF-88213",
    "service_required": "Property purchase",
    "country_moving_to": "Portugal",
    "ccy_pair": "GBPEUR",
    "etv": "50,000 - 100,000",
    "enquiry_notes": "Completion is planned for \"September\"; call first."
  },
  "company": { "name": "Example Ltd", "registration_number": "09876543" },
  "contact": {
    "first_name": "Avery",
    "last_name": "Example",
    "email": "avery@example.com",
    "phone_number": "+442079460123",
    "mobile_number": "+447700900456",
    "date_of_birth": "1984-02-29",
    "address": {
      "street": "12 Sample Street",
      "city": "London",
      "country": "GB",
      "state": "",
      "post_code": "EC1A 1AA"
    }
  }
}
"#;

const PLAIN: &str = "serde_json::from_slice, the same structs";

pub(crate) fn table(harness: &mut Harness) -> Table {
    let payload = Bytes::from_static(REFERRAL.as_bytes());
    let event = Redpin.decode(&payload);
    assert!(matches!(event, Event::ReferralCreated(_)), "{:?}", event.why_other());
    let plain = || serde_json::from_slice::<ReferralCreated>(black_box(&payload)).unwrap();
    let tagged = || serde_json::from_slice::<Tagged>(black_box(&payload)).unwrap();
    // Comparing is fair only if all of them read all of it.
    let (Event::ReferralCreated(ours), Tagged::ReferralCreated(theirs)) = (&event, tagged()) else {
        panic!("another event")
    };
    assert_eq!(serde_json::to_value(ours).unwrap(), serde_json::to_value(plain()).unwrap());
    assert_eq!(serde_json::to_value(ours).unwrap(), serde_json::to_value(theirs).unwrap());

    let entries = vec![
        Entry::new("Redpin::decode, dispatch included", || Redpin.decode(black_box(&payload)))
            .against(PLAIN, Some(Goal::AtMost(0.9))),
        Entry::new(PLAIN, plain),
        Entry::new("from_slice, internally tagged enum", tagged).against(PLAIN, None),
        Entry::new("from_slice, serde_json::Value", || {
            serde_json::from_slice::<serde_json::Value>(black_box(&payload)).unwrap()
        })
        .against(PLAIN, None),
    ];
    Table::of(format!("decode, Redpin REFERRAL_CREATED of {} bytes", payload.len()), harness, entries)
}
