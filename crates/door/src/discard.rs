//! The rest of a body that is not needed.

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use referral_webhooks::DEFAULT_BODY_LIMIT;
use tokio::time::timeout;

/// The time to read a body that is not kept.
const DEADLINE: Duration = Duration::from_secs(15);

/// Reads a body, given the lengths of its pieces, up to the default limit and for 15 seconds. A sender reads the answer
/// after it has sent its whole body.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// referral_webhooks_door::discard(futures_util::stream::repeat(65_536)).await;
/// # }
/// ```
pub async fn discard(lengths: impl Stream<Item = usize>) {
    let reading = async {
        let (mut lengths, mut left) = (pin!(lengths), DEFAULT_BODY_LIMIT);
        while let Some(length) = lengths.next().await {
            let Some(rest) = left.checked_sub(length) else { return };
            left = rest;
        }
    };
    // A slow sender loses the answer.
    let _ = timeout(DEADLINE, reading).await;
}
