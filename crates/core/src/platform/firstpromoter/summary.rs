//! The platform-neutral view of FirstPromoter's resources.
//!
//! One change can arrive as `commission.updated` and as `commission.approved`. Only the second is
//! [`RewardEarned`](Happening::RewardEarned), so that a commission is paid once. A created commission is pending, whatever
//! its state, because its approval may follow as an event.

use super::members::{
    Action, Change, Commission, ContractDocument, PaymentsBatch, Payout, PayoutMethod, Promoter, PromoterCampaign,
    Referral,
};
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::Id;

/// A resource with a platform-neutral view.
pub(super) trait Summarised {
    /// Returns what happened to the resource.
    fn happening(action: Action) -> Happening;

    /// Returns the summary of the resource, without the subject and the time.
    fn summary(&self, happening: Happening) -> Summary<'_>;
}

/// Returns the summary of an event.
pub(super) fn summary_of<R: Summarised>(change: &Change<R>) -> Summary<'_> {
    let summary = change.data.summary(R::happening(change.action));
    summary.about(change.entity_id.as_ref().map(Id::as_str)).at(change.timestamp.as_ref())
}

impl Promoter {
    fn party(&self) -> Party<'_> {
        let party = Party::of_id(self.id.as_ref()).own(self.cust_id.as_ref());
        party.named(self.name.as_ref()).mailed(self.email.as_ref())
    }
}

impl PromoterCampaign {
    fn party(&self) -> Party<'_> {
        let promoter = self.promoter.as_ref().map(Promoter::party);
        promoter.unwrap_or_else(|| Party::of_id(self.promoter_id.as_ref())).coded(self.ref_token.as_deref())
    }
}

impl Referral {
    fn party(&self) -> Party<'_> {
        let party = Party::of_id(self.id.as_ref()).own(self.uid.as_ref());
        party.named(self.first_name.as_ref()).mailed(self.email.as_ref())
    }
}

impl Summarised for Promoter {
    fn happening(action: Action) -> Happening {
        match action {
            Action::Created => Happening::MemberJoined,
            Action::Deleted => Happening::MemberLeft,
            _ => Happening::MemberChanged,
        }
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(self.party())
    }
}

impl Summarised for PromoterCampaign {
    fn happening(action: Action) -> Happening {
        match action {
            Action::Deleted | Action::Rejected | Action::Blocked | Action::Inactive => Happening::MemberLeft,
            // The promoter joined with `promoter.created`.
            _ => Happening::MemberChanged,
        }
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(self.party())
    }
}

impl Summarised for Referral {
    fn happening(action: Action) -> Happening {
        match action {
            Action::Created => Happening::ReferralStarted,
            Action::Converted => Happening::ReferralConverted,
            Action::Cancelled | Action::Deleted => Happening::ReferralFailed,
            _ => Happening::ReferralChanged,
        }
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let advocate = self.promoter_campaign.as_ref().map(PromoterCampaign::party).unwrap_or_default();
        Summary::of(happening).by(advocate).with_friend(self.party())
    }
}

impl Summarised for Commission {
    fn happening(action: Action) -> Happening {
        match action {
            Action::Created | Action::Pending => Happening::RewardPending,
            Action::Approved => Happening::RewardEarned,
            Action::Denied | Action::Deleted => Happening::RewardRevoked,
            _ => Happening::RewardChanged,
        }
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let unit = match self.unit.as_deref() {
            Some("cash") => Unit::Minor,
            Some("points") => Unit::Points,
            _ => Unit::Unknown,
        };
        let advocate = self.promoter_campaign.as_ref().map(PromoterCampaign::party).unwrap_or_default();
        let friend = self.referral.as_ref().map(Referral::party).unwrap_or_default();
        let summary = Summary::of(happening).by(advocate).with_friend(friend);
        summary.worth(self.amount.as_ref().map(|amount| Sum::new(amount, unit, None)))
    }
}

impl Summarised for Payout {
    fn happening(action: Action) -> Happening {
        match action {
            Action::Created | Action::Pending | Action::Processing => Happening::PayoutPending,
            Action::Completed => Happening::PayoutSent,
            Action::Failed | Action::Cancelled | Action::Deleted => Happening::PayoutFailed,
            // The vocabulary has no word for a payout with other members in the same state.
            _ => Happening::Other,
        }
    }

    /// The unit of a payout's amount is not published.
    fn summary(&self, happening: Happening) -> Summary<'_> {
        let advocate = self.promoter.as_ref().map(Promoter::party).unwrap_or_default();
        let sum = self.amount.as_ref().map(|amount| Sum::new(amount, Unit::Unknown, None));
        Summary::of(happening).by(advocate).worth(sum)
    }
}

impl Summarised for PayoutMethod {
    fn happening(_: Action) -> Happening {
        Happening::MemberChanged
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
    }
}

impl Summarised for PaymentsBatch {
    /// Each payout of the batch has events of its own.
    fn happening(_: Action) -> Happening {
        Happening::Notice
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
    }
}

impl Summarised for ContractDocument {
    fn happening(_: Action) -> Happening {
        Happening::MemberChanged
    }

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
    }
}
