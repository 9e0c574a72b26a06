//! The client of `refhook dev --sample`, which sends over real HTTP.

use std::io;
use std::pin::pin;

use axum::http::HeaderValue;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;

use super::report::Report;
use super::sample::{SAMPLE, Sample};
use super::screen::Screen;

/// Sends the samples one after the other and shows the report on each. Returns whether all were as expected.
pub(super) async fn send(
    samples: Vec<Sample>,
    received: &mut mpsc::Receiver<Report>,
    screen: &mut Screen,
) -> io::Result<bool> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut all_as_expected = true;
    for (number, mut sample) in samples.into_iter().enumerate() {
        let mut request = std::mem::take(&mut sample.request);
        request.headers_mut().insert(SAMPLE.clone(), HeaderValue::from(number));
        // Reports are received while the response is awaited, because reports on other requests could fill the channel.
        let mut answer = pin!(client.request(request.map(Full::new)));
        let (mut answered, mut reported) = (None, None);
        while answered.is_none() || reported.is_none() {
            tokio::select! {
                response = &mut answer, if answered.is_none() => {
                    answered = Some(response.map_err(io::Error::other)?.status());
                }
                Some(report) = received.recv() => {
                    if report.sample == Some(number) {
                        reported = Some(report);
                    } else {
                        screen.report(&report, None)?;
                    }
                }
            }
        }
        if let (Some(status), Some(report)) = (answered, reported) {
            let as_expected = sample.expects(&report) && status == sample.status;
            all_as_expected &= as_expected;
            screen.report(&report, Some((sample.case, as_expected)))?;
        }
    }
    Ok(all_as_expected)
}
