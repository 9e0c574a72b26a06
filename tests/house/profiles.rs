//! The ready-made profiles, and the neighbouring platforms as profiles, with the vectors of their vendors.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::Request;
use referral_webhooks::platform::Event as _;
use referral_webhooks::profile::{Notice, Profile};
use referral_webhooks::{Endpoint, ErrorKind, Message, Strength, Trust};
use time::OffsetDateTime;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../profiles")
}

#[track_caller]
fn profile(text: &str) -> Profile {
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

#[track_caller]
fn ready_made(name: &str) -> Profile {
    profile(&fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap())
}

/// A time shortly after the vectors were made.
fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_768_473_002).unwrap()
}

fn request(headers: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let mut request = Request::post("/hooks/neighbour");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

/// Reads a request as on the wire.
fn stored_request(name: &str) -> Request<Bytes> {
    let text = fs::read_to_string(folder().join(format!("requests/{name}.http"))).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap();
    let headers: Vec<(&str, &str)> = head.lines().skip(1).map(|line| line.split_once(": ").unwrap()).collect();
    request(&headers, body)
}

#[test]
fn every_ready_made_profile_verifies_and_reads_its_own_request() {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for mark in ["Source", "Documented"] {
            assert!(text.contains(mark), "{name}: every fact has its origin");
        }
        let profile = ready_made(&name);
        let endpoint = Endpoint::of(profile, "rT7kQ2mX9vB4nL6pW3sY8zD5").unwrap();
        assert_eq!(endpoint.facts().name, name);
        let message = Message::new(profile.sample(now()), now());
        let genuine = endpoint.sign(&message).unwrap();
        let delivery = endpoint.receive(&genuine, now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(delivery.event().other().is_none(), "{name}: {:?}", delivery.event());
        assert!(delivery.event().name().is_some(), "{name}");
        let digest = profile.notices().contains(&Notice::DigestId);
        assert_eq!(delivery.id().strength() == Strength::Digest, digest, "{name}: {}", delivery.id());

        let forger = Endpoint::of(profile, "another-secret-of-24-bytes").unwrap();
        let error = endpoint.receive(&forger.sign(&message).unwrap(), now()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::SignatureMismatch | ErrorKind::TokenMismatch), "{name}: {error}");
        assert!(endpoint.reopen(delivery.stored()).is_ok(), "{name}");
        names.insert(name);
    }
    let want = ["cello", "extole", "partnero", "partnerstack", "referralhero", "sparkloop", "voucherify"];
    assert!(names.iter().map(String::as_str).eq(want), "{names:?}");
}

#[test]
fn the_vectors_of_the_ready_made_profiles_are_accepted() {
    for (name, secret, event, id) in [
        ("voucherify", "voucherify-test-secret", "customer.rewarded", Some("whe_test0001")),
        ("partnero", "partnero-test-secret", "reward.created", None),
    ] {
        let endpoint = Endpoint::of(ready_made(name), secret).unwrap();
        let mut request = stored_request(name);
        let delivery = endpoint.receive(&request, now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((delivery.event().name(), delivery.trust()), (Some(event), Trust::Signed), "{name}");
        assert_eq!(delivery.event().id(), id, "{name}");
        assert_eq!(delivery.event().time().map(OffsetDateTime::unix_timestamp), Some(1_768_473_000), "{name}");
        *request.body_mut() = [request.body().as_ref(), b" "].concat().into();
        assert_eq!(endpoint.receive(&request, now()).unwrap_err().kind(), ErrorKind::SignatureMismatch, "{name}");
    }
}

/// A neighbouring platform as a profile, and the vector of its fact sheet.
struct Neighbour {
    profile: &'static str,
    secret: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    event: &'static str,
    /// The delivery's id, or those of its items.
    ids: &'static [&'static str],
}

