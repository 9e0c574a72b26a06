//! The service and the function, in routers of axum.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, post};
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, Tenant};
use referral_webhooks_tower::{ContractLayer, Endpoints, TenantService, receive_for};

use super::{Door, Shop};
use crate::sockets::Server;
use crate::sockets::axum::serve;

pub(super) struct Service;

pub(super) struct Function;

impl Door for Service {
    async fn serve(&self, shop: Shop) -> Server {
        let answer = shop.clone();
        let handler = move |tenant: Tenant| {
            let shop = answer.clone();
            async move { shop.answer(&tenant) }
        };
        let (redpin, refir) = (handler.clone(), handler);
        let refir = move |tenant: Tenant, _: Delivery<Refir>| refir(tenant);
        let redpin = move |tenant: Tenant, _: Delivery<Redpin>| redpin(tenant);
        let redpin = TenantService::new(shop.redpin, |head| head.uri.path().strip_prefix("/hooks/redpin/"), redpin);
        let last = TenantService::new(shop.refir.clone(), |head| head.uri.path().split('/').nth(3), refir.clone());
        let first = TenantService::new(shop.refir, |head| head.uri.path().rsplit('/').next(), refir);
        let app = Router::new()
            .route_service("/hooks/redpin/{tenant}", redpin)
            .route_service("/hooks/refir/{tenant}/{token}", last)
            .route_service("/hooks/token-first/{token}/{tenant}", first);
        serve(app).await
    }
}

impl Door for Function {
    async fn serve(&self, shop: Shop) -> Server {
        async fn answer<P: Platform + Default>(
            shop: &Shop,
            endpoints: &Endpoints<P>,
            tenant: &str,
            request: Request,
        ) -> Response {
            match receive_for(endpoints, tenant, request).await {
                Ok((tenant, _)) => shop.answer(&tenant).into_response(),
                Err(rejection) => rejection.into_response(),
            }
        }
        let redpin: MethodRouter<Shop> = post(async |State(shop): State<Shop>, request: Request| {
            let tenant = request.uri().path().strip_prefix("/hooks/redpin/").unwrap().to_owned();
            answer(&shop, &shop.redpin, &tenant, request).await
        });
        let token_last: MethodRouter<Shop> =
            post(async |State(shop): State<Shop>, Path((tenant, _)): Path<(String, String)>, request: Request| {
                answer(&shop, &shop.refir, &tenant, request).await
            });
        let token_first: MethodRouter<Shop> =
            post(async |State(shop): State<Shop>, Path((_, tenant)): Path<(String, String)>, request: Request| {
                answer(&shop, &shop.refir, &tenant, request).await
            });
        let app = Router::new()
            .route("/hooks/redpin/{tenant}", redpin.layer(ContractLayer::<Redpin>::new()))
            .route("/hooks/refir/{tenant}/{token}", token_last.layer(ContractLayer::<Refir>::new()))
            .route("/hooks/token-first/{token}/{tenant}", token_first.layer(ContractLayer::<Refir>::new()));
        serve(app.with_state(shop)).await
    }
}
