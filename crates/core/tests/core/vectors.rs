//! Values that somebody else computed.

use referral_webhooks::{Scheme, Svix, Verifier};
use time::OffsetDateTime;

#[test]
fn svix_documentation_vector() {
    let verifier = Verifier::new(Scheme::Svix(Svix), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let request = http::Request::post("/")
        .header("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .header("svix-timestamp", "1614265330")
        .header("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        .body(r#"{"test": 2432232314}"#)
        .unwrap();
    let now = OffsetDateTime::from_unix_timestamp(1_614_265_330).unwrap();
    assert_eq!(verifier.verify(&request, now).unwrap().secret(), 0);
}
