//! Delivery ids: a redelivery repeats them, and only signed content determines them.

use http::{HeaderMap, HeaderValue};
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::firstpromoter::FirstPromoter;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refersion::Refersion;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{DeliveryId, Endpoint, Message, Strength, Variant};

use crate::known::{BODY, ID, SECRET, TIME, hex, moment, post, tag};

const TEXT_SECRET: &str = "a secret of plain text";

fn id<P: Platform + Default>(secret: &str, message: &Message) -> DeliveryId {
    let endpoint = Endpoint::<P>::new(secret).unwrap();
    let request = endpoint.sign(message).unwrap();
    endpoint
        .receive(&request, moment(TIME))
        .unwrap_or_else(|error| panic!("{}: {error}", P::default().facts().name))
        .id()
        .clone()
}

#[test]
fn a_redpin_id_is_the_message_id_whatever_else_changes() {
    let endpoint = Endpoint::<Redpin>::new(SECRET).unwrap();
    for (label, message) in [
        ("first attempt", Message::new(BODY, moment(TIME)).id(ID)),
        ("retry with a new signature", Message::new(BODY, moment(TIME + 200)).id(ID)),
        ("under the other names", Message::new(BODY, moment(TIME)).id(ID).variant(Variant::WebhookHeaders)),
        ("another body", Message::new("{}", moment(TIME)).id(ID)),
    ] {
        let id = id::<Redpin>(SECRET, &message);
        assert_eq!((id.as_str(), id.strength()), (ID, Strength::MessageId), "{label}");
    }
    // The two families may name different messages. The id of the verified one counts.
    let mut request = endpoint.sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
    for (name, value) in
        [("webhook-id", "msg_other"), ("webhook-timestamp", "1614265330"), ("webhook-signature", "v1,x")]
    {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    assert_eq!(endpoint.receive(&request, moment(TIME)).unwrap().id().as_str(), ID, "with an unproven second id");
}

#[test]
fn a_rocket_id_is_the_body_digest_without_the_update_time() {
    let rocket = |body: &str| id::<ReferralRocket>(TEXT_SECRET, &Message::new(body, moment(TIME)));
    let whole = r#"{"eventType":"reward_unlocked","data":{"participantId":1001,"campaignId":"Camp0rnTst","referralReward":25.50,"rewardDue":"25.50"},"createdAt":1614265330207,"updatedAt":1614265330207}"#;
    let first = rocket(whole);
    // Python: sha256 of `json.dumps(…, sort_keys=True, separators=(",", ":"))` without `updatedAt`, with the digits of
    // the original.
    let want = "sha256:93f9c6bab3afca0bfd01f6d377c3b6d640dca25a787d4474325ccda119a9e9ce";
    assert_eq!((first.as_str(), first.strength()), (want, Strength::Digest));
    for same in [
        whole.replace(r#""updatedAt":1614265330207"#, r#""updatedAt":1614265399999"#),
        whole.replace(r#""updatedAt":1614265330207"#, r#""updatedAt":null"#),
        whole.replace(r#""updatedAt":1614265330207"#, r#""updatedAt":{"at":[1,{}]}"#),
        whole.replace(r#","updatedAt":1614265330207"#, ""),
        whole.replace("updatedAt", r"updated\u0041t"),
        whole.replace(r#"{"eventType""#, r#"{"updatedAt":1,"eventType""#).replace(r#","updatedAt":1614265330207"#, ""),
        whole.replace("reward_unlocked", r"reward\u005funlocked"),
        whole.replace(',', " ,\r\n\t").replace(':', " : "),
        whole.replace(
            r#""participantId":1001,"campaignId":"Camp0rnTst","#,
            r#""campaignId":"Camp0rnTst","participantId":1001,"#,
        ),
        whole
            .replace(r#"{"eventType":"reward_unlocked","#, "{")
            .replace(r#"},"createdAt""#, r#"},"eventType":"reward_unlocked","createdAt""#),
        format!(" {whole}\n"),
    ] {
        assert!(serde_json::from_str::<serde_json::Value>(&same).is_ok(), "{same}");
        assert_eq!(rocket(&same), first, "{same}");
    }
    for (from, to) in [
        ("reward_unlocked", "reward_earned"),
        ("1001", "1002"),
        ("1001", "\"1001\""),
        ("Camp0rnTst", "Camp0rnTsu"),
        ("25.50,", "25.5,"),
        ("25.50,", "26.50,"),
        ("\"25.50\"", "\"25.51\""),
        ("1614265330207,", "1614265331207,"),
        ("\"createdAt\":1614265330207,", ""),
        ("\"participantId\":1001,", ""),
        ("\"participantId\":1001,", "\"participantId\":null,"),
        ("\"participantId\":1001,", "\"participantId\":1001,\"updatedAt\":1,"),
        ("\"data\":{", "\"data\":{\"rewards\":[1,2],"),
        ("\"data\":{", "\"unknown\":1,\"data\":{"),
    ] {
        let other = whole.replacen(from, to, 1);
        let id = rocket(&other);
        assert!(id != first && id.strength() == Strength::Digest, "{other}");
        // Each of them has one id too, which its time of update does not change.
        let again = other.replace(r#""updatedAt":1614265330207"#, r#""updatedAt":1614265399999"#);
        assert_eq!(rocket(&again), id, "{again}");
    }
    let (ascending, descending) = (whole.replace("25.50,", "[1,2],"), whole.replace("25.50,", "[2,1],"));
    assert_ne!(rocket(&ascending), rocket(&descending), "a list has an order");
    // A body without a JSON object has the digest of its bytes: `printf '%s' '…' | sha256sum`.
    for (body, want) in [
        ("", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("[1,2]", "sha256:49a64717d5d4cb19952e6eac2946415cf6879adacf9908e7d872332d32c6e684"),
    ] {
        assert_eq!((rocket(body).as_str(), rocket(body).strength()), (want, Strength::Digest), "{body}");
    }
}

/// Another body under a digest is the same message, and another body under members of the event is a conflict.
#[test]
fn a_platform_has_one_strength_for_all_readable_events() {
    let refir = |body: &str| id::<Refir>("0123456789abcdef", &Message::new(body, moment(TIME))).strength();
    assert_eq!(refir(r#"{"newLead":{"leadId":"u_1"}}"#), Strength::BusinessFields);
    assert_eq!(refir(r#"{"newLead":{"leadId":"u_1@example.com"},"referrer":{}}"#), Strength::BusinessFields);
    for body in ["{}", r#"{"newLead":{}}"#, r#"{"type":"x","newLead":{"leadId":"u_1"}}"#, "", "[]", "x"] {
        assert_eq!(refir(body), Strength::Digest, "{body}");
    }
    for body in ["{}", r#"{"eventType":"x"}"#, "", "[]", "x"] {
        let message = Message::new(body, moment(TIME));
        for (platform, id) in [
            ("rocket", id::<ReferralRocket>(TEXT_SECRET, &message)),
            ("genius", id::<GeniusReferrals>(TEXT_SECRET, &message)),
            ("prefinery", id::<Prefinery>(TEXT_SECRET, &message)),
        ] {
            assert_eq!(id.strength(), Strength::Digest, "{platform}: {body}");
        }
        assert_eq!(id::<Redpin>(SECRET, &message).strength(), Strength::MessageId, "redpin: {body}");
    }
}

#[test]
fn a_genius_id_is_the_json_digest_in_every_wrapping() {
    let json = r#"{"event":"bonus_created","data":{"bonus":{"id":7,"reference":"a b/c"}}}"#;
    // `printf '%s' '{"event"…}' | sha256sum`
    let want = "sha256:e792ed328d2619e1f3e0c51342bccedc60d4935581fae01996fe78801ec2d59c";
    let everything: String = json.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let usual = "payload=%7B%22event%22%3A%22bonus_created%22%2C%22data%22%3A%7B%22bonus%22%3A%7B%22id%22%3A7%2C%22reference%22%3A%22a+b%2Fc%22%7D%7D%7D";
    let form = "application/x-www-form-urlencoded";
    for (label, content_type, body) in [
        ("JSON", "application/json", json.to_owned()),
        ("as PHP writes a form", form, usual.to_owned()),
        ("small hexadecimal", form, usual.replace("%7B", "%7b").replace("%2C", "%2c").replace("%7D", "%7d")),
        ("blank as %20", form, usual.replace('+', "%20")),
        ("slash and colon as they are", form, usual.replace("%2F", "/").replace("%3A", ":")),
        ("every byte escaped", form, format!("payload={everything}")),
        ("the name escaped", form, usual.replace("payload", "p%61yload")),
        ("other fields around", form, format!("a=1&{usual}&b=2")),
    ] {
        let header = "x-genius-referrals-signature-256";
        for (covered, signed) in [("the body", body.as_bytes()), ("the JSON", json.as_bytes())] {
            let signature = format!("sha256={}", hex(&tag(TEXT_SECRET, &[signed])));
            let request = post(&[("content-type", content_type), (header, &signature)], &body);
            let endpoint = Endpoint::<GeniusReferrals>::new(TEXT_SECRET).unwrap();
            let delivery = endpoint.receive(&request, moment(TIME)).unwrap_or_else(|error| panic!("{label}: {error}"));
            let id = delivery.id();
            assert_eq!((id.as_str(), id.strength()), (want, Strength::Digest), "{label}, {covered} signed");
        }
    }
}

#[test]
fn a_prefinery_id_is_the_body_digest_without_the_time() {
    // `printf '%s' '{"hello":"prefinery"}' | sha256sum`
    let want = "sha256:9d7efea9a446f09684b25fd13187fc5f3b2d21617b52974bc2f90a9031c54a3f";
    for time in [TIME, TIME + 300] {
        let id = id::<Prefinery>(TEXT_SECRET, &Message::new(r#"{"hello":"prefinery"}"#, moment(time)));
        assert_eq!((id.as_str(), id.strength()), (want, Strength::Digest), "signed at {time}");
    }
}

#[test]
fn a_refir_id_depends_only_on_the_lead() {
    for (body, want) in [
        (r#"{"message":"New lead added","newLead":{"leadId":"u_1001","name":"Ada"}}"#, Ok("lead|u_1001|-")),
        (r#"{"message":"Another text","newLead":{"leadId":"u_1001","name":"Ada L."}}"#, Ok("lead|u_1001|-")),
        (r#"{"newLead":{"leadId":"u_1002"},"referrer":{"leadId":"u_1001"}}"#, Ok("referral|u_1002|-")),
        (r#"{"newLead":{"leadId":"u_1002"},"referrer":{"name":"Ada"}}"#, Ok("referral|u_1002|-")),
        (r#"{"newLead":{"leadId":"u_1002"},"referrer":{}}"#, Ok("referral|u_1002|-")),
        (r#"{"newLead":{"leadId":"u_1002"},"referrer":{"leadId":"u_2000"}}"#, Ok("referral|u_1002|-")),
        (r#"{"data":{"newLead":{"leadId":"u_1002"},"referredBy":{"id":"u_1001"}}}"#, Ok("referral|u_1002|-")),
        (r#"{"newLead":{"leadId":"a|b"},"referrer":{"leadId":"c"}}"#, Ok(r"referral|a\|b|-")),
        // A lead without an id has the digest of its address: `printf %s 'lead|ada@example.com|-' | sha256sum`.
        (
            r#"{"newLead":{"email":"ada@example.com"}}"#,
            Ok("sha256:a0601490cb18e65f67b5b53e03e9d188924d6bca1cb4fd9cfceb80181704627e"),
        ),
        (
            r#"{"newLead":{"leadId":"","email":"ada@example.com","name":"Ada"}}"#,
            Ok("sha256:a0601490cb18e65f67b5b53e03e9d188924d6bca1cb4fd9cfceb80181704627e"),
        ),
        (
            r#"{"newLead":{"email":"ada@example.com"},"referrer":{}}"#,
            Ok("sha256:87d2a3c3b13ac6016331ecddf7f97be6e808ab53791c3c5a05158cbd4713e814"),
        ),
        (
            r#"{"newLead":{"email":"ada@example.com"},"referrer":{"leadId":"u_1"}}"#,
            Ok("sha256:87d2a3c3b13ac6016331ecddf7f97be6e808ab53791c3c5a05158cbd4713e814"),
        ),
        (r#"{"newLead":{"name":"Ada"}}"#, Err(Strength::Digest)),
        (r#"{"newLead":{"name":"Ada","email":""}}"#, Err(Strength::Digest)),
        // `printf '%s' '{"message":"hello"}' | sha256sum`
        (r#"{"message":"hello"}"#, Err(Strength::Digest)),
    ] {
        let id = id::<Refir>("0123456789abcdef", &Message::new(body, moment(TIME)));
        match want {
            Ok(text) => assert_eq!((id.as_str(), id.strength()), (text, Strength::BusinessFields), "{body}"),
            Err(strength) => assert_eq!(id.strength(), strength, "{body}"),
        }
    }
    let id = id::<Refir>("0123456789abcdef", &Message::new(r#"{"message":"hello"}"#, moment(TIME)));
    assert_eq!(id.as_str(), "sha256:9b2d43affbf49a367028df2e1414f84c0e099ac98c3d54a8a80157fd7771af25");
}

#[test]
fn no_two_lists_of_fields_have_the_same_text() {
    let lists: [&[&str]; 14] = [
        &["a", "b"],
        &["a|b"],
        &["a\\|b"],
        &["a\\", "b"],
        &["a\\\\", "b"],
        &["a\\\\|b"],
        &["a", "\\b"],
        &["a", "", "b"],
        &["a", "|b"],
        &["a|", "b"],
        &["", "a", "b"],
        &["a", "b", ""],
        &["ab"],
        &["\\|"],
    ];
    for (position, list) in lists.iter().enumerate() {
        for other in &lists[position + 1..] {
            let (left, right) = (DeliveryId::business_fields(list), DeliveryId::business_fields(other));
            assert_ne!(left, right, "{list:?} and {other:?}");
        }
    }
    assert_eq!(DeliveryId::business_fields(&["a|b", "c\\"]).as_str(), r"a\|b|c\\");
}

#[test]
fn an_unsigned_header_never_changes_an_id() {
    fn check<P: Platform + Default>(secret: &str) {
        let endpoint = Endpoint::<P>::new(secret).unwrap();
        let mut request = endpoint.sign(&Message::new(BODY, moment(TIME)).id(ID)).unwrap();
        let before = endpoint.receive(&request, moment(TIME)).unwrap().id().clone();
        let headers: &mut HeaderMap = request.headers_mut();
        for name in [
            "x-event-id",
            "x-event-type",
            "refersion-topic",
            "x-delivery-id",
            "x-request-id",
            "idempotency-key",
            "webhook-id",
        ] {
            headers.insert(name, HeaderValue::from_static("another"));
        }
        assert_eq!(*endpoint.receive(&request, moment(TIME)).unwrap().id(), before, "{}", P::default().facts().name);
    }
    check::<GeniusReferrals>(TEXT_SECRET);
    check::<Prefinery>(TEXT_SECRET);
    check::<Redpin>(SECRET);
    check::<Refir>("0123456789abcdef");
    check::<ReferralRocket>(TEXT_SECRET);
    check::<FirstPromoter>(TEXT_SECRET);
    check::<Refersion>(TEXT_SECRET);
}

#[test]
fn rockets_members_are_not_read_from_a_list() {
    // An interpretation by position would make it an event of 1970, which is too old.
    let message = Message::new(r#"["referee_added",0,{"campaignId":"c","participantId":"p"}]"#, moment(TIME));
    let endpoint = Endpoint::<ReferralRocket>::new(TEXT_SECRET).unwrap();
    let delivery = endpoint.receive(&endpoint.sign(&message).unwrap(), moment(TIME)).unwrap();
    assert_eq!((delivery.signed_at(), delivery.id().strength()), (None, Strength::Digest));
}
