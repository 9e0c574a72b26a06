//! The needed members of Rewardful's objects, and the platform-neutral view of their events.

use super::members::*;
use crate::platform::members::Members;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::Amount;

impl Members for Affiliate {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(self.party()).about(Some(self.id.as_str()))
    }
}

impl Members for AffiliateLink {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(self.party()).about(Some(self.id.as_str()))
    }
}

impl Members for AffiliateCoupon {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let affiliate = Party::of_id(self.affiliate_id.as_ref()).coded(self.token.as_deref());
        Summary::of(happening).by(affiliate).about(Some(self.id.as_str()))
    }
}

impl Members for Referral {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        self.parties(Summary::of(happening)).about(Some(self.id.as_str()))
    }
}

impl Members for Sale {
    const NEEDED: &'static [&'static str] = &["id"];

    /// Returns the sale with its amount, or with the refunded amount if that happened.
    fn summary(&self, happening: Happening) -> Summary<'_> {
        let amount = match happening {
            Happening::ConversionRefunded => self.refund_amount_cents.as_ref(),
            _ => self.sale_amount_cents.as_ref(),
        };
        self.parties(Summary::of(happening))
            .worth(amount.map(|amount| cents(amount, self.currency.as_deref())))
            .about(Some(self.id.as_str()))
    }
}

impl Members for Commission {
    const NEEDED: &'static [&'static str] = &["id", "amount"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let summary = match &self.sale {
            Some(sale) => sale.parties(Summary::of(happening)),
            None => Summary::of(happening),
        };
        summary.worth(Some(cents(&self.amount, self.currency.as_deref()))).about(Some(self.id.as_str()))
    }
}

impl Members for Payout {
    const NEEDED: &'static [&'static str] = &["id", "amount"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
            .by(self.affiliate.as_ref().map(Affiliate::party).unwrap_or_default())
            .worth(Some(cents(&self.amount, self.currency.as_deref())))
            .about(Some(self.id.as_str()))
    }
}

impl Affiliate {
    fn party(&self) -> Party<'_> {
        let link = self.links.as_ref().and_then(|links| links.first());
        Party::of_id(Some(&self.id))
            .coded(link.and_then(|link| link.token.as_deref()))
            .named(self.first_name.as_ref())
            .mailed(self.email.as_ref())
    }
}

impl AffiliateLink {
    fn party(&self) -> Party<'_> {
        Party::of_id(self.affiliate_id.as_ref()).coded(self.token.as_deref())
    }
}

impl Referral {
    /// Adds the affiliate of the link, and the referred customer.
    fn parties<'e>(&'e self, summary: Summary<'e>) -> Summary<'e> {
        let customer = self.customer.as_ref().and_then(|customer| customer.id.as_ref());
        summary
            .by(self.link.as_ref().map(AffiliateLink::party).unwrap_or_default())
            .with_friend(Party::of_id(customer.or(self.stripe_customer_id.as_ref())))
    }
}

impl Sale {
    fn parties<'e>(&'e self, summary: Summary<'e>) -> Summary<'e> {
        match &self.referral {
            Some(referral) => referral.parties(summary),
            None => summary,
        }
    }
}

fn cents<'e>(amount: &Amount, currency: Option<&'e str>) -> Sum<'e> {
    Sum::new(amount, Unit::Minor, currency)
}
