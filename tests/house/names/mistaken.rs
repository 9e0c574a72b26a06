//! Members that earlier versions took for names or people, one a row.

use referral_webhooks::platform::Platform;
use referral_webhooks::platform::dub::Dub;
use referral_webhooks::platform::firstpromoter::FirstPromoter;
use referral_webhooks::platform::friendbuy::Friendbuy;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::growsurf::GrowSurf;
use referral_webhooks::platform::loyaltylion::LoyaltyLion;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refersion::Refersion;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::rewardful::Rewardful;
use referral_webhooks::platform::saasquatch::SaaSquatch;
use referral_webhooks::platform::talkable::Talkable;
use referral_webhooks::platform::tolt::Tolt;

use super::variant;

#[test]
fn formerly_mistaken_members_give_their_expected_events() {
    fn check<P: Platform + Default>(rows: &[(&str, &str)]) {
        for (body, want) in rows {
            assert_eq!(variant::<P>(body), *want, "{}: {body}", P::default().facts().name);
        }
    }
    check::<Prefinery>(&[
        (r#"{"event":"tester_signed_up","id":7,"name":"reward_delivered"}"#, "Other"),
        (r#"{"event":"tester_signed_up","id":7,"type":"reward_delivered"}"#, "Other"),
        (r#"{"event":null,"type":"reward_delivered","id":7}"#, "RewardDelivered"),
        (r#"{"event":7,"type":"reward_delivered","id":7}"#, "Other"),
        (r#"{"id":7,"email":"a@example.com","name":"reward_delivered"}"#, "Other"),
        (r#"{"id":7,"name":"reward_delivered","tester":{"id":7},"reward":{"id":7}}"#, "Other"),
        (r#"{"name":"reward_delivered","reward":{"id":7}}"#, "RewardDelivered"),
        (r#"{"type":"SingleSided","name":"reward_delivered","reward":{"id":7}}"#, "Other"),
        (r#"{"type":"reward_delivered","id":7}"#, "RewardDelivered"),
        (r#"{"type":"SingleSided","name":"reward_delivered","id":7,"event":"reward_revoked"}"#, "RewardRevoked"),
        (r#"{"data":{"event":"reward_delivered","id":7}}"#, "Other"),
        (r#"{"type":"reward_delivered","data":{"event":"tester_signed_up","id":7}}"#, "Other"),
        (r#"{"name":"reward_delivered","data":{"webhook_event":"tester_signed_up","id":7}}"#, "Other"),
        (r#"{"name":"reward_delivered","data":{"action":7,"id":7}}"#, "Other"),
        (r#"{"name":"reward_delivered","data":{"event":"reward_delivered","id":7}}"#, "RewardDelivered"),
        (r#"{"name":"reward_delivered","data":{"event":null,"id":7}}"#, "RewardDelivered"),
        (r#"{"event":"tester_created","data":{"event":"reward_delivered","id":7}}"#, "TesterCreated"),
    ]);
    check::<FirstPromoter>(&[
        (r#"{"event_type":"commission.approved","data":{"id":7}}"#, "Commission"),
        (r#"{"event_type":"commission.approved","type":"payout.completed","data":{"id":7}}"#, "Commission"),
        (r#"{"event_type":"commission.approved","entity_type":"payout","data":{"id":7}}"#, "Other"),
        (r#"{"event_type":"commission.approved","action":"denied","data":{"id":7}}"#, "Other"),
        (r#"{"entity_type":"commission","action":"approved","data":{"id":7}}"#, "Other"),
        (r#"{"event":{"type":"reward_created"},"data":{"id":7}}"#, "Other"),
        (r#"{"event_type":"commission.approved.reversed","data":{"id":7}}"#, "Other"),
    ]);
    // A commission of Tolt has a `type` of its own.
    check::<Tolt>(&[
        (r#"{"type":"commission.created","data":{"id":"c","type":"partner.created"}}"#, "CommissionCreated"),
        (r#"{"type":"partner.created","data":{"id":"p","type":"commission.created"}}"#, "PartnerCreated"),
        (r#"{"data":{"id":"c","type":"commission.created"}}"#, "Other"),
        (r#"{"event":"commission.created","data":{"id":"c"}}"#, "Other"),
    ]);
    // The vendor's sample of a new commission has the name of an adjustment.
    check::<GrowSurf>(&[
        (r#"{"event":"COMMISSION_ADJUSTED","data":{"commission":{"id":"c","amount":2500}}}"#, "Other"),
        (r#"{"event":"NEW_COMMISSION_ADDED","data":{"adjustedCommission":{"id":"c"},"adjustment":{}}}"#, "Other"),
        (r#"{"type":"NEW_PAYOUT_ISSUED","data":{"payout":{"id":"p"}}}"#, "Other"),
        (r#"{"event":"NEW_PARTICIPANT_ADDED","data":{"id":"p","event":"CAMPAIGN_ENDED"}}"#, "ParticipantAdded"),
    ]);
    check::<Friendbuy>(&[
        (r#"{"type":"friendIncentive","data":[{"rewardId":"r","type":"advocateReward"}]}"#, "FriendIncentive"),
        (r#"{"data":[{"rewardId":"r","type":"advocateReward"}]}"#, "Other"),
        (r#"{"event":"advocateReward","data":[{"rewardId":"r"}]}"#, "Other"),
        (r#"{"recipientType":"advocate","event":"advocateReward"}"#, "RewardValidation"),
        (r#"{"type":"emailAuth","data":[{"rewardId":"r"}]}"#, "Other"),
    ]);
    check::<Redpin>(&[
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED"}"#, "PaymentStatus"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","type":"payment.reversed"}"#, "Other"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","event":"payment.reversed"}"#, "Other"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","action":"reversed"}"#, "Other"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","event":{"name":"reversed"}}"#, "Other"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","type":null}"#, "PaymentStatus"),
        (r#"{"customer_id":"C","unique_identifier":"u","status":"active","type":"PERSONAL"}"#, "Other"),
        (r#"{"event_id":"1","client_customer_ref":"r","status":"APPROVED","type":"revoked"}"#, "Other"),
        (r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","type":"PERSONAL"}"#, "ReferralCreated"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","data":{"event_type":"REVERSED"}}"#, "Other"),
        (r#"{"payment_id":"P","status":"PAYMENT_COMPLETED","data":{"event_name":7}}"#, "Other"),
        (r#"{"type":"PAYMENT STATUS","data":{"event_name":"X","payment_id":"P","status":"S"}}"#, "Other"),
        (
            r#"{"type":"PAYMENT STATUS","data":{"event_name":"PAYMENT STATUS","payment_id":"P","status":"S"}}"#,
            "PaymentStatus",
        ),
    ]);
    check::<Refersion>(&[
        (r#"{"commission_total":"1","offer":{},"order_id":"o"}"#, "Conversion"),
        (r#"{"commission_total":"1","offer":{},"order_id":"o","topic":"CONVERSION_REVERSED"}"#, "Other"),
        (r#"{"commission_total":"1","offer":{},"order_id":"o","event":{"name":"reversed"}}"#, "Other"),
        (r#"{"commission_total":"1","offer":{},"order_id":"o","code":"c"}"#, "Other"),
        (r#"{"commission_total":"1","code":"c","offer":{}}"#, "Other"),
        (r#"{"code":"c","offer":{},"reward":{"id":1}}"#, "BonusTier"),
        (r#"{"code":"c","offer":{},"reward":null}"#, "Affiliate"),
        (r#"{"affiliate_id":7,"trigger":"NEW_PAYMENT","type":"EMAIL"}"#, "ConversionTrigger"),
        (
            r#"{"affiliate_id":7,"trigger":"x","type":"EMAIL","commission_total":"1","offer":{},"order_id":"o"}"#,
            "Other",
        ),
    ]);
    check::<Refir>(&[
        (r#"{"lead":{"leadId":"1"},"referrer":{"leadId":"2"}}"#, "Referral"),
        (r#"{"type":"lead.deleted","lead":{"leadId":"1"},"referrer":{"leadId":"2"}}"#, "Other"),
        (r#"{"event":"referral","lead":{"leadId":"1"}}"#, "Other"),
        (r#"{"action":"removed","lead":{"leadId":"1"},"referrer":{"leadId":"2"}}"#, "Other"),
        (r#"{"data":{"event":"removed","lead":{"leadId":"1"},"referrer":{"leadId":"2"}}}"#, "Other"),
        (r#"{"event":{},"lead":{"leadId":"1"}}"#, "Other"),
        (r#"{"event":null,"lead":{"leadId":"1"}}"#, "LeadAdded"),
        (r#"{"lead":{"leadId":"1","name":"referral","type":"x"}}"#, "LeadAdded"),
    ]);
    check::<Talkable>(&[
        (r#"{"type":"reward_web_hook","payload":{"reward":{"id":7}}}"#, "Reward"),
        (r#"{"type":"reward_web_hook","event":"referral_web_hook","payload":{"reward":{"id":7}}}"#, "Reward"),
        (r#"{"payload":{"type":"reward_web_hook","reward":{"id":7}}}"#, "Other"),
        (r#"{"type":"reward_web_hook","payload":"{\"reward\":{\"id\":7}}"}"#, "Other"),
        ("type=reward_web_hook&payload=%7B%22reward%22%3A%7B%22id%22%3A7%7D%7D", "Reward"),
        ("type=reward_web_hook&type=reward_web_hook&payload=%7B%22reward%22%3A%7B%7D%7D", "Other"),
        ("event=reward_web_hook&payload=%7B%22type%22%3A%22reward_web_hook%22%2C%22reward%22%3A%7B%7D%7D", "Other"),
    ]);
    check::<GeniusReferrals>(&[
        (r#"{"event":"account_closed","data":{"bonus":{"id":1}}}"#, "Other"),
        (r#"{"type":"bonus_created","data":{"event":"bonus_reversed","id":1}}"#, "Other"),
        (r#"{"name":"bonus_created","data":{"action":"reversed","id":1}}"#, "Other"),
        (r#"{"type":"bonus_created","data":{"event":"bonus_created","id":1}}"#, "Bonus"),
        (r#"{"event":"reversed","bonus":{"id":1}}"#, "Other"),
        (r#"{"type":"reversed","data":{"id":1,"bonus_amount":5}}"#, "Other"),
        (r#"{"data":{"event":"reversed","id":1,"bonus_amount":5}}"#, "Other"),
        (r#"{"name":"bonus_created","token":"t","email":"e","advocate":{"token":"t"}}"#, "Advocate"),
        (r#"{"name":"bonus_created","token":"t","can_refer":true}"#, "Advocate"),
        (r#"{"event":"member_reward_cancelled","data":{"id":1}}"#, "Other"),
        (r#"{"event":"reward_cancelled","data":{"id":1}}"#, "Other"),
        (r#"{"event":"bonus_reversed","data":{"id":1,"bonus_amount":5}}"#, "Other"),
        (r#"{"event":"no bonus","data":{"id":1,"bonus_amount":5}}"#, "Other"),
        (r#"{"event":"nonbonus.created","data":{"id":1,"bonus_amount":5}}"#, "Other"),
        (r#"{"event":"BonusCreated","data":{"id":1}}"#, "Bonus"),
        (r#"{"event":"BONUS CREATED","data":{"id":1}}"#, "Bonus"),
        (r#"{"event":"bonus","data":{"id":1}}"#, "Bonus"),
        (r#"{"event":"created","data":{"id":1,"bonus_amount":5}}"#, "Other"),
        (r#"{"event":"bonus_created","data":{"id":1,"action":5,"event":{},"topic":"x"}}"#, "Bonus"),
        (r#"{"data":{"id":1,"bonus_amount":5,"request_status_slug":"denied"}}"#, "Other"),
        (r#"{"event":"bonus_created","data":{"id":1,"bonus_amount":5,"can_refer":true}}"#, "Bonus"),
        (r#"{"bonus":{"id":1},"advocate":{"token":"t"}}"#, "Other"),
        (r#"{"bonus":{"id":1},"data":{"advocate":{"token":"t"}}}"#, "Other"),
        (r#"{"event":"bonus_created","data":{"id":1,"request_status_slug":"denied"}}"#, "Other"),
        (r#"{"id":1,"bonus_amount":5,"advocate":{"token":"t"}}"#, "Other"),
        (r#"{"event":"bonus_created","data":{"id":1,"name":"referral_created"}}"#, "Bonus"),
    ]);
    check::<SaaSquatch>(&[
        (r#"{"type":"reward.created","data":{"type":"CREDIT"}}"#, "RewardCreated"),
        (r#"{"type":"reward.created","data":{"type":"referral.converted"}}"#, "RewardCreated"),
        (r#"{"type":"reward.cancelled","event":"reward.created","data":{}}"#, "Other"),
        (r#"{"event":"reward.created","data":{}}"#, "Other"),
        (r#"{"data":{"type":"reward.created"}}"#, "Other"),
        (r#"{"type":"test","data":null}"#, "Test"),
        (r#"{"type":"test","data":"reward.created"}"#, "Other"),
    ]);
    check::<ReferralRocket>(&[
        (r#"{"eventType":"reward_cancelled","createdAt":1,"data":{"code":"reward_unlocked"}}"#, "Other"),
        (r#"{"type":"reward_unlocked","createdAt":1,"data":{}}"#, "Other"),
        (r#"{"eventType":7,"event":"reward_unlocked","createdAt":1,"data":{}}"#, "Other"),
    ]);
    check::<Dub>(&[
        (r#"{"id":"e","event":"link.deleted","data":{"id":"l","event":"payout.confirmed"}}"#, "LinkDeleted"),
        (r#"{"id":"e","type":"link.deleted","data":{"id":"l"}}"#, "Other"),
        (r#"{"id":"e","data":{"event":"link.deleted","id":"l"}}"#, "Other"),
        (r#"{"id":"e","event":{"type":"link.deleted"},"data":{"id":"l"}}"#, "Other"),
        (
            r#"{"id":"e","event":"commission.created","data":{"id":"c","amount":-1,"earnings":1}}"#,
            "CommissionTakenBack",
        ),
        (
            r#"{"id":"e","event":"commission.created","data":{"id":"c","amount":1,"earnings":-1}}"#,
            "CommissionTakenBack",
        ),
        (
            r#"{"id":"e","event":"commission.created","data":{"id":"c","amount":1,"earnings":"-x"}}"#,
            "CommissionTakenBack",
        ),
        (
            r#"{"id":"e","event":"commission.created","data":{"id":"c","amount":1,"earnings":" -1"}}"#,
            "CommissionTakenBack",
        ),
        (r#"{"id":"e","event":"commission.created","data":{"id":"c","amount":0,"earnings":0}}"#, "CommissionCreated"),
        (r#"{"id":"e","event":"commission.created","data":{"id":"c","amount":1}}"#, "Other"),
    ]);
    check::<Rewardful>(&[
        (r#"{"event":"payout.paid","object":{"id":"p","amount":1}}"#, "Other"),
        (r#"{"type":"payout.paid","event":{"id":"e"},"object":{"id":"p","amount":1}}"#, "Other"),
        (r#"{"event":{"id":"e","name":"payout.paid"},"object":{"id":"p","amount":1}}"#, "Other"),
        (r#"{"event":["e","payout.paid"],"object":{"id":"p","amount":1}}"#, "Other"),
        (
            r#"{"event":{"id":"e","type":"payout.due"},"object":{"id":"p","amount":1,"type":"payout.paid"}}"#,
            "PayoutDue",
        ),
    ]);
    check::<LoyaltyLion>(&[
        (r#"{"id":"e","event":"customers/update","customer":{}}"#, "Other"),
        (r#"{"id":"e","topic":"customers/update","customer":{}}"#, "CustomerUpdated"),
        (r#"{"id":"e","topic":"customers/update","payload":{"customer":{}}}"#, "CustomerUpdated"),
        (r#"{"id":"e","topic":"customers/update","payload":{"properties":{"customer":{}}}}"#, "CustomerUpdated"),
        (r#"{"id":"e","topic":"customers/update","customer":{},"payload":{"customer":{}}}"#, "Other"),
        (r#"{"id":"e","topic":"customers/update","customer":null,"payload":{"customer":{}}}"#, "CustomerUpdated"),
        (r#"{"reward_id":1,"reward_identifier":"r","customer_id":2}"#, "StoreFulfilment"),
        (r#"{"reward_id":1,"reward_identifier":"r","customer_id":2,"topic":null}"#, "StoreFulfilment"),
        (r#"{"reward_id":1,"reward_identifier":"r","customer_id":2,"topic":"customers/update"}"#, "Other"),
        (r#"{"reward_id":1,"reward_identifier":"r","customer_id":2,"event":"rewards/refund"}"#, "Other"),
        (r#"{"reward_id":1,"reward_identifier":"r","customer_id":2,"Topic":"rewards/refund"}"#, "Other"),
        (r#"{"reward_id":1,"reward_identifier":"r"}"#, "Other"),
    ]);
}
