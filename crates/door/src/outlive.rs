//! A handler outlives its connection.
//!
//! - Guarantees: the answer to a request is polled by its connection until the request is a delivery, and by a task of the
//!   runtime from then on. A dropped connection therefore frees the memory of an unproven request, and the handler of a
//!   delivery runs to its end.
//! - Assumes: a delivery is marked by [`verify`](crate::verify) while the answer is polled. The move to a task happens in
//!   the same poll, so that no drop comes between.
//! - Without it: a server on hyper drops a handler in the middle of its work when the sender gives up, after the reward and
//!   before the note about it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use crate::delivered::Delivered;
use crate::handlers::Running;

/// Moves a future into a task: [`spawn`](crate::spawn), or the runtime's own function for futures that are not `Send`.
type Spawn<F> = fn(F, Option<Counted>) -> JoinHandle<<F as Future>::Output>;

/// A count of a running handler, held by its task.
#[derive(Debug)]
pub struct Counted {
    _running: Running,
}

/// The answer to a request. It moves into a task when the request is [`Delivered`].
///
/// The output is `None` if the runtime shuts down before the task has ended.
///
/// ```
/// use referral_webhooks_door::{Delivered, Outlive, spawn};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let answer = Box::pin(async { 200 });
/// assert_eq!(Outlive::new(answer, Delivered::default(), spawn).await, Some(200));
/// # }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Outlive<F: Future> {
    delivered: Delivered,
    spawn: Spawn<F>,
    place: Place<F>,
}

enum Place<F: Future> {
    Connection(F),
    Task(JoinHandle<F::Output>),
    Moving,
}

impl<F: Future + Unpin> Outlive<F> {
    /// Returns the answer that `answering` computes.
    ///
    /// ```
    /// use referral_webhooks_door::{Delivered, Outlive, spawn};
    ///
    /// let answer = Outlive::new(Box::pin(async { "accepted" }), Delivered::default(), spawn);
    /// # drop(answer);
    /// ```
    pub const fn new(answering: F, delivered: Delivered, spawn: Spawn<F>) -> Self {
        Self { delivered, spawn, place: Place::Connection(answering) }
    }
}

impl<F: Future + Unpin> Future for Outlive<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Place::Connection(answering) = &mut this.place {
            if let Poll::Ready(answer) = Pin::new(answering).poll(context) {
                return Poll::Ready(Some(answer));
            }
            // Without a runtime the caller's own executor has to run the handler.
            if !this.delivered.is_set() || Handle::try_current().is_err() {
                return Poll::Pending;
            }
            if let Place::Connection(answering) = std::mem::replace(&mut this.place, Place::Moving) {
                let counted = this.delivered.count().then(|| Counted { _running: Running::start() });
                this.place = Place::Task((this.spawn)(answering, counted));
            }
        }
        match &mut this.place {
            Place::Task(task) => Pin::new(task).poll(context).map(Result::ok),
            Place::Connection(_) | Place::Moving => Poll::Pending,
        }
    }
}

// Manual impl: `#[derive]` would require `F: Debug`.
impl<F: Future> fmt::Debug for Outlive<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlive").field("delivered", &self.delivered).finish_non_exhaustive()
    }
}

/// Runs a future in a task of tokio, as [`in_task`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let task = referral_webhooks_door::spawn(async { 200 }, None);
/// assert_eq!(task.await.unwrap(), 200);
/// # }
/// ```
pub fn spawn<F>(future: F, counted: Option<Counted>) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(in_task(future, counted))
}

/// Returns a future that keeps the current span and subscriber of `tracing` in its task, and the count until its end.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(referral_webhooks_door::in_task(async { 200 }, None).await, 200);
/// # }
/// ```
pub fn in_task<F: Future>(future: F, counted: Option<Counted>) -> impl Future<Output = F::Output> + use<F> {
    let future = async move {
        let output = future.await;
        drop(counted);
        output
    };
    future.in_current_span().with_current_subscriber()
}
