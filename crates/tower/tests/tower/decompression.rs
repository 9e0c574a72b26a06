//! The endpoint behind a layer that decompresses bodies.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::CONTENT_ENCODING;
use http::{HeaderValue, Request, Response};
use http_body_util::{Empty, Full};
use referral_webhooks_tower::{ErrorKind, Message, receive};
use time::OffsetDateTime;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::decompression::RequestDecompressionLayer;

use crate::support::{REFERRAL, redpin};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_that_does_not_decompress_is_a_fault_of_the_layer() {
    let packed = gzip(REFERRAL);
    let (half, length) = (packed.len() / 2, packed.len());
    let flipped: Vec<u8> = packed.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == length - 6)).collect();
    for (label, body, want) in [
        ("whole", packed.clone(), None),
        ("not gzip", REFERRAL.into(), Some(ErrorKind::BodyLayerFailed)),
        ("cut off", packed[..half].to_vec(), Some(ErrorKind::BodyLayerFailed)),
        ("cut off in its first bytes", packed[..3].to_vec(), Some(ErrorKind::BodyLayerFailed)),
        ("wrong checksum", flipped, Some(ErrorKind::BodyLayerFailed)),
    ] {
        let signed = redpin().sign(&Message::new(REFERRAL, OffsetDateTime::now_utc())).unwrap();
        let mut request: Request<Full<Bytes>> = signed.map(|_| Full::from(body));
        request.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let service = RequestDecompressionLayer::new().layer(service_fn(async |request| {
            let received = receive(&redpin(), request).await;
            let error = received.err().map(|rejection| rejection.error());
            assert_eq!(error.map(|error| error.kind()), want, "{label}");
            assert!(error.is_none_or(|error| error.advice().to_string().contains("RequestDecompression")));
            Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new()))
        }));
        service.oneshot(request).await.unwrap();
    }
}
