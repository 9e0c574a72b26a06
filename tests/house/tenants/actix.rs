//! The extractor, the middleware and the function on actix-web.

use actix_web::web::{self, Data, Payload, ReqData};
use actix_web::{HttpRequest, Resource};
use referral_webhooks::platform::Platform;
use referral_webhooks::platform::redpin::Redpin;
use referral_webhooks::platform::refir::Refir;
use referral_webhooks::{Delivery, Rejection, Reply, Tenant};
use referral_webhooks_actix::{Endpoints, EnforceContract, TenantWebhook, VerifyDelivery, receive_for, tenant_webhook};

use super::{Door, Shop};
use crate::sockets::Server;
use crate::sockets::actix::serve;

pub(super) struct Extractor;

/// The extractor in scopes, one of them with the tenant in its prefix.
pub(super) struct Scoped;

pub(super) struct Middleware;

pub(super) struct Function;

async fn receive<P: Platform + Default>(shop: Data<Shop>, TenantWebhook(tenant, _): TenantWebhook<P>) -> Reply {
    shop.answer(&tenant)
}

impl Door for Extractor {
    async fn serve(&self, shop: Shop) -> Server {
        serve(move |config| {
            config
                .app_data(Data::new(shop.clone()))
                .configure(tenant_webhook("/hooks/redpin/{tenant}", shop.redpin, receive::<Redpin>))
                .configure(tenant_webhook("/hooks/refir/{tenant}/{token}", shop.refir.clone(), receive::<Refir>))
                .configure(tenant_webhook("/hooks/token-first/{token}/{tenant}", shop.refir, receive::<Refir>));
        })
    }
}

impl Door for Scoped {
    async fn serve(&self, shop: Shop) -> Server {
        serve(move |config| {
            let redpin = tenant_webhook("", shop.redpin.clone(), receive::<Redpin>);
            let refir = tenant_webhook("/{tenant}/{token}", shop.refir.clone(), receive::<Refir>);
            let token_first = tenant_webhook("/{tenant}", shop.refir.clone(), receive::<Refir>);
            config
                .app_data(Data::new(shop))
                .service(web::scope("/hooks/redpin/{tenant}").configure(redpin))
                .service(web::scope("/hooks/refir").configure(refir))
                .service(web::scope("/hooks/token-first/{token}").configure(token_first));
        })
    }
}

impl Door for Middleware {
    async fn serve(&self, shop: Shop) -> Server {
        async fn receive(shop: Data<Shop>, tenant: ReqData<Tenant>) -> Reply {
            shop.answer(&tenant)
        }
        async fn receive_again<P: Platform + Default>(
            shop: Data<Shop>,
            delivery: ReqData<Delivery<P>>,
            TenantWebhook(tenant, again): TenantWebhook<P>,
        ) -> Reply {
            assert_eq!(delivery.id(), again.id());
            shop.answer(&tenant)
        }
        serve(move |config| {
            let guarded = |path: &str, resource: fn(Resource) -> Resource| resource(web::resource(path));
            let redpin = guarded("/hooks/redpin/{tenant}", |resource| resource.route(web::post().to(receive)));
            let last = guarded("/hooks/refir/{tenant}/{token}", |resource| {
                resource.route(web::post().to(receive_again::<Refir>))
            });
            let first =
                guarded("/hooks/token-first/{token}/{tenant}", |resource| resource.route(web::post().to(receive)));
            config
                .app_data(Data::new(shop.clone()))
                .service(redpin.wrap(VerifyDelivery::for_tenants(shop.redpin)))
                .service(last.wrap(VerifyDelivery::for_tenants(shop.refir.clone())))
                .service(first.wrap(VerifyDelivery::for_tenants(shop.refir)));
        })
    }
}

impl Door for Function {
    async fn serve(&self, shop: Shop) -> Server {
        async fn receive<P: Platform + Default>(
            shop: Data<Shop>,
            endpoints: Data<Endpoints<P>>,
            request: HttpRequest,
            payload: Payload,
        ) -> Result<Reply, Rejection> {
            let path = request.path().to_owned();
            let tenant = match path.split('/').collect::<Vec<_>>()[..] {
                [_, _, "token-first", _, tenant] => tenant,
                [_, _, _, tenant, ..] => tenant,
                _ => "",
            };
            let (tenant, _) = receive_for(&endpoints, tenant, &request, payload.into_inner()).await?;
            Ok(shop.answer(&tenant))
        }
        serve(move |config| {
            let redpin = web::resource("/hooks/redpin/{tenant}").route(web::post().to(receive::<Redpin>));
            let last = web::resource("/hooks/refir/{tenant}/{token}").route(web::post().to(receive::<Refir>));
            let first = web::resource("/hooks/token-first/{token}/{tenant}").route(web::post().to(receive::<Refir>));
            config
                .app_data(Data::new(shop.redpin.clone()))
                .app_data(Data::new(shop.refir.clone()))
                .app_data(Data::new(shop))
                .service(redpin.wrap(EnforceContract::<Redpin>::new()))
                .service(last.wrap(EnforceContract::<Refir>::new()))
                .service(first.wrap(EnforceContract::<Refir>::new()));
        })
    }
}