const NEIGHBOURS: &[Neighbour] = &[
    Neighbour {
        profile: r#"
            name = "dub"
            scheme = { kind = "body-hmac", header = "Dub-Signature", encoding = "hex", key = "text" }
            event = { name = "/event", id = "/id", strength = "platform" }
            time = { at = "/createdAt", unit = "rfc3339", of = "event" }
            [contract]
            success = "2xx"
            retries = { offsets = ["12s", "160s", "1968s", "23995s"], step = "24h", unbounded = true }
            disabling = { failures = 20 }
            acknowledges = { "payout.confirmed" = "fulfilment" }
        "#,
        secret: "whsec_000102030405060708090a0b0c0d0e0f",
        headers: &[("Dub-Signature", "e52c8c258fa8c5b35e736e46b2d5c7a44587472068d13d02a1be3e9824390c1b")],
        body: r#"{"id":"evt_AbCdEfGhIjKlMnOpQrStUvWxY","event":"commission.created","createdAt":"2026-01-15T10:30:00.207Z","data":{"id":"cm_1TESTCOMMISSION0000000001","type":"sale","amount":4900,"earnings":980,"currency":"usd","status":"pending","invoiceId":"in_test_981","description":null,"quantity":1,"userId":null,"createdAt":"2026-01-15T10:30:00.002Z","updatedAt":"2026-01-15T10:30:00.002Z","partner":{"id":"pn_1TESTPARTNER0000000000001","name":"Ada Lovelace","email":"ada@example.com","image":null,"payoutsEnabledAt":null,"country":"GB","totalClicks":12,"totalLeads":3,"totalConversions":1,"totalSales":1,"totalSaleAmount":4900,"totalCommissions":980},"customer":{"id":"cus_1TESTCUSTOMER000000000001","externalId":"user_1002","name":"Grace","email":"grace@example.com","avatar":null,"country":"US","sales":1,"saleAmount":4900,"createdAt":"2026-01-15T10:29:59.000Z"},"link":{"id":"link_test_0001","shortLink":"https://go.example.com/ada","domain":"go.example.com","key":"ada"}}}"#,
        event: "commission.created",
        ids: &["evt_AbCdEfGhIjKlMnOpQrStUvWxY"],
    },
    Neighbour {
        profile: r#"
            name = "rewardful"
            title = "Rewardful"
            scheme = { kind = "body-hmac", header = "X-Rewardful-Signature", encoding = "hex", key = "text" }
            event = { name = ["/event/type"], id = ["/event/id"], strength = "platform" }
            time = { at = "/event/created_at", unit = "rfc3339", of = "event" }
            contract = { success = [200], transient = 503, give-up = "3d" }
            personal = ["/object/email", "/object/first_name", "/object/last_name", "/object/affiliate"]
        "#,
        secret: "rewardful-test-secret",
        headers: &[("X-Rewardful-Signature", "d3c688ed4befc7d23dbcc796576a4fa7e50fd88fc09f3f4fe1d8bd8c7341a7e7")],
        body: r#"{"object":{"id":"39e68c88-0000-4510-b3b4-43c75016a080","created_at":"2026-01-15T10:30:00.164Z","updated_at":"2026-01-15T10:30:00.164Z","amount":3000,"currency":"USD","state":"due","due_at":"2026-02-14T10:30:00.000Z","paid_at":null,"voided_at":null,"campaign":{"id":"c3482343-0000-40c5-af9a-9efa119713b5","name":"Friends of Example","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}},"event":{"id":"7fcdc81d-0000-4b7b-8faf-1db98b9d5507","type":"commission.created","created_at":"2026-01-15T10:30:01.940Z","api_version":"v1"},"request":{"id":"66a94f49-0000-403c-83b8-91677cb1f460"}}"#,
        event: "commission.created",
        ids: &["7fcdc81d-0000-4b7b-8faf-1db98b9d5507"],
    },
    Neighbour {
        profile: r#"
            name = "loyaltylion"
            scheme = { kind = "body-hmac", header = "x-loyaltylion-hmac-sha256", encoding = "base64" }
            event = { name = "/topic", id = "/id", strength = "platform" }
            time = { at = "/created_at", unit = "rfc3339", of = "sending" }
            tolerance = { past = "14d", future = "5m" }
            test = { at = "/payload/test", is = true }
            [contract]
            success = "2xx"
            deadline = "5s"
            acknowledges = { "rewards/store_fulfilment" = "fulfilment" }
        "#,
        secret: "loyaltylion-test-secret",
        headers: &[("x-loyaltylion-hmac-sha256", "Z9ZipdoY9BPoP7XQ9tuO9qtdv1rBap+fZBLGeIKaOOg=")],
        body: r#"{"id":"bff1bddb-0000-4c2c-9619-18744657053c","topic":"program_events/customer.referral_complete","created_at":"2026-01-15T10:30:05.000Z","payload":{"properties":{"referring_customer":{"id":6932,"merchant_id":"u_1001","email":"ada@example.com","points_approved":200,"points_pending":0,"points_spent":0,"rewards_claimed":0,"properties":{"name":"Ada Lövelace"},"metadata":{},"blocked":false,"guest":false,"enrolled":true,"referral_id":null,"created_at":"2026-01-01T03:00:00.000Z","updated_at":"2026-01-15T10:30:00.000Z"},"referred_customer":{"id":45254,"merchant_id":"u_1002","email":"grace@example.com"},"activity":{"id":991},"order":{"id":771}}}}"#,
        event: "program_events/customer.referral_complete",
        ids: &["bff1bddb-0000-4c2c-9619-18744657053c"],
    },
    Neighbour {
        profile: r#"
            name = "firstpromoter"
            scheme = { kind = "body-hmac", header = "X-Webhook-Signature" }
            event = { name = "/event_type", id = "/event_id", strength = "platform" }
            [contract]
            success = "2xx"
            deadline = "30s"
            retries = { growing-step = "20m", times = 3 }
            redelivery = "any-time"
        "#,
        secret: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        headers: &[("X-Webhook-Signature", "befa0ea5de7cf3c9589f9f1a5f1f0332473bdc275a0771e0d32047ad31430f79")],
        body: r#"{"event_id":"0b9a2f6e-0000-4c1d-9e52-5d3f0c1a7b21","event_type":"commission.updated","action":"updated","entity_type":"commission","entity_id":991204,"changes":{"status":["pending","approved"]},"data":{"id":991204,"status":"approved","amount":980,"unit":"cash","referral":{"id":21381518,"email":"grace@example.com","uid":"u_1002"},"promoter_campaign":{"id":77,"promoter":{"id":3920164,"email":"ada@example.com"}}},"timestamp":"2026-01-15T10:30:00Z"}"#,
        event: "commission.updated",
        ids: &["0b9a2f6e-0000-4c1d-9e52-5d3f0c1a7b21"],
    },
    Neighbour {
        profile: r#"
            name = "friendbuy"
            scheme = { kind = "body-hmac", header = "X-Friendbuy-Hmac-SHA256", encoding = "base64" }
            event = { name = "/type" }
            items = { at = "/data", id = ["/rewardId", "/eventId", "/transactionId", "/receiptId"] }
            time = { at = "/createdOn", unit = "rfc3339", of = "sending" }
            contract = { deadline = "10s", retries = { step = "15m", until = "24h" } }
        "#,
        secret: "friendbuy-test-secret",
        headers: &[("X-Friendbuy-Hmac-SHA256", "ZdPqz33ri0RelWSD5NEvUpTVW40NO7jbvyJz6rh49Q4=")],
        body: r#"{"id":"255e4e45-0000-499d-a680-44ab1eca73fb","type":"advocateReward","createdOn":"2026-01-15T10:30:08.509Z","data":[{"rewardId":"rw-1","rewardType":"credit","rewardUnit":"USD","emailAddress":"ada@example.com","rewardAmount":10,"createdOn":"2026-01-15T10:30:07.000Z","customerId":"u_1001","ipAddress":"192.0.2.10","couponCode":null,"rewardTrigger":"purchase","friends":[{"friendEmailAddress":"grace@example.com","friendCustomerId":"u_1002","conversionNumber":1}]},{"rewardId":"rw-2","rewardType":"credit","rewardUnit":"USD","emailAddress":"ada@example.com","rewardAmount":10,"createdOn":"2026-01-15T10:30:07.400Z","customerId":"u_1001","ipAddress":"192.0.2.10","couponCode":null,"rewardTrigger":"purchase","friends":[{"friendEmailAddress":"mary@example.com","friendCustomerId":"u_1003","conversionNumber":1}]}]}"#,
        event: "advocateReward",
        ids: &["advocateReward|/rewardId|rw-1", "advocateReward|/rewardId|rw-2"],
    },
    Neighbour {
        profile: r#"
            name = "tolt"
            scheme = "svix"
            event = { name = "/type" }
            contract = { success = "2xx", deadline = "15s" }
        "#,
        secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        headers: &[
            ("svix-id", "msg_toltTest0000000000000001"),
            ("svix-timestamp", "1768473001"),
            ("svix-signature", "v1,M35lqEd63CxPDPD2cBlkSavpSM5pmjhBAIIUzzfbaqY="),
        ],
        body: r#"{"type":"commission.created","data":{"id":"comm_test0000000000000000001","amount":"980","revenue":"4900","currency":"usd","status":"pending","type":"sale","source":"stripe","partner_id":"part_test0000000000000000001","transaction_id":"txn_test00000000000000000001","organization_id":"org_test00000000000000000001"},"timestamp":"2026-01-15T10:30:00.000Z"}"#,
        event: "commission.created",
        ids: &["msg_toltTest0000000000000001"],
    },
    Neighbour {
        profile: r#"
            name = "growsurf"
            scheme = { kind = "timestamped-hmac", header = "GrowSurf-Signature", time = "ts", signature = "v", unit = "ms" }
            event.name = "/event"
            event.id = ["/event", "/createdAt"]
            event.ids.PARTICIPANT_REACHED_A_GOAL = ["/event", "/data/reward/id", "/data/reward/approved"]
            time = { at = "/createdAt", unit = "ms", of = "event" }
        "#,
        secret: "growsurf-test-secret",
        headers: &[(
            "GrowSurf-Signature",
            "ts=1768473001000,v=f2a98c1704c9bef57d048efff0cde1876e3331153321130dcc9148a173456c9f",
        )],
        body: r#"{"event":"PARTICIPANT_REACHED_A_GOAL","createdAt":1768473000207,"data":{"participant":{"id":"x9a7uu","email":"ada@example.com","firstName":"Ada","lastName":"Lovelace","referralCount":1,"shareUrl":"https://shop.example/?grsf=x9a7uu","createdAt":1768386600000,"referralSource":"DIRECT","fraudRiskLevel":"LOW","fraudReasonCode":"UNIQUE_IDENTITY","metadata":{},"unsubscribed":false},"reward":{"approved":true,"conversionsRequired":1,"createdAt":1768473000100,"approvedAt":1768473000150,"fulfilledAt":null,"isReferrer":true,"type":"SINGLE_SIDED","rewardId":"crew_test01","id":"prew_test01","referrerId":"x9a7uu","referredId":"ad3dfa","metadata":{}},"campaign":{"id":"ct8f71","name":"Example","type":"REFERRAL","currencyISO":"USD","rewards":[]}}}"#,
        event: "PARTICIPANT_REACHED_A_GOAL",
        ids: &["PARTICIPANT_REACHED_A_GOAL|prew_test01|true"],
    },
    Neighbour {
        profile: r#"
            name = "refersion"
            scheme = { kind = "body-hmac", header = "Refersion-Signature", encoding = "base64" }
            event.name = { header = "Refersion-Topic" }
            event.id = ["/id", "/status", "/updated"]
            test = { at = "/is_test_conversion", is = true }
        "#,
        secret: "refersion-test-secret",
        headers: &[
            ("Refersion-Signature", "kLr9ejj49M0MYk5k3TtEFHTwYZdtNam9CAyOMijTeEs="),
            ("Refersion-Topic", "APPROVED_CONVERSION"),
        ],
        body: r#"{"id":90210,"created":"2026-01-15T10:30:00+00:00","status":"APPROVED","denied_reason_code":null,"is_recurring":false,"total_items":1,"total":"49.00","commission_total":"9.80","currency":"USD","is_test_conversion":false,"payment_status":"UNPAID","affiliate":{"id":"7","code":"ada","first_name":"Ada","last_name":"Lovelace","email":"ada@example.com"},"offer":{"id":1,"name":"Default","type":"PERCENT_OF_SALE","amount":"20.00"},"customer":{"name":"Grace","email":"grace@example.com","browser_ip":"192.0.2.11"},"coupon_code":null,"order_id":"order-981","source":"SHOPIFY"}"#,
        event: "APPROVED_CONVERSION",
        // `updated` is missing, so the digest of the body is the id.
        ids: &["sha256:"],
    },
    Neighbour {
        profile: r#"
            name = "talkable"
            scheme = { kind = "body-token", member = "key", form = "payload" }
            event = { name = "/type", id = ["/type", "/payload/reward/id", "/payload/reward/status"] }
            contract = { success = "2xx", acknowledges = { referral_web_hook = "fulfilment" } }
        "#,
        secret: "talkable-test-key",
        headers: &[],
        body: r#"{"key":"talkable-test-key","site":"example","type":"reward_web_hook","extras":{},"payload":{"campaign":{"id":1,"type":"StandaloneCampaign","cached_slug":1,"tag_names":[]},"offer":{"email":"ada@example.com","short_url_code":"aB3dE5"},"person":{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.com","customer_id":"u_1001"},"origin":{"type":"Purchase","id":9,"email":"ada@example.com"},"reward":{"id":77,"reason":"referrer","status":"paid","incentive_type":"rebate","amount":10.0,"coupon_code":null}}}"#,
        event: "reward_web_hook",
        ids: &["reward_web_hook|77|paid"],
    },
    Neighbour {
        profile: r#"
            name = "saasquatch"
            scheme = { kind = "detached-jws", header = "X-Hook-JWS-RFC-7797", algorithm = "rs256" }
            event = { name = "/type", id = "/id", strength = "platform" }
            scope = "/tenantAlias"
            time = { at = "/created", unit = "ms", of = "event" }
            contract = { retries = { step = "1h", times = 72 } }
        "#,
        secret: r#"{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"hooktest/2026+1=","e":"AQAB","n":"tEVmBuXoqDBny80R6ZukrEWixvzqr2Gv6sOazW8u0pAkuKavCBgbC3X6t3oPoSMpynukJzLHkL6UfIPp936_Ca1_dxE1pbEejE9b4E8gRdfQpr0nMudrJhvNL6r6gCOgmSch5KTb71xEjobWM3duFXM_p3bT0IlqEMxYHdaSNUVZpAfRL4qvFKMWhyo1Rn8KJG9ljtIZO0rQaHQWdIAU06jcMifuEjSSYgAzxMg21F07jL0osD_K5Cv8IsqKXm7hwWmSc0F0EZVbf1CArD_AMYa1tLBJ9C6YUOpPF54HtHMICNovaQ15TlXn5iOWFuabTOZBELH-_4ukKi3PlulStQ"}]}"#,
        headers: &[(
            "X-Hook-JWS-RFC-7797",
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6Imhvb2t0ZXN0LzIwMjYrMT0ifQ..Qm7AYqgD1EQuNkxNwJdLjZMsbYy0NDPTlr9OQZTRDB9zjACHiAlIyrqhNgwG6TWDowN8Dpu9VBR9TVbCYSuMa7EaroSLnzw5f6ncccBuHREuNocHzD8xCl1pEriqoY8beuXna3NnpDr5iznpZz0mgv642vxt0w_Eh-7mo7uJXt5fA2xHtf2AfHk6UKWJCvdkdyeAkKBttR5WVkaB2bNqP6YsZO3d-HGnmX4UhnjIX1LQ8A6EEBlag7-9n-y8kF6KaoQM-_hp9Id7D6Ht84gzhrUlB-Ze-Zp1J_D0noFnpPVIHdMN9hPmuIopVaLoNMcr4jP9dvvVIXPA8FkPjzgwVw",
        )],
        body: r#"{"id":"57731b5ee4b0000000c0980a","type":"referral.converted","tenantAlias":"test_ex4mpl3","live":false,"created":1768473000453,"data":{"id":"57731b43e4b0000000c097ec","referred":{"id":"u_1002","accountId":"u_1002"},"referrer":{"id":"u_1001","accountId":"u_1001"},"referralCodeUsed":"ADA10","shareLinkUsed":"https://example.com/s/ada","moderationStatus":"PENDING","dateReferralStarted":1768472000000,"dateConverted":1768473000415}}"#,
        event: "referral.converted",
        ids: &["test_ex4mpl3|57731b5ee4b0000000c0980a"],
    },
];

