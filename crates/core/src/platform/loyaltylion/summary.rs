//! The needed members of LoyaltyLion's events, and their platform-neutral view.
//!
//! The first needed member identifies the place of the members. The envelope's time is that of sending, so that only a time
//! in the members is the time of the happening.

use super::members::*;
use crate::platform::members::Members;
use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::Id;

/// Implements `Members` for members whose view is their customer.
macro_rules! of_a_customer {
    ($($members:ident),+) => {
        $(impl Members for $members {
            const NEEDED: &'static [&'static str] = &["customer"];

            fn summary(&self, happening: Happening) -> Summary<'_> {
                self.customer.summary(happening)
            }
        })+
    };
}

of_a_customer!(CustomerChange, AvailableRewards, RuleCompleted, NextTier, Segment, ExpiringPoints);

impl Members for Fulfilment {
    const NEEDED: &'static [&'static str] = &["reward_id", "reward_identifier", "customer_id"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let customer = Party::of_id(Some(&self.customer_id))
            .own(self.customer_merchant_id.as_ref())
            .mailed(self.customer_email.as_ref());
        Summary::of(happening).by(customer).about(Some(self.customer_id.as_str())).test(self.is_test())
    }
}

impl Members for Enrolled {
    const NEEDED: &'static [&'static str] = &["customer"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let date = self.enrollment.as_ref().and_then(|enrollment| enrollment.date.as_ref());
        self.customer.summary(happening).at(date)
    }
}

impl Members for PointsEarned {
    const NEEDED: &'static [&'static str] = &["customer", "transaction"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        let points = self.transaction.points_approved.as_ref();
        self.customer
            .summary(happening)
            .worth(points.map(|points| Sum::new(points, Unit::Points, None)))
            .at(self.transaction.created_at.as_ref())
    }
}

impl Members for Reward {
    const NEEDED: &'static [&'static str] = &["customer"];

    /// Returns the view with the amount of a discount, if that is no percentage.
    fn summary(&self, happening: Happening) -> Summary<'_> {
        let amount = self.discount_amount.as_ref().filter(|_| self.discount_type.as_deref() == Some("flat"));
        self.customer.summary(happening).worth(amount.map(|amount| Sum::new(amount, Unit::Major, None)))
    }
}

impl Members for ReferralComplete {
    const NEEDED: &'static [&'static str] = &["referring_customer", "referred_customer"];

    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening)
            .by(self.referring_customer.party())
            .with_friend(self.referred_customer.party())
            .about(self.referred_customer.id.as_ref().map(Id::as_str))
    }
}

impl Customer {
    fn summary(&self, happening: Happening) -> Summary<'_> {
        Summary::of(happening).by(self.party()).about(self.id.as_ref().map(Id::as_str))
    }

    fn party(&self) -> Party<'_> {
        Party::of_id(self.id.as_ref())
            .own(self.merchant_id.as_ref())
            .coded(self.referral_id.as_ref().map(Id::as_str))
            .mailed(self.email.as_ref())
    }
}
