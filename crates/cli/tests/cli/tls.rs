//! TLS of the client.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::send::{Receiver, json_lines, sent};
use crate::sign::secret;
use crate::{file, refhook, text};

/// A server with a self-signed certificate, in front of a server without TLS.
pub(crate) struct TlsProxy {
    pub(crate) address: SocketAddr,
    /// The file of the certificate.
    pub(crate) authority: String,
}

impl TlsProxy {
    /// Serves with a certificate for `localhost`. The name of its file must be unique among the tests.
    pub(crate) fn start(upstream: SocketAddr, name: &str) -> Self {
        Self::start_with(upstream, name, CertificateParams::new(vec!["localhost".to_owned()]).unwrap())
    }

    fn start_with(upstream: SocketAddr, name: &str, certificate: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = certificate.self_signed(&key).unwrap();
        let authority = file(name, certificate.pem());
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = builder.with_single_cert(vec![certificate.der().clone()], key.into()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || runtime.block_on(serve(listener, TlsAcceptor::from(Arc::new(config)), upstream)));
        Self { address, authority }
    }

    /// Returns a URL by the name in the certificate.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, upstream: SocketAddr) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, acceptor) = (listener.accept().await.unwrap().0, acceptor.clone());
        tokio::spawn(async move {
            let (Ok(mut client), Ok(mut server)) = (acceptor.accept(stream).await, TcpStream::connect(upstream).await)
            else {
                return;
            };
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

fn address_of(receiver: &Receiver) -> SocketAddr {
    receiver.url.strip_prefix("http://").unwrap().split('/').next().unwrap().parse().unwrap()
}

fn sent_to(url: &str, more: &[&str]) -> (i32, Value, String) {
    let arguments = [&["redpin", "REFERRAL_CREATED", "--to", url, "--output", "json"], more].concat();
    let (code, out, errors) = sent(secret("redpin"), &arguments);
    (code, json_lines(&out).into_iter().next().unwrap_or_default(), errors)
}

#[test]
fn a_certificate_of_a_named_authority_is_accepted() {
    let receiver = Receiver::answering(200);
    let proxy = TlsProxy::start(address_of(&receiver), "tls-named.pem");
    let (code, line, errors) = sent_to(&proxy.url("/hooks"), &["--ca-file", &proxy.authority]);
    assert_eq!((code, &line["status"], errors.as_str()), (0, &Value::from(200), ""), "{line}");
    assert_eq!(receiver.requests().len(), 1);
    // The variable that OpenSSL reads names the authorities of the system.
    let mut command = refhook(&["send", "redpin", "REFERRAL_CREATED", "--to", &proxy.url("/hooks")]);
    command.args(["--secret-env", "SECRET"]).env("SECRET", secret("redpin")).env("SSL_CERT_FILE", &proxy.authority);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_fault_of_a_certificate_is_named() {
    let receiver = Receiver::answering(200);
    let upstream = address_of(&receiver);
    let named = |name: &str| CertificateParams::new(vec![name.to_owned()]).unwrap();
    let mut expired = named("localhost");
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut early = named("localhost");
    (early.not_before, early.not_after) = (date_time_ymd(2120, 1, 1), date_time_ymd(2121, 1, 1));
    for (name, certificate, is_trusted, part) in [
        ("unknown", named("localhost"), false, "no trusted authority signed the server's certificate"),
        ("other", named("shop.example"), true, "is for another host name"),
        ("expired", expired, true, "has expired"),
        ("early", early, true, "is not valid yet"),
    ] {
        let proxy = TlsProxy::start_with(upstream, &format!("tls-{name}.pem"), certificate);
        let more = if is_trusted { &["--ca-file", &proxy.authority][..] } else { &[] };
        let (code, line, errors) = sent_to(&proxy.url("/hooks"), more);
        let note = line["note"].as_str().unwrap_or_default();
        assert!(code == 1 && note.contains(part), "{name}: {line}{errors}");
    }
    assert!(receiver.requests().iter().all(Vec::is_empty));
}

#[test]
fn a_server_without_tls_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/hooks", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        std::io::copy(&mut stream, &mut std::io::sink())
    });
    let (code, line, errors) = sent_to(&url, &[]);
    let note = line["note"].as_str().unwrap_or_default();
    assert!(code == 1 && note.contains("does not speak TLS"), "{line}{errors}");
}

#[test]
fn an_unusable_file_of_authorities_is_named() {
    let (empty, broken) =
        (file("tls-empty.pem", "no certificate"), "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    let broken = file("tls-broken.pem", broken);
    for (path, part) in [("absent.pem", "cannot use `absent.pem`"), (&empty, "no certificate"), (&broken, "cannot use")]
    {
        let (code, _, errors) = sent_to("https://localhost:1/hooks", &["--ca-file", path]);
        assert!(code == 1 && errors.contains(part) && errors.contains("give a PEM file"), "{path}: {errors}");
    }
}
