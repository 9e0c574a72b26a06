//! The members of Prefinery's events.

use serde::{Deserialize, Serialize};

use crate::summary::{Happening, Party, Sum, Summary, Unit};
use crate::value::{Amount, Id, Personal, RawJson, Timestamp, open_enum};

/// A user. Counts and positions are momentary, and the vendor advises against copying them.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::{Event, Prefinery}};
///
/// let body = r#"{"event":"tester_joined","tester":{"id":9,"email":"avery@example.com","status":"active"}}"#;
/// let Event::TesterActivated(tester) = Prefinery.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((tester.id.unwrap().as_str(), tester.status.as_deref()), ("9", Some("active")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tester {
    /// The id of the user or of the event. Which of them is unknown.
    pub id: Option<Id>,
    /// The id that third parties see.
    pub uuid: Option<Id>,
    /// The e-mail address.
    pub email: Option<Personal>,
    /// The user's status, such as `applied`, `invited`, `active`.
    pub status: Option<String>,
    /// The code of the invitation.
    pub invitation_code: Option<String>,
    /// The user's own referral code.
    pub referral_code: Option<String>,
    /// The user's own link.
    pub share_link: Option<String>,
    /// The link to the page of the user's shares.
    pub share_status_link: Option<String>,
    /// The number of clicks on the link.
    pub share_clicks_count: Option<Amount>,
    /// The number of sign-ups through the link.
    pub share_signups_count: Option<Amount>,
    /// The number of friends who may be invited.
    pub friend_invitations_allowed: Option<Amount>,
    /// The number of friends who were invited.
    pub friend_invitations_count: Option<Amount>,
    /// The number of friends who may still be invited.
    pub friend_invitations_remaining: Option<Amount>,
    /// The position on the waiting list.
    pub waitlist_position: Option<Amount>,
    /// The number of users ahead on the list.
    pub waitlist_ahead: Option<Amount>,
    /// The number of users behind on the list.
    pub waitlist_behind: Option<Amount>,
    /// The number of users on the list.
    pub waitlist_length: Option<Amount>,
    /// The referrer, in an undocumented format.
    pub referred_by: Option<RawJson>,
    /// The user's groups, separated by commas.
    pub groups: Option<String>,
    /// The name, the address and the project's own members.
    pub profile: Option<RawJson>,
    /// The time of the user's creation.
    pub created_at: Option<Timestamp>,
    /// The time of the import.
    pub imported_at: Option<Timestamp>,
    /// The time of the application.
    pub applied_at: Option<Timestamp>,
    /// The time of the invitation.
    pub invited_at: Option<Timestamp>,
    /// The time of joining.
    pub joined_at: Option<Timestamp>,
    /// The time of unsubscribing.
    pub unsubscribed_at: Option<Timestamp>,
}

/// A reward.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::{Event, Prefinery}};
///
/// let body = r#"{"event":"reward_earned","reward":{"id":7,"type":"DoubleSided","user_role":"friend"}}"#;
/// let Event::RewardEarned(reward) = Prefinery.decode(&body.into()) else { panic!("another event") };
/// assert_eq!((reward.id.unwrap().as_str(), reward.kind.as_deref()), ("7", Some("DoubleSided")));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reward {
    /// The reward's id. Together with `status`, it is the key for paying once.
    ///
    /// Assumed: if the members are at the top of the body instead of under `reward`, it may be the event's id. Then compare
    /// it with Prefinery's API before paying.
    pub id: Option<Id>,
    /// The name in reports.
    pub descriptor: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The kind of reward: `SingleSided`, `DoubleSided` or `Milestone`.
    #[serde(rename(deserialize = "type"))]
    pub kind: Option<String>,
    /// The role of the user: `referrer` or `friend`.
    pub user_role: Option<String>,
    /// The id of the user who gets the reward.
    pub user_id: Option<Id>,
    /// The reward's status.
    pub status: Option<RewardStatus>,
    /// The time of earning it.
    pub earned_at: Option<Timestamp>,
    /// The time of its delivery.
    pub delivered_at: Option<Timestamp>,
    /// The time of its revocation.
    pub revoked_at: Option<Timestamp>,
}

open_enum! {
    /// The status of a reward.
    ///
    /// ```
    /// use referral_webhooks::platform::prefinery::RewardStatus;
    ///
    /// let status: RewardStatus = serde_json::from_str(r#""revoked""#)?;
    /// assert_eq!((status.as_str(), &status), ("revoked", &RewardStatus::Revoked));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum RewardStatus {
        /// Earned.
        Earned = "earned",
        /// Delivered.
        Delivered = "delivered",
        /// Revoked.
        Revoked = "revoked",
    }
}

/// Points.
///
/// ```
/// use referral_webhooks::platform::{Platform, prefinery::{Event, Prefinery}};
///
/// let body = r#"{"event":"points_earned","points":{"id":3,"quantity":50,"activity":"signup"}}"#;
/// let Event::PointsEarned(points) = Prefinery.decode(&body.into()) else { panic!("another event") };
/// assert_eq!(points.quantity.unwrap().units(0), Some(50));
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Points {
    /// The points' id.
    pub id: Option<Id>,
    /// The number of points.
    pub quantity: Option<Amount>,
    /// The rewarded activity: `bonus`, `signup`, `share`, `referral`, `reward` or `friend_reward`.
    pub activity: Option<String>,
    /// The reason, free text.
    pub reason: Option<String>,
    /// The id of the user who gets the points.
    pub user_id: Option<Id>,
    /// The time of the points' creation.
    pub created_at: Option<Timestamp>,
}

impl Tester {
    /// Returns the platform-neutral view.
    pub(super) fn summary(&self, happening: Happening) -> Summary<'_> {
        let person = Party::of_id(self.id.as_ref()).coded(self.referral_code.as_deref()).mailed(self.email.as_ref());
        let (joined, created) = (self.joined_at.as_ref(), self.created_at.as_ref());
        let subject = self.id.as_ref().map(Id::as_str);
        match happening {
            // Assumed: the event carries the referred user.
            Happening::ReferralStarted => {
                Summary::of(happening).with_friend(person).about(subject).at(joined.or(created))
            }
            Happening::MemberJoined => Summary::of(happening).by(person).about(subject).at(joined.or(created)),
            _ => Summary::of(happening).by(person).about(subject),
        }
    }
}

impl Reward {
    /// Returns the platform-neutral view.
    pub(super) fn summary(&self, happening: Happening) -> Summary<'_> {
        let person = Party::of_id(self.user_id.as_ref());
        let at = match happening {
            Happening::RewardDelivered => self.delivered_at.as_ref(),
            Happening::RewardRevoked => self.revoked_at.as_ref(),
            _ => self.earned_at.as_ref(),
        };
        let summary = Summary::of(happening).about(self.id.as_ref().map(Id::as_str)).at(at);
        match self.user_role.as_deref() {
            Some("friend") => summary.with_friend(person),
            _ => summary.by(person),
        }
    }
}

impl Points {
    /// Returns the platform-neutral view.
    pub(super) fn summary(&self, happening: Happening) -> Summary<'_> {
        let sum = self.quantity.as_ref().map(|quantity| Sum::new(quantity, Unit::Points, None));
        let summary = Summary::of(happening).by(Party::of_id(self.user_id.as_ref())).worth(sum);
        summary.about(self.id.as_ref().map(Id::as_str)).at(self.created_at.as_ref())
    }
}
