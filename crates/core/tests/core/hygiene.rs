//! Secrets, signatures and personal data do not appear in printed text.
//!
//! The search covers the forms in which a text could leak: unchanged, as the numbers of its bytes (`{:?}` of a slice),
//! in hexadecimal and in base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::firstpromoter::FirstPromoter;
use referral_webhooks::platform::friendbuy::Friendbuy;
use referral_webhooks::platform::genius_referrals::GeniusReferrals;
use referral_webhooks::platform::growsurf::GrowSurf;
use referral_webhooks::platform::prefinery::Prefinery;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::referral_rocket::ReferralRocket;
use referral_webhooks::platform::refersion::Refersion;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::platform::talkable::Talkable;
use referral_webhooks::platform::tolt::Tolt;
use referral_webhooks::{
    BodyHmac, Endpoint, Error, Message, Scheme, Secret, Svix, TimestampedHmac, Trust, UrlToken, Variant, Verifier,
};

use crate::known::{BODY, ID, SECRET, TIME, hex, moment, post};

const PREVIOUS: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl";
const TOKEN: &str = "tok-3f9c1a7e5b2d8064";
const SECRET_KEY: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";

/// Returns every printable form of some bytes.
fn forms(bytes: &[u8]) -> Vec<String> {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let escaped: String = bytes.iter().flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from).collect();
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| escaped.clone());
    let (standard, url_safe) = (STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes));
    vec![text, escaped, numbers.join(", "), hex(bytes), hex(bytes).to_uppercase(), standard, url_safe]
}

/// Fails if a printed text contains the bytes in any form.
#[track_caller]
fn assert_without(label: &str, printed: &str, hidden: &[Vec<u8>]) {
    for bytes in hidden {
        for form in forms(bytes) {
            assert!(!printed.contains(&form), "{label} shows {form}: {printed}");
        }
    }
}

/// Returns a secret's text, the part after its prefix, and the key.
fn hidden_parts(secret: &str) -> Vec<Vec<u8>> {
    let encoded = secret.trim_start_matches("whsec_").trim_start_matches("whsk_");
    let mut parts = vec![secret.as_bytes().to_vec(), encoded.as_bytes().to_vec()];
    parts.extend(STANDARD.decode(encoded));
    parts
}

fn printed_twice(error: Error) -> String {
    format!("{error:?} {error:#?} {error} {} {:?}", error.advice(), error.advice())
}

#[test]
fn the_search_finds_what_is_printed() {
    let bytes = b"secret".to_vec();
    for printed in [
        format!("{:?}", "a secret"),
        format!("{:?}", b"a secret"),
        format!("{:?}", Bytes::from_static(b"a secret")),
        hex(b"a secret"),
        STANDARD.encode("secret"),
    ] {
        let found = std::panic::catch_unwind(|| assert_without("", &printed, std::slice::from_ref(&bytes)));
        assert!(found.is_err(), "{printed}");
    }
}

#[test]
fn holders_of_a_secret_do_not_print_it() {
    let text_or_hex = Scheme::BodyHmac(BodyHmac::new("x-signature").or_hex_key());
    for (label, scheme, secret, previous) in [
        ("svix", Scheme::Svix(Svix), SECRET, PREVIOUS),
        ("ed25519", Scheme::Svix(Svix), SECRET_KEY, SECRET),
        ("body", Scheme::BodyHmac(BodyHmac::new("x-signature")), "correct horse battery", "a staple that was"),
        ("hexadecimal", text_or_hex, "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"),
        ("timestamped", Scheme::TimestampedHmac(TimestampedHmac::new("x-signature")), "correct horse", "a staple"),
        ("token", Scheme::UrlToken(UrlToken), TOKEN, "previous-0123456789"),
    ] {
        let verifier = Verifier::new(scheme, secret).unwrap().or_previous(previous).unwrap();
        let verifier = verifier.clone().and_url_token("second-0123456789").unwrap_or(verifier);
        let hidden = [hidden_parts(secret), hidden_parts(previous), vec![b"second-0123456789".to_vec()]].concat();
        assert_without(label, &format!("{verifier:?} {verifier:#?}"), &hidden);
        assert_without(label, &format!("{:?}", Secret::new(secret).unwrap()), &hidden);
    }
}

