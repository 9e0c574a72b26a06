//! The platform-neutral view of Talkable's payloads.

use super::members::{Offer, Origin, Person, Referral, RewardGiven, RewardReason, Signup};
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::Id;

impl Person {
    pub(super) fn party(&self) -> Party<'_> {
        let party = Party::default().own(self.customer_id.as_ref());
        party.named(self.first_name.as_ref()).mailed(self.email.as_ref())
    }
}

impl Signup {
    pub(super) fn party(&self) -> Party<'_> {
        Party::default().named(self.first_name.as_ref()).mailed(self.email.as_ref())
    }
}

impl Offer {
    pub(super) fn code(&self) -> Option<&str> {
        self.short_url_code.as_deref()
    }

    /// Returns the advocate.
    pub(super) fn party(&self) -> Party<'_> {
        Party::default().coded(self.code()).mailed(self.email.as_ref())
    }
}

impl Origin {
    pub(super) fn sum(&self) -> Option<Sum<'_>> {
        let currency = self.currency_iso_code.as_deref();
        self.subtotal.as_ref().map(|subtotal| Sum::new(subtotal, Unit::Major, currency))
    }
}

impl Referral {
    /// Has the amount of the friend's purchase. The rewards have events of their own.
    pub(super) fn summary(&self) -> Summary<'_> {
        let advocate = self.offer.as_ref().map(Offer::party).unwrap_or_default();
        let summary = Summary::of(Happening::ReferralConverted).by(advocate);
        let Some(origin) = &self.referred_origin else { return summary };
        let friend = Party::default().own(origin.customer_id.as_ref()).mailed(origin.email.as_ref());
        let summary = summary.with_friend(friend).worth(origin.sum()).at(origin.order_date.as_ref());
        summary.about(origin.id.as_ref().map(Id::as_str))
    }
}

impl RewardGiven {
    pub(super) fn summary(&self) -> Summary<'_> {
        let happening = match self.reward.status.as_deref() {
            Some(status) if status.eq_ignore_ascii_case("paid") => Happening::RewardEarned,
            // The other states are not published.
            _ => Happening::RewardChanged,
        };
        let sum = self.reward.amount.as_ref().map(|amount| Sum::new(amount, Unit::Major, None));
        let summary = Summary::of(happening).worth(sum).about(self.reward.id.as_ref().map(Id::as_str));
        let person = self.person.as_ref().map(Person::party).unwrap_or_default();
        let offer = self.offer.as_ref();
        match self.reward.reason {
            Some(RewardReason::Referred | RewardReason::Click) => {
                summary.by(offer.map(Offer::party).unwrap_or_default()).with_friend(person)
            }
            _ => summary.by(person.coded(offer.and_then(Offer::code))),
        }
    }
}
