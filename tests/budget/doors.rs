//! The doors, each in a separate server.

use std::any::Any;
use std::net::{Ipv4Addr, SocketAddr};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};
use axum::Router;
use axum::routing::post;
use referral_webhooks::platform::Platform;
use referral_webhooks::{Delivery, Endpoint, Reply};
use referral_webhooks_tower::{VerifyLayer, WebhookService};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// An entrance for requests.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Door {
    TowerService,
    TowerLayer,
    AxumExtractor,
    ActixExtractor,
    ActixMiddleware,
}

impl Door {
    pub(crate) const ALL: [Self; 5] =
        [Self::TowerService, Self::TowerLayer, Self::AxumExtractor, Self::ActixExtractor, Self::ActixMiddleware];

    /// Serves until the guard is dropped.
    pub(crate) async fn serve<P: Platform + Default>(self, endpoint: Endpoint<P>) -> (SocketAddr, Box<dyn Any>) {
        match self {
            Self::TowerService => {
                let service = WebhookService::new(endpoint, |_: Delivery<P>| async { Reply::Accepted });
                on_axum(Router::new().fallback_service(service)).await
            }
            Self::TowerLayer => {
                on_axum(Router::new().fallback(post(async || ())).layer(VerifyLayer::new(endpoint))).await
            }
            Self::AxumExtractor => {
                use referral_webhooks_axum::{Reply, Webhook};
                on_axum(Router::new().fallback(post(async |_: Webhook<P>| Reply::Accepted)).with_state(endpoint)).await
            }
            Self::ActixExtractor => on_actix(move |config| {
                config.configure(referral_webhooks_actix::webhook("/{path:.*}", endpoint.clone(), accept::<P>));
            }),
            Self::ActixMiddleware => on_actix(move |config| {
                let verify = referral_webhooks_actix::VerifyDelivery::new(endpoint.clone());
                let resource = web::resource("/{path:.*}").to(async || actix_web::HttpResponse::Ok());
                config.service(resource.wrap(verify));
            }),
        }
    }
}

async fn accept<P: Platform + Default>(_: referral_webhooks_actix::Webhook<P>) -> referral_webhooks_actix::Reply {
    referral_webhooks_actix::Reply::Accepted
}

async fn on_axum(app: Router) -> (SocketAddr, Box<dyn Any>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    (address, Box::new(Task(serving)))
}

fn on_actix(configure: impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static) -> (SocketAddr, Box<dyn Any>) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let app = move || App::new().configure(configure.clone());
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    let guard = Threads(server.handle());
    tokio::spawn(server);
    (address, Box::new(guard))
}

/// A server that is shut down when it is dropped.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Threads of a server, which are joined when they are dropped.
struct Threads(ServerHandle);

impl Drop for Threads {
    fn drop(&mut self) {
        // The command is sent at once. The returned future only waits.
        drop(self.0.stop(false));
    }
}