#[test]
fn the_vectors_of_the_neighbours_are_accepted_through_profiles() {
    for Neighbour { profile: text, secret, headers, body, event, ids } in NEIGHBOURS {
        let profile = profile(text);
        let endpoint = Endpoint::of(profile, secret).unwrap_or_else(|error| panic!("{text}: {error}"));
        let genuine = request(headers, body);
        let name = endpoint.facts().name;
        let delivery = endpoint.receive(&genuine, now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(delivery.event().name(), Some(*event), "{name}");
        assert!(delivery.event().other().is_none(), "{name}");
        let items: Vec<String> = delivery.items().iter().map(|item| item.id().to_string()).collect();
        let got = if items.is_empty() { vec![delivery.id().to_string()] } else { items };
        assert_eq!(got.len(), ids.len(), "{name}");
        for (got, want) in got.iter().zip(*ids) {
            assert!(got == want || *want == "sha256:" && got.starts_with(want), "{name}: {got}");
        }
        assert!(!delivery.event().is_test(), "{name}");
        let reopened = endpoint.reopen(delivery.stored()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(reopened.id(), delivery.id(), "{name}");
        assert_eq!(reopened.event().name(), Some(*event), "{name}");

        // A blank after the JSON is no other content, so only a signature notices it.
        let forged = request(headers, &format!("{body} "));
        let is_signed = delivery.trust() == Trust::Signed;
        assert_eq!(endpoint.receive(&forged, now()).is_err(), is_signed, "{name}");
    }
}

#[test]
fn a_dub_secret_is_no_svix_key_and_sha_1_is_no_signature() {
    for (position, header, value) in [
        (0, "Dub-Signature", "ace9ac008ae8455f6047176deba3a4f3db8fcb1b1e58ac3d24d2768c10390741"),
        (4, "X-Friendbuy-Hmac-SHA256", "HVMRJgy+G0FCBxDadJmKaqk6xl4="),
    ] {
        let Neighbour { profile: text, secret, body, .. } = &NEIGHBOURS[position];
        let endpoint = Endpoint::of(profile(text), secret).unwrap();
        assert!(endpoint.receive(&request(&[(header, value)], body), now()).is_err(), "{header}");
    }
}

#[test]
fn a_name_in_a_header_names_and_identifies_nothing() {
    let Neighbour { profile: text, secret, headers, body, .. } = &NEIGHBOURS[7];
    let endpoint = Endpoint::of(profile(text), secret).unwrap();
    assert!(endpoint.platform().notices().contains(&Notice::UnprovenName));
    let approved = endpoint.receive(&request(headers, body), now()).unwrap();
    let other = request(&[headers[0], ("Refersion-Topic", "NEW_PAYMENT")], body);
    let (other, none) =
        (endpoint.receive(&other, now()).unwrap(), endpoint.receive(&request(&headers[..1], body), now()).unwrap());
    assert_eq!((other.event().name(), none.event().name()), (Some("NEW_PAYMENT"), None));
    assert!(approved.id() == other.id() && other.id() == none.id());
    assert!(!approved.event().is_name_proven() && none.event().other().is_none());
    let twice = request(&[headers[0], headers[1], ("Refersion-Topic", "NEW_PAYMENT")], body);
    assert_eq!(endpoint.receive(&twice, now()).unwrap().event().name(), None, "two names are none");
}
