//! Static secrets, which the middleware hides from the inner service.

use std::sync::OnceLock;

use actix_web::test::init_service;
use actix_web::{App, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use referral_webhooks_actix::platform::refir::{Event, Refir};
use referral_webhooks_actix::platform::{Facts, Platform, Signed};
use referral_webhooks_actix::{BodyToken, Delivery, DeliveryId, Endpoint, HeaderToken, Scheme, VerifyDelivery};

use crate::support::{call, signed};

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

#[actix_web::test]
async fn an_inner_service_never_sees_a_static_secret() {
    async fn seen<P: Platform + Default>() -> String {
        async fn inner<P: Platform>(
            request: HttpRequest,
            delivery: web::ReqData<Delivery<P>>,
            body: web::Bytes,
        ) -> HttpResponse {
            assert_eq!(delivery.body(), &body);
            HttpResponse::Ok().body(format!("{:?} {body:?}", request.headers()))
        }
        let endpoint = Endpoint::<P>::new(TOKEN).unwrap();
        let request = signed(&endpoint, r#"{"newLead":{"leadId":"u1"}}"#);
        let request = request.insert_header(("x-forwarded-authorization", format!("Bearer {TOKEN}")));
        let app = App::new().wrap(VerifyDelivery::new(endpoint)).default_service(web::to(inner::<P>));
        let response = call(&init_service(app).await, request.to_request()).await;
        assert_eq!(response.status(), 200);
        String::from_utf8(response.body().to_vec()).unwrap()
    }
    for shown in [seen::<InHeader>().await, seen::<InMember>().await] {
        assert!(!shown.contains(TOKEN), "{shown}");
        assert!(shown.contains("leadId"), "{shown}");
    }
}
