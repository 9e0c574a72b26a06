//! The extractor and the layer on axum.

use axum::Router;
use axum::extract::{Extension, FromRef, State};
use axum::routing::{MethodRouter, post};
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, Reply, Tenant};
use referral_webhooks_axum::{ContractLayer, Endpoints, TenantWebhook, VerifyLayer};

use super::{Door, Shop};
use crate::sockets::Server;
use crate::sockets::axum::serve;

pub(super) struct Extractor;

/// The extractor in nested routers, one of them with the tenant in its prefix.
pub(super) struct Nested;

pub(super) struct Layer;

impl FromRef<Shop> for Endpoints<Redpin> {
    fn from_ref(shop: &Shop) -> Self {
        shop.redpin.clone()
    }
}

impl FromRef<Shop> for Endpoints<Refir> {
    fn from_ref(shop: &Shop) -> Self {
        shop.refir.clone()
    }
}

async fn receive<P: Platform + Default>(State(shop): State<Shop>, TenantWebhook(tenant, _): TenantWebhook<P>) -> Reply {
    shop.answer(&tenant)
}

fn on<P: Platform + Default>() -> MethodRouter<Shop>
where
    Endpoints<P>: FromRef<Shop>,
{
    post(receive::<P>).layer(ContractLayer::<P>::new())
}

impl Door for Extractor {
    async fn serve(&self, shop: Shop) -> Server {
        let app = Router::new()
            .route("/hooks/redpin/{tenant}", on::<Redpin>())
            .route("/hooks/refir/{tenant}/{token}", on::<Refir>())
            .route("/hooks/token-first/{token}/{tenant}", on::<Refir>());
        serve(app.with_state(shop)).await
    }
}

impl Door for Nested {
    async fn serve(&self, shop: Shop) -> Server {
        let app = Router::new()
            .nest("/hooks", Router::new().route("/redpin/{tenant}", on::<Redpin>()))
            .nest("/hooks/refir/{tenant}", Router::new().route("/{token}", on::<Refir>()))
            .nest("/hooks/token-first/{token}", Router::new().route("/{tenant}", on::<Refir>()));
        serve(app.with_state(shop)).await
    }
}

impl Door for Layer {
    async fn serve(&self, shop: Shop) -> Server {
        async fn receive<P: Platform + Default>(
            State(shop): State<Shop>,
            Extension(tenant): Extension<Tenant>,
            Extension(_): Extension<Delivery<P>>,
        ) -> Reply {
            shop.answer(&tenant)
        }
        fn on<P: Platform + Default>(endpoints: &Endpoints<P>, segment: usize) -> MethodRouter<Shop> {
            let layer =
                VerifyLayer::for_tenants(endpoints.clone(), move |head| head.uri.path().split('/').nth(segment));
            post(receive::<P>).layer(layer)
        }
        let app = Router::new()
            .route("/hooks/redpin/{tenant}", on(&shop.redpin, 3))
            .route("/hooks/refir/{tenant}/{token}", on(&shop.refir, 3))
            .route("/hooks/token-first/{token}/{tenant}", on(&shop.refir, 4));
        serve(app.with_state(shop)).await
    }
}
