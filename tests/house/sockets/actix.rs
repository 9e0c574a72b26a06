//! The extractor and the middleware on actix-web.

use std::net::{Ipv4Addr, TcpListener};

use actix_web::body::BoxBody;
use actix_web::dev::{ServerHandle, ServiceRequest};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, HttpServer, Responder as _, ResponseError as _};
use http::StatusCode;
use referral_webhooks_actix::platform::Platform;
use referral_webhooks_actix::{Delivery, Endpoint, Rejection, Reply, VerifyDelivery, Webhook, webhook};

use super::{Door, Outcome, Outcomes, Server};

pub(crate) struct Extractor;

pub(crate) struct Middleware;

impl Door for Extractor {
    async fn serve<P: Platform + Default>(&self, endpoint: Endpoint<P>, outcomes: Outcomes<P>) -> Server {
        serve(move |config| {
            let mount = webhook("/{path:.*}", endpoint.clone(), receive::<P>);
            config.app_data(Data::new(outcomes.clone())).configure(mount);
        })
    }
}

async fn receive<P: Platform + Default>(
    request: HttpRequest,
    outcomes: Data<Outcomes<P>>,
    received: Result<Webhook<P>, Rejection>,
) -> HttpResponse {
    let (received, response) = match received {
        Ok(Webhook(delivery)) => (Ok(delivery), Reply::Accepted.respond_to(&request)),
        Err(rejection) => (Err(rejection.error()), rejection.error_response()),
    };
    let outcome = Outcome { received: Some(received), status: status(response.status()) };
    outcomes.send(outcome).ok().unwrap();
    response
}

impl Door for Middleware {
    async fn serve<P: Platform + Default>(&self, endpoint: Endpoint<P>, outcomes: Outcomes<P>) -> Server {
        serve(move |config| {
            let outcomes = outcomes.clone();
            let observe = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                let outcomes = outcomes.clone();
                async move {
                    let answered = next.call(request).await;
                    let (received, status_code) = match &answered {
                        Ok(response) => {
                            let extensions = response.request().extensions();
                            let delivery = extensions.get::<Delivery<P>>().filter(|_| extensions.contains::<Called>());
                            let delivery = delivery.cloned();
                            (delivery.map(Ok), response.status())
                        }
                        Err(error) => (None, error.as_response_error().status_code()),
                    };
                    outcomes.send(Outcome { received, status: status(status_code) }).ok().unwrap();
                    answered
                }
            });
            let route = web::post().to(compare::<P>);
            let resource = web::resource("/{path:.*}").app_data(PayloadConfig::new(usize::MAX)).route(route);
            config.service(resource.wrap(VerifyDelivery::new(endpoint.clone())).wrap(observe));
        })
    }
}

/// Marks a request whose handler was called.
struct Called;

/// Reads the payload itself, because `web::Bytes` decompresses.
async fn compare<P: Platform + Default>(
    request: HttpRequest,
    delivery: web::ReqData<Delivery<P>>,
    body: web::Payload,
) -> Reply {
    request.extensions_mut().insert(Called);
    let body = body.to_bytes_limited(usize::MAX).await.unwrap().unwrap();
    assert_eq!(delivery.body(), &body, "the bytes that are passed on");
    Reply::Accepted
}

fn status(status: actix_web::http::StatusCode) -> StatusCode {
    StatusCode::from_u16(status.as_u16()).unwrap()
}

/// The threads of a server, which end with the test.
struct Threads(ServerHandle);

impl Drop for Threads {
    fn drop(&mut self) {
        // The command is sent at once. Its future only waits for the end.
        drop(self.0.stop(false));
    }
}

pub(crate) fn serve(configure: impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let app = move || App::new().configure(configure.clone());
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    let guard = Threads(server.handle());
    tokio::spawn(server);
    Server { address, _guard: Box::new(guard) }
}
