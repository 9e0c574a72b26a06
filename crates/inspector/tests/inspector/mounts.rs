//! The page in real servers, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::seeds::Seeds;

/// Sends a request over a socket, and returns the answer as it is.
async fn exchange(address: SocketAddr, head: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads a stream until it has a text.
async fn read_until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    let read = async {
        while !text.contains(wanted) {
            let mut piece = [0; 4_096];
            let length = socket.read(&mut piece).await.unwrap();
            assert!(length > 0, "the stream ended after {text}");
            text.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
    };
    timeout(Duration::from_secs(10), read).await.unwrap_or_else(|_| panic!("no {wanted}"));
    text
}

/// Checks a page at a path of a server: pages, files, an action, and live rows.
async fn check(seeds: &Seeds, address: SocketAddr, base: &str) {
    let host = format!("host: localhost:{}", address.port());
    let list = exchange(address, &format!("GET {base}/ HTTP/1.1\r\n{host}"), "").await;
    assert!(list.starts_with("HTTP/1.1 200 OK\r\n"), "{list}");
    assert!(list.contains("REFERRAL_CREATED") && list.contains(&format!("href=\"{base}/entries/1\"")), "{list}");
    let cookie = list.split_once("set-cookie: ").unwrap().1.split_once(';').unwrap().0.to_owned();
    let head = |method: &str, path: &str| format!("{method} {base}{path} HTTP/1.1\r\n{host}\r\ncookie: {cookie}");
    let style = list.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split_once('"').unwrap().0;
    let style = exchange(address, &format!("GET {style} HTTP/1.1\r\n{host}"), "").await;
    assert!(style.starts_with("HTTP/1.1 200 OK\r\n") && style.contains("text/css"), "{style}");
    for path in ["/entries/1", "/history", "/endpoints", "/refused"] {
        let page = exchange(address, &head("GET", path), "").await;
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {page}");
        assert!(page.contains("frame-ancestors 'none'"), "{path}");
    }
    let foreign = exchange(address, &format!("GET {base}/ HTTP/1.1\r\nhost: evil.example"), "").await;
    assert!(foreign.starts_with("HTTP/1.1 421 ") && !foreign.contains("REFERRAL_CREATED"), "{foreign}");
    // An action with its form.
    let confirm = exchange(address, &head("GET", "/act?do=cancel&entry=1"), "").await;
    let form = confirm.split_once("<form class=\"act\"").unwrap().1;
    let field = |name: &str| {
        let (_, value) = form.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        format!("{name}={}", value.split_once('"').unwrap().0)
    };
    let fields = ["token", "entry", "do", "upto", "count", "ticket"].map(field).join("&") + "&reason=ticket+4711";
    let origin = format!("\r\norigin: http://localhost:{}", address.port());
    let typed = format!("{}{origin}\r\ncontent-type: application/x-www-form-urlencoded", head("POST", "/act"));
    let forged = exchange(address, &head("POST", "/act"), &fields).await;
    assert!(forged.starts_with("HTTP/1.1 403 "), "{forged}");
    let done = exchange(address, &typed, &fields).await;
    assert!(done.starts_with("HTTP/1.1 200 OK\r\n") && done.contains("Entry 1 is cancelled"), "{done}");
    let large = exchange(address, &typed, &"x".repeat(70_000)).await;
    assert!(large.starts_with("HTTP/1.1 400 "), "{large}");
    // A live row.
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(format!("{}\r\n\r\n", head("GET", "/live")).as_bytes()).await.unwrap();
    read_until(&mut socket, "event: page").await;
    let late = seeds.add("msg_late").await;
    read_until(&mut socket, &format!("<tr id=\"e{late}\"")).await;
}

#[tokio::test]
async fn axum_nests_the_page() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let page = seeds.page().at("/admin/webhooks").build().unwrap();
    let app = Router::new().route("/", get(async || "the shop")).nest_service("/admin/webhooks", page);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    check(&seeds, address, "/admin/webhooks").await;
    let shop = exchange(address, "GET / HTTP/1.1\r\nhost: localhost", "").await;
    assert!(shop.contains("the shop"), "{shop}");
}

