//! The platform-neutral view of GrowSurf's events. Documented: the events, `approved`, and the statuses in the samples.
//! Assumed: the statuses `PAID`, `REVERSED` and `FAILED`, after the members `paidAt`, `reversedAt` and `failedAt`.

use super::members::{
    CampaignEnded, Commission, CommissionAdded, CommissionAdjusted, FraudStatusUpdated, GoalReached, Participant,
    ParticipantAdded, PayoutIssued,
};
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Id};

impl GoalReached {
    /// A reward that is not approved yet comes again, so only the approved one is earned.
    pub(super) fn summary(&self) -> Summary<'_> {
        let reward = &self.reward;
        let happening = match (reward.is_earned(), reward.fulfilled_at.is_some()) {
            (false, _) => Happening::RewardPending,
            (true, false) => Happening::RewardEarned,
            (true, true) => Happening::RewardDelivered,
        };
        let participant = self.participant.as_ref();
        let (advocate, friend) = if reward.is_referrer == Some(false) {
            let referrer = participant.and_then(|participant| participant.referrer.as_deref());
            (party(referrer, reward.referrer_id.as_ref()), party(participant, reward.referred_id.as_ref()))
        } else {
            let referee = participant.and_then(|participant| participant.referee.as_deref());
            (party(participant, reward.referrer_id.as_ref()), party(referee, reward.referred_id.as_ref()))
        };
        let summary = Summary::of(happening).by(advocate).with_friend(friend);
        summary.about(Some(reward.id.as_str())).at(self.created_at.as_ref())
    }
}

impl ParticipantAdded {
    pub(super) fn summary(&self) -> Summary<'_> {
        let added = &self.participant;
        let advocate = party(added.referrer.as_deref(), added.referred_by.as_ref());
        let summary = if advocate.is_empty() {
            Summary::of(Happening::MemberJoined).by(added.party())
        } else {
            Summary::of(Happening::ReferralStarted).by(advocate).with_friend(added.party())
        };
        summary.about(added.id.as_ref().map(Id::as_str)).at(self.created_at.as_ref())
    }
}

impl FraudStatusUpdated {
    pub(super) fn summary(&self) -> Summary<'_> {
        let summary = Summary::of(Happening::MemberChanged).by(self.participant.party());
        summary.about(self.participant.id.as_ref().map(Id::as_str)).at(self.created_at.as_ref())
    }
}

impl CommissionAdded {
    pub(super) fn summary(&self) -> Summary<'_> {
        let commission = &self.commission;
        let happening = match commission.status.as_deref() {
            _ if is_negative(commission.amount.as_ref()) || commission.reversed_at.is_some() => {
                Happening::RewardRevoked
            }
            Some("REVERSED") => Happening::RewardRevoked,
            Some("PAID") => Happening::RewardDelivered,
            _ if commission.paid_at.is_some() => Happening::RewardDelivered,
            Some("APPROVED") => Happening::RewardEarned,
            _ => Happening::RewardPending,
        };
        let summary =
            of_commission(happening, commission, self.participant.as_ref(), self.referred_participant.as_ref());
        summary.worth(sum(commission.amount.as_ref(), commission.currency.as_deref())).at(self.created_at.as_ref())
    }
}

impl CommissionAdjusted {
    /// The sum is the difference. A commission that grows again stays the old reward.
    pub(super) fn summary(&self) -> Summary<'_> {
        let change = self.adjustment.commission_adjusted_amount.as_ref();
        let happening = if is_negative(change) { Happening::RewardRevoked } else { Happening::RewardChanged };
        let commission = &self.adjusted_commission;
        let summary =
            of_commission(happening, commission, self.participant.as_ref(), self.referred_participant.as_ref());
        summary.worth(sum(change, self.adjustment.currency.as_deref())).at(self.created_at.as_ref())
    }
}

impl PayoutIssued {
    pub(super) fn summary(&self) -> Summary<'_> {
        let payout = &self.payout;
        let is_failed = payout.failed_at.is_some() || payout.status.as_deref() == Some("FAILED");
        let happening = if is_failed { Happening::PayoutFailed } else { Happening::PayoutSent };
        let summary = Summary::of(happening).by(party(self.participant.as_ref(), payout.participant_id.as_ref()));
        let summary = summary.about(Some(payout.id.as_str())).at(self.created_at.as_ref());
        summary.worth(sum(payout.amount.as_ref(), payout.currency.as_deref()))
    }
}

impl CampaignEnded {
    pub(super) fn summary(&self) -> Summary<'_> {
        let summary = Summary::of(Happening::ProgramChanged).at(self.created_at.as_ref());
        summary.about(self.campaign.id.as_ref().map(Id::as_str))
    }
}

impl Participant {
    fn party(&self) -> Party<'_> {
        let id = self.id.as_ref();
        // Assumed from the documented samples: the id is also the code in the link.
        Party::of_id(id).coded(id.map(Id::as_str)).named(self.first_name.as_ref()).mailed(self.email.as_ref())
    }
}

/// Returns a participant, or the person with this id if the event has no participant or an empty one.
fn party<'e>(participant: Option<&'e Participant>, id: Option<&'e Id>) -> Party<'e> {
    let known = participant.map(Participant::party).filter(|party| !party.is_empty());
    known.unwrap_or_else(|| Party::of_id(id))
}

fn of_commission<'e>(
    happening: Happening,
    commission: &'e Commission,
    affiliate: Option<&'e Participant>,
    referred: Option<&'e Participant>,
) -> Summary<'e> {
    let summary = Summary::of(happening).by(party(affiliate, commission.referrer_id.as_ref()));
    summary.with_friend(party(referred, commission.referred_id.as_ref())).about(Some(commission.id.as_str()))
}

fn is_negative(amount: Option<&Amount>) -> bool {
    amount.is_some_and(|amount| amount.as_str().trim_start().starts_with('-'))
}

fn sum<'e>(amount: Option<&'e Amount>, currency: Option<&'e str>) -> Option<Sum<'e>> {
    amount.map(|amount| Sum::new(amount, Unit::Minor, currency))
}