#[test]
fn a_refused_secret_is_not_quoted() {
    for secret in [
        " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw%",
        "hwsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS_",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ] {
        let error = Endpoint::<Redpin>::new(secret).map(drop).unwrap_err();
        let hidden = [b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS".to_vec()];
        assert_without(secret, &format!("{error:?} {error:#?} {error}"), &hidden);
    }
}

/// A platform's endpoint, a body with personal data, and the texts that must not be printed.
fn check_platform<P: Platform + Default>(secret: &str, body: &str, people: &[&str]) {
    let mut endpoint = Endpoint::<P>::new(secret).unwrap();
    if P::default().facts().scheme.trust() == Trust::Signed {
        endpoint = endpoint.and_url_token("second-0123456789").unwrap();
    }
    let verifier = Verifier::new(P::default().facts().scheme.clone(), secret).unwrap();
    let mut hidden = hidden_parts(secret);
    hidden.extend(people.iter().map(|person| person.as_bytes().to_vec()));
    hidden.push(b"second-0123456789".to_vec());
    assert_without(P::default().facts().name, &format!("{endpoint:?} {endpoint:#?}"), &hidden);
    for person in people {
        assert!(body.contains(person), "{}: `{person}` is in the body", P::default().facts().name);
    }

    for (label, message) in [
        ("as it is", Message::new(body, moment(TIME)).id(ID)),
        ("as a form", Message::new(body, moment(TIME)).id(ID).as_form()),
        ("in a signed form", Message::new(body, moment(TIME)).id(ID).as_form().variant(Variant::FormPayload)),
    ] {
        let is_json = serde_json::from_str::<serde_json::Value>(body).is_ok();
        if !is_json && label == "in a signed form" {
            // A body without JSON is not a payload of a form either.
            continue;
        }
        let label = format!("{} {label}", P::default().facts().name);
        assert_without(&label, &format!("{message:?} {message:#?}"), &hidden);
        let request = endpoint.sign(&message).unwrap();
        let bare = verifier.sign(&message).unwrap();
        let verified = verifier.verify(&bare, moment(TIME)).unwrap();
        assert_without(&label, &format!("{verified:?} {verified:#?}"), &hidden);

        let delivery = endpoint.receive(&request, moment(TIME)).unwrap_or_else(|error| panic!("{label}: {error}"));
        let id = delivery.id();
        let event = delivery.event();
        let printed = format!("{delivery:?} {delivery:#?} {event:?} {event:#?} {id:?} {id} {:?}", delivery.clone());
        assert_without(&label, &printed, &hidden);

        // The forger must not learn the right signature, and the log must not contain the forged one.
        let right: Vec<Vec<u8>> = request
            .headers()
            .iter()
            .filter(|(name, _)| name.as_str().contains("signature"))
            .map(|(_, value)| value.as_bytes().to_vec())
            .collect();
        let mut forged: Request<Bytes> = request.clone();
        *forged.body_mut() = Bytes::from(format!("{body} "));
        if let Err(error) = endpoint.receive(&forged, moment(TIME)) {
            assert_without(&label, &printed_twice(error), &[hidden.clone(), right].concat());
        }
    }
}

#[test]
fn personal_data_is_not_printed() {
    check_platform::<Redpin>(
        SECRET,
        r#"{"event_name":"REFERRAL_CREATED","status":"CREATED","referral_id":"r1","additional_details":{"enquiry_notes":"Calls-after-six"},"contact":{"first_name":"Adelheid","last_name":"Lovelacer","email":"adelheid@example.com","phone_number":"+441632960001","mobile_number":"+447700900002","date_of_birth":"1815-12-10","address":{"street":"St James Square 12","city":"Londinium","country":"Albion","state":"Middlesex","post_code":"SW1Y-4LB"}}}"#,
        &[
            "Calls-after-six",
            "Adelheid",
            "Lovelacer",
            "adelheid@example.com",
            "+441632960001",
            "+447700900002",
            "1815-12-10",
            "St James Square 12",
            "Londinium",
            "Albion",
            "Middlesex",
            "SW1Y-4LB",
        ],
    );
    check_platform::<Redpin>(
        SECRET,
        r#"{"customer_id":"c1","unique_identifier":"u1","status":"inactive","documents_required":[{"document_type":"POI","uri":"https://upload.example/adelheid"}],"contacts":[{"contact_id":"k1","first_name":"Adelheid","middle_name":"Kingsley","last_name":"Lovelacer","status":"active"}]}"#,
        &["https://upload.example/adelheid", "Adelheid", "Kingsley", "Lovelacer"],
    );
    check_platform::<GeniusReferrals>(
        "a secret of plain text",
        r#"{"event":"advocate_created","account_slug":"shop","data":{"advocate":{"token":"t1","name":"Adelheid","firstname":"Adele","lastname":"Lovelacer","email":"adelheid@example.com","avatar_url":"https://pictures.example/adelheid","metadata":{"phone":"+441632960001"}}}}"#,
        &[
            "Adelheid",
            "Adele",
            "Lovelacer",
            "adelheid@example.com",
            "https://pictures.example/adelheid",
            "+441632960001",
        ],
    );
    check_platform::<GeniusReferrals>(
        "a secret of plain text",
        r#"{"token":"t1","name":"Adelheid Lovelacer","email":"adelheid@example.com","payout_threshold":20}"#,
        &["Adelheid Lovelacer", "adelheid@example.com"],
    );
    check_platform::<GeniusReferrals>(
        "a secret of plain text",
        r#"{"event":"redemption_requested","data":{"redemption_request":{"id":7,"description":"For-Adelheid","advocates_paypal_username":"adelheid-pays","internal_note":"Knows-Babbage","modified_by":"Babbage-C"}}}"#,
        &["For-Adelheid", "adelheid-pays", "Knows-Babbage", "Babbage-C"],
    );
    check_platform::<Prefinery>(
        "a secret of plain text",
        r#"{"event":"tester_created","tester":{"id":1,"email":"adelheid@example.com","referred_by":"babbage@example.com","profile":{"first_name":"Adelheid","last_name":"Lovelacer"}}}"#,
        &["adelheid@example.com", "babbage@example.com", "Adelheid", "Lovelacer"],
    );
    check_platform::<Prefinery>(
        "a secret of plain text",
        r#"{"id":1,"name":"Adelheid Lovelacer","email":"adelheid@example.com"}"#,
        &["Adelheid Lovelacer", "adelheid@example.com"],
    );
    check_platform::<Refir>(
        TOKEN,
        r#"{"message":"Welcome-Adelheid","newLead":{"leadId":"u2","name":"Adelheid","email":"adelheid@example.com"},"referrer":{"leadId":"u1","name":"Babbage","email":"babbage@example.com"}}"#,
        &["Welcome-Adelheid", "Adelheid", "adelheid@example.com", "Babbage", "babbage@example.com"],
    );
    check_platform::<FirstPromoter>(
        "a secret of plain text",
        r#"{"event_id":"e1","event_type":"referral.updated","changes":{"email":["old-adelheid@example.com","x"],"auth_token":["t0","t-Kingsley"]},"data":{"id":1,"email":"adelheid@example.com","first_name":"Adelheid","last_name":"Lovelacer","promoter_campaign":{"promoter":{"name":"Babbage","email":"babbage@example.com","temp_password":"p-Kingsley"}}}}"#,
        &[
            "old-adelheid@example.com",
            "adelheid@example.com",
            "Adelheid",
            "Lovelacer",
            "Babbage",
            "babbage@example.com",
            "t-Kingsley",
            "p-Kingsley",
        ],
    );
    check_platform::<Refersion>(
        "a secret of plain text",
        r#"{"id":1,"status":"APPROVED","commission_total":"9.80","order_id":"o1","offer":{"id":1},"reason":"Knows-Babbage","notes":"Calls-after-six","affiliate":{"first_name":"Adelheid","last_name":"Lovelacer","email":"adelheid@example.com"},"customer":{"name":"Kingsley","email":"kingsley@example.com","browser_ip":"192.0.2.77"},"click":{"referer":"https://blog.example/adelheid","ip":"192.0.2.78"}}"#,
        &[
            "Knows-Babbage",
            "Calls-after-six",
            "Adelheid",
            "Lovelacer",
            "adelheid@example.com",
            "Kingsley",
            "kingsley@example.com",
            "192.0.2.77",
            "192.0.2.78",
            "https://blog.example/adelheid",
        ],
    );
    check_platform::<Refersion>(
        "a secret of plain text",
        r#"{"id":7,"affiliate_id":1,"trigger":"kingsley@example.com","type":"EMAIL"}"#,
        &["kingsley@example.com"],
    );
    check_platform::<Talkable>(
        TOKEN,
        r#"{"site":"shop","type":"reward_web_hook","extras":{"phone":"+441632960001"},"payload":{"person":{"first_name":"Adelheid","last_name":"Lovelacer","email":"adelheid@example.com","username":"Kingsley"},"origin":{"ip_address":"192.0.2.77"},"reward":{"id":77}}}"#,
        &["+441632960001", "Adelheid", "Lovelacer", "adelheid@example.com", "Kingsley", "192.0.2.77"],
    );
    check_platform::<ReferralRocket>(
        "a secret of plain text",
        r#"{"eventType":"referrer_added","data":{"participantId":1,"campaignId":"c","firstName":"Adelheid","lastName":"Lovelacer","email":"adelheid@example.com"},"createdAt":1614265330000}"#,
        &["Adelheid", "Lovelacer", "adelheid@example.com"],
    );
}

#[test]
fn personal_data_of_resources_is_not_printed() {
    check_platform::<Tolt>(
        SECRET,
        r#"{"type":"partner.created","data":{"id":"part_1","first_name":"Adelheid","last_name":"Lovelacer","email":"adelheid@example.com","custom_fields":{"Phone":"+441632960001"}}}"#,
        &["Adelheid", "Lovelacer", "adelheid@example.com", "+441632960001"],
    );
    check_platform::<Tolt>(
        SECRET,
        r#"{"type":"customer.created","data":{"id":"cust_1","identifier":"adelheid-1","email":"adelheid@example.com","name":"Adelheid"}}"#,
        &["adelheid-1", "adelheid@example.com", "Adelheid"],
    );
    check_platform::<GrowSurf>(
        "a secret of plain text",
        r#"{"event":"NEW_PARTICIPANT_ADDED","data":{"id":"p1","firstName":"Adelheid","lastName":"Lovelacer","email":"adelheid@example.com","notes":"Knows-Babbage","metadata":{"phone":"+441632960001"},"referrer":{"id":"q1","email":"babbage@example.com"}}}"#,
        &["Adelheid", "Lovelacer", "adelheid@example.com", "Knows-Babbage", "+441632960001", "babbage@example.com"],
    );
    check_platform::<Friendbuy>(
        "a secret of plain text",
        r#"{"type":"advocateReward","data":[{"rewardId":"r1","emailAddress":"adelheid@example.com","ipAddress":"192.0.2.77","rewardInfo":{"name":"Adelheid"},"friends":[{"friendEmailAddress":"babbage@example.com"}]},"Lovelacer"]}"#,
        &["adelheid@example.com", "192.0.2.77", "Adelheid", "babbage@example.com", "Lovelacer"],
    );
    check_platform::<Friendbuy>(
        "a secret of plain text",
        r#"{"type":"emailAuth","data":["adelheid@example.com","babbage@example.com"]}"#,
        &["adelheid@example.com", "babbage@example.com"],
    );
    check_platform::<Friendbuy>(
        "a secret of plain text",
        r#"{"eventType":"purchase","recipientType":"advocate","event":{"email":"babbage@example.com"},"advocate":{"name":"Adelheid"}}"#,
        &["babbage@example.com", "Adelheid"],
    );
    check_platform::<Friendbuy>(
        "a secret of plain text",
        r#"{"type":"emailOptOut","data":[{"emailAddress":"adelheid@example.com","campaignId":"c1"}]}"#,
        &["adelheid@example.com"],
    );
}

#[test]
fn undecodable_bodies_are_not_printed() {
    fn check<P: Platform + Default>(secret: &str) {
        let garbage = [
            r#"{"event_name":"REFERRAL_CREATED","status":{"person":"Adelheid"}}"#,
            r#"{"contact":"Adelheid"}"#,
            r#"{"email":"Adelheid"#,
            r#"["Adelheid"]"#,
            r#""Adelheid""#,
            "Adelheid",
            r#"{"eventType":"referrer_added","data":{"firstName":{"Adelheid":1}},"createdAt":1614265330000}"#,
            r#"{"newLead":{"name":["Adelheid"]}}"#,
            r#"{"event":"tester_created","tester":{"email":{"Adelheid":1}}}"#,
        ];
        for body in garbage {
            check_platform::<P>(secret, body, &["Adelheid"]);
        }
    }
    check::<GeniusReferrals>("a secret of plain text");
    check::<Prefinery>("a secret of plain text");
    check::<Redpin>(SECRET);
    check::<Refir>(TOKEN);
    check::<ReferralRocket>("a secret of plain text");
    check::<FirstPromoter>("a secret of plain text");
    check::<Refersion>("a secret of plain text");
    check::<Friendbuy>("a secret of plain text");
    check::<GrowSurf>("a secret of plain text");
    check::<Tolt>(SECRET);
}

#[test]
fn a_refusal_quotes_no_part_of_the_request() {
    let verifier = Verifier::new(Scheme::Svix(Svix), SECRET).unwrap().and_url_token(TOKEN).unwrap();
    let mark = "Adelheid";
    for (label, id, time, signature, uri) in [
        ("wrong token", ID, "1614265330", "v1,x", "/hooks/Adelheid-0123456789"),
        ("malformed id", "Adelheid.1", "1614265330", "v1,x", TOKEN),
        ("malformed time", ID, "Adelheid", "v1,x", TOKEN),
        ("wrong signature", "Adelheid", "1614265330", "v1,Adelheid Adelheid,Adelheid", TOKEN),
    ] {
        let mut request =
            post(&[("svix-id", id), ("svix-timestamp", time), ("svix-signature", signature), ("x-more", mark)], mark);
        *request.uri_mut() = if uri == TOKEN { format!("/{uri}") } else { uri.to_owned() }.parse().unwrap();
        let error = verifier.verify(&request, moment(TIME)).map(|_| ()).unwrap_err();
        assert_without(label, &printed_twice(error), &[mark.as_bytes().to_vec(), TOKEN.as_bytes().to_vec()]);
    }
    let sign_error = verifier.sign(&Message::new(BODY, moment(TIME)).id("Adelheid.1")).map(drop).unwrap_err();
    assert_without("signing", &format!("{sign_error:?} {sign_error}"), &[mark.as_bytes().to_vec()]);
}
