//! The platform-neutral view of Tolt's resources. Documented: the events and the statuses of commissions and customers. Assumed:
//! the statuses `rejected`, `suspended` of partners, which the documentation has in words.

use super::members::{Change, Commission, CommissionStatus, Customer, Link, Partner, Transaction};
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Id};

impl<T> Change<T> {
    fn view<'e>(&'e self, happening: Happening, id: &'e Id) -> Summary<'e> {
        Summary::of(happening).about(Some(id.as_str())).at(self.timestamp.as_ref())
    }
}

impl Change<Partner> {
    pub(super) fn summary_of_partner(&self, usual: Happening) -> Summary<'_> {
        let partner = &self.data;
        let happening = match partner.status.as_deref() {
            Some("rejected" | "suspended") => Happening::MemberLeft,
            _ => usual,
        };
        let person = Party::of_id(Some(&partner.id)).own(partner.external_id.as_ref());
        let person = person.named(partner.first_name.as_ref()).mailed(partner.email.as_ref());
        self.view(happening, &partner.id).by(person)
    }
}

impl Change<Link> {
    pub(super) fn summary_of_link(&self) -> Summary<'_> {
        let link = &self.data;
        let advocate = Party::of_id(link.partner_id.as_ref()).coded(link.value.as_deref());
        self.view(Happening::ProgramChanged, &link.id).by(advocate)
    }
}

impl Change<Customer> {
    /// An update does not name the changed member, so an active customer may have converted long before.
    pub(super) fn summary_of_customer(&self, usual: Happening) -> Summary<'_> {
        let customer = &self.data;
        let friend = Party::of_id(Some(&customer.id)).own(customer.customer_id.as_ref());
        let friend = friend.named(customer.name.as_ref()).mailed(customer.email.as_ref());
        self.view(usual, &customer.id).by(Party::of_id(customer.partner_id.as_ref())).with_friend(friend)
    }
}

impl Change<Transaction> {
    pub(super) fn summary_of_transaction(&self, usual: Happening) -> Summary<'_> {
        let paid = &self.data;
        let is_refunded = paid.status.as_deref() == Some("refunded");
        let happening = if is_refunded { Happening::ConversionRefunded } else { usual };
        let summary = self.view(happening, &paid.id).by(Party::of_id(paid.partner_id.as_ref()));
        let friend = Party::of_id(paid.customer_id.as_ref());
        summary.with_friend(friend).worth(cents(paid.amount.as_ref(), paid.currency.as_deref()))
    }
}

impl Change<Commission> {
    pub(super) fn summary_of_commission(&self, usual: Happening) -> Summary<'_> {
        let commission = &self.data;
        let happening = match commission.status {
            // A refund is never due, even if it is approved.
            _ if commission.is_refund() => Happening::RewardRevoked,
            Some(CommissionStatus::Pending) => Happening::RewardPending,
            Some(CommissionStatus::Approved) => Happening::RewardEarned,
            Some(CommissionStatus::Paid) => Happening::RewardDelivered,
            Some(CommissionStatus::Rejected | CommissionStatus::Refunded) => Happening::RewardRevoked,
            Some(CommissionStatus::Other(_)) | None => usual,
        };
        let summary = self.view(happening, &commission.id).by(Party::of_id(commission.partner_id.as_ref()));
        summary.worth(cents(commission.amount.as_ref(), commission.currency.as_deref()))
    }
}

fn cents<'e>(amount: Option<&'e Amount>, currency: Option<&'e str>) -> Option<Sum<'e>> {
    amount.map(|amount| Sum::new(amount, Unit::Minor, currency))
}
