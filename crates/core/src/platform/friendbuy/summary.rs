//! The platform-neutral view of Friendbuy's events. Documented: the events and their members. Assumed: a unit of three capital
//! letters is a currency, and the status `approved` of a receipt.

use super::members::{CustomerUpdate, EmailCapture, EmailOptOut, LedgerTransaction, Receipt, Reward, RewardValidation};
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Id, Personal};

impl Reward {
    pub(super) fn summary_of_advocate(&self) -> Summary<'_> {
        // With several friends, none of them is the friend of the reward.
        let friend = match self.friends.as_deref() {
            Some([friend]) => person(friend.friend_customer_id.as_ref(), friend.friend_email_address.as_ref()),
            _ => Party::default(),
        };
        self.earned().by(self.rewarded()).with_friend(friend)
    }

    pub(super) fn summary_of_friend(&self) -> Summary<'_> {
        let advocate = person(self.advocate_customer_id.as_ref(), self.advocate_email_address.as_ref());
        self.earned().by(advocate).with_friend(self.rewarded())
    }

    pub(super) fn summary_of_member(&self) -> Summary<'_> {
        self.earned().by(self.rewarded())
    }

    fn earned(&self) -> Summary<'_> {
        let summary = Summary::of(Happening::RewardEarned).about(self.reward_id.as_ref().map(Id::as_str));
        summary.worth(sum(self.reward_amount.as_ref(), self.reward_unit.as_deref())).at(self.created_on.as_ref())
    }

    fn rewarded(&self) -> Party<'_> {
        person(self.customer_id.as_ref(), self.email_address.as_ref())
    }
}

impl EmailCapture {
    pub(super) fn summary(&self) -> Summary<'_> {
        let advocate = self.advocate.as_ref();
        let code = self.referral.as_ref().and_then(|referral| referral.code.as_deref());
        let advocate = Party::default()
            .coded(code)
            .named(advocate.and_then(|advocate| advocate.name.as_ref()))
            .mailed(advocate.and_then(|advocate| advocate.email.as_ref()));
        let captured = Party::default().named(self.name.as_ref()).mailed(self.email_address.as_ref());
        let summary = if advocate.is_empty() {
            Summary::of(Happening::Activity).by(captured)
        } else {
            Summary::of(Happening::ReferralStarted).by(advocate).with_friend(captured)
        };
        summary.about(self.event_id.as_ref().map(Id::as_str))
    }
}

impl EmailOptOut {
    pub(super) fn summary(&self) -> Summary<'_> {
        Summary::of(Happening::MemberChanged).with_friend(Party::default().mailed(self.email_address.as_ref()))
    }
}

impl Receipt {
    pub(super) fn summary(&self) -> Summary<'_> {
        let is_approved = self.status.as_deref() == Some("approved");
        let happening = if is_approved { Happening::ConversionRecorded } else { Happening::ConversionChanged };
        let summary = Summary::of(happening).by(person(self.customer_id.as_ref(), self.email.as_ref()));
        let total = self.total.as_ref().map(|total| Sum::new(total, Unit::Major, self.currency.as_deref()));
        summary.worth(total).about(self.receipt_id.as_ref().map(Id::as_str)).at(self.purchase_date.as_ref())
    }
}

impl LedgerTransaction {
    /// A credit of the balance is an activity, because a loyalty reward has its own type of event.
    pub(super) fn summary(&self) -> Summary<'_> {
        let summary = Summary::of(Happening::Activity).by(person(self.customer_id.as_ref(), None));
        let summary = summary.worth(sum(self.value.as_ref(), self.ledger_currency.as_deref()));
        summary.about(self.transaction_id.as_ref().map(Id::as_str)).at(self.created_on.as_ref())
    }
}

impl CustomerUpdate {
    pub(super) fn summary(&self) -> Summary<'_> {
        let customer = person(self.customer_id.as_ref(), self.customer_email.as_ref());
        let summary = Summary::of(Happening::MemberChanged).by(customer.named(self.customer_name.as_ref()));
        summary.about(self.customer_id.as_ref().map(Id::as_str)).at(self.updated_on.as_ref())
    }
}

impl RewardValidation {
    /// A question about a reward that waits for the answer. The shape of the people in it is not published.
    pub(super) const fn summary(&self) -> Summary<'_> {
        Summary::of(Happening::RewardPending)
    }
}

/// Returns a person with the merchant's own id.
fn person<'e>(own_id: Option<&'e Id>, email: Option<&'e Personal>) -> Party<'e> {
    Party::default().own(own_id).mailed(email)
}

fn sum<'e>(amount: Option<&'e Amount>, unit: Option<&'e str>) -> Option<Sum<'e>> {
    let is_currency = |unit: &str| unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase());
    let (kind, currency) = match unit {
        Some(unit) if is_currency(unit) => (Unit::Major, Some(unit)),
        Some("points" | "point") => (Unit::Points, None),
        _ => (Unit::Unknown, None),
    };
    amount.map(|amount| Sum::new(amount, kind, currency))
}
