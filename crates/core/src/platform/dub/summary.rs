//! The needed members of Dub's events, and their platform-neutral view.

use super::members::*;
use crate::platform::members::Members;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Id};

impl Members for Lead {
    const NEEDED: &'static [&'static str] = &["customer"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        referral(happening, self.partner.as_ref(), &self.customer)
    }
}

impl Members for Sale {
    const NEEDED: &'static [&'static str] = &["customer", "sale"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        referral(happening, self.partner.as_ref(), &self.customer)
            .worth(Some(cents(&self.sale.amount, self.sale.currency.as_deref())))
    }
}

impl Members for Application {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let partner = self.partner.as_ref();
        let subject = partner.map_or(&self.id, |partner| &partner.id);
        Summary::of(happening).by(partner.map(Partner::party).unwrap_or_default()).about(Some(subject.as_str()))
    }
}

impl Members for Partner {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(self.party()).about(Some(self.id.as_str()))
    }
}

impl Members for Merger {
    const NEEDED: &'static [&'static str] = &["sourcePartner", "targetPartner"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        self.target_partner.summary(happening)
    }
}

impl Members for Commission {
    const NEEDED: &'static [&'static str] = &["id", "amount", "earnings"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
            .by(self.partner.as_ref().map(Partner::party).unwrap_or_default())
            .with_friend(self.customer.as_ref().map(Customer::party).unwrap_or_default())
            .worth(Some(cents(&self.earnings, self.currency.as_deref())))
            .about(Some(self.id.as_str()))
    }
}

impl Members for Bounty {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).about(Some(self.id.as_str()))
    }
}

impl Members for Payout {
    const NEEDED: &'static [&'static str] = &["id", "amount"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
            .by(self.partner.as_ref().map(Partner::party).unwrap_or_default())
            .worth(Some(cents(&self.amount, self.currency.as_deref())))
            .about(Some(self.id.as_str()))
    }
}

impl Members for DiscountCode {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let partner = Party::of_id(self.partner_id.as_ref()).coded(self.code.as_deref());
        Summary::of(happening).by(partner).about(Some(self.id.as_str()))
    }
}

impl Members for Link {
    const NEEDED: &'static [&'static str] = &["id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(Party::default().coded(self.key.as_deref())).about(Some(self.id.as_str()))
    }
}

impl Members for Click {
    const NEEDED: &'static [&'static str] = &["link"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        self.link.summary(happening)
    }
}

impl Partner {
    fn party(&self) -> Party<'_> {
        Party::of_id(Some(&self.id)).own(self.tenant_id.as_ref()).named(self.name.as_ref()).mailed(self.email.as_ref())
    }
}

impl Customer {
    fn party(&self) -> Party<'_> {
        Party::of_id(Some(&self.id))
            .own(self.external_id.as_ref())
            .named(self.name.as_ref())
            .mailed(self.email.as_ref())
    }
}

/// Returns the view of a partner's customer. The partner is absent if the link belongs to the merchant.
fn referral<'e>(happening: Happening, partner: Option<&'e Partner>, customer: &'e Customer) -> Summary<'e> {
    Summary::of(happening)
        .by(partner.map(Partner::party).unwrap_or_default())
        .with_friend(customer.party())
        .about(Some(Id::as_str(&customer.id)))
}

fn cents<'e>(amount: &Amount, currency: Option<&'e str>) -> Sum<'e> {
    Sum::new(amount, Unit::Minor, currency)
}