#[tokio::test]
async fn hyper_serves_the_page() {
    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let page = seeds.page().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(page.clone());
            tokio::spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(socket), service).await });
        }
    });
    check(&seeds, address, "").await;
}

#[cfg(feature = "actix")]
#[test]
fn actix_web_serves_the_page() {
    use actix_web::{App, HttpServer, rt, web};

    rt::System::new().block_on(async {
        let seeds = Seeds::new();
        seeds.add("msg_1").await;
        let page = seeds.page().at("/admin/webhooks").build().unwrap();
        let app = move || App::new().service(web::scope("/admin").configure(page.configure("/webhooks")));
        let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        rt::spawn(server);
        check(&seeds, address, "/admin/webhooks").await;
        handle.stop(false).await;
    });
}

#[cfg(feature = "actix")]
#[test]
fn actix_web_passes_the_operator_of_a_middleware_on() {
    use actix_web::dev::Service as _;
    use actix_web::{App, HttpMessage as _, rt, test};
    use referral_webhooks_inspector::{Inspector, Operator, Rights};

    rt::System::new().block_on(async {
        let seeds = Seeds::new();
        let page = Inspector::new(seeds.inbox.clone())
            .authorise(|head| std::future::ready(head.extensions.get::<Operator>().cloned()))
            .build()
            .unwrap();
        let app = App::new().configure(page.configure("/")).wrap_fn(|request, service| {
            if request.headers().contains_key("x-user") {
                request.extensions_mut().insert(Operator::new("robin", Rights::VIEW));
            }
            service.call(request)
        });
        let app = test::init_service(app).await;
        let request = || test::TestRequest::get().uri("/").insert_header(("host", "localhost"));
        let denied = test::call_service(&app, request().to_request()).await;
        assert_eq!(denied.status(), 403);
        let granted = test::call_service(&app, request().insert_header(("x-user", "1")).to_request()).await;
        assert_eq!(granted.status(), 200);
        let page = test::read_body(granted).await;
        assert!(String::from_utf8_lossy(&page).contains("robin"));
    });
}

#[cfg(feature = "serve")]
#[tokio::test]
async fn a_loopback_server_opens_by_its_link_alone() {
    use referral_webhooks_inspector::{Inspector, LinkToken, Loopback};

    let seeds = Seeds::new();
    seeds.add("msg_1").await;
    let token = LinkToken::new("Kx2T9vQ2mX7cR4wZ8bN1sJ6hL3pF5dY0gA").unwrap();
    let server = Loopback::bind(0).await.unwrap().with_token(token);
    let (address, url) = (server.address(), server.url());
    assert!(address.ip().is_loopback());
    let path = url.strip_prefix(&format!("http://{address}")).unwrap().to_owned();
    let inspector = Inspector::new(seeds.inbox.clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let end = async move {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(async move { server.serve(inspector, "dana", end).await });
    let host = format!("host: {address}");
    let closed = exchange(address, &format!("GET / HTTP/1.1\r\n{host}"), "").await;
    assert!(closed.starts_with("HTTP/1.1 401 "), "{closed}");
    let opened = exchange(address, &format!("GET {path} HTTP/1.1\r\n{host}"), "").await;
    assert!(opened.starts_with("HTTP/1.1 303 ") && opened.contains("location: /\r\n"), "{opened}");
    let cookie = opened.split_once("set-cookie: ").unwrap().1.split_once(';').unwrap().0;
    let list = exchange(address, &format!("GET / HTTP/1.1\r\n{host}\r\ncookie: {cookie}"), "").await;
    assert!(list.contains("REFERRAL_CREATED"), "{list}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "the port is free again");
}
