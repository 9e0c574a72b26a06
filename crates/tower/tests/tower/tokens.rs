//! Static secrets, which the layer hides from the inner service.

use std::convert::Infallible;
use std::sync::OnceLock;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use referral_webhooks_tower::platform::refir::{Event, Refir};
use referral_webhooks_tower::platform::{Facts, Platform, Signed};
use referral_webhooks_tower::{BodyToken, Delivery, DeliveryId, Endpoint, HeaderToken, Message, Scheme, VerifyLayer};
use time::OffsetDateTime;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::support::{read, whole};

const TOKEN: &str = "rT7kQ2mX9vB4nL6pW3sY8zD5";

/// A platform with the events of another one.
macro_rules! platform {
    ($name:ident, $scheme:expr) => {
        #[derive(Debug, Clone, Copy, Default)]
        struct $name;

        impl Platform for $name {
            type Event = Event;

            fn facts(&self) -> &Facts {
                static FACTS: OnceLock<Facts> = OnceLock::new();
                FACTS.get_or_init(|| Facts::new("static-secret", "Static Secret", $scheme, Refir.facts().contract))
            }

            fn decode(&self, payload: &Bytes) -> Event {
                Refir.decode(payload)
            }

            fn delivery_id(&self, event: &Event, signed: Signed<'_>) -> DeliveryId {
                Refir.delivery_id(event, signed)
            }
        }
    };
}

platform!(InHeader, Scheme::HeaderToken(HeaderToken::new("authorization").with_prefix("Bearer ")));
platform!(InMember, Scheme::BodyToken(BodyToken::new("key").or_form("payload")));

#[tokio::test]
async fn an_inner_service_never_sees_a_static_secret() {
    async fn seen<P: Platform + Default>(as_form: bool) -> String {
        let endpoint = Endpoint::<P>::new(TOKEN).unwrap();
        let message = Message::new(r#"{"newLead":{"leadId":"u1"}}"#, OffsetDateTime::now_utc());
        let signed = endpoint.sign(&if as_form { message.as_form() } else { message }).unwrap();
        let mut request = signed.map(whole);
        request.headers_mut().insert(CONTENT_LENGTH, 77.into());
        request.headers_mut().insert("x-forwarded-authorization", format!("Bearer {TOKEN}").parse().unwrap());
        let inner = service_fn(|request: Request<Full<Bytes>>| async move {
            let length: usize = request.headers()[CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
            let headers = format!("{:?} {:?}", request.headers(), request.extensions().get::<Delivery<P>>());
            let body = request.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(length, body.len());
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(format!("{headers} {body:?}"))))
        });
        let response = read(VerifyLayer::new(endpoint).layer(inner).oneshot(request).await.unwrap()).await;
        assert_eq!(response.status(), 200);
        String::from_utf8(response.body().to_vec()).unwrap()
    }
    for shown in [seen::<InHeader>(false).await, seen::<InMember>(false).await, seen::<InMember>(true).await] {
        assert!(!shown.contains(TOKEN), "{shown}");
        assert!(shown.contains("leadId"), "{shown}");
    }
}
