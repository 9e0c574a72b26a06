use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::*;
use crate::blocks::BLOCK;
use crate::budget::{CONNECTION, SERVER_BUFFER, with_overhead};

const MIB: usize = 1024 * 1024;
const DEADLINE: Duration = Duration::from_secs(15);
const BOUNDS: Bounds = Bounds { limit: MIB, deadline: DEADLINE, kept: 0 };

type Piece = Result<Bytes, Error>;

fn budget(limit: usize) -> &'static Budget {
    Box::leak(Box::new(Budget::new(limit)))
}

/// A sender. A separate task reads its body.
struct Sender {
    pieces: UnboundedSender<Piece>,
    reading: JoinHandle<Result<Bytes, Unread>>,
}

impl Sender {
    /// Starts a body with these pieces.
    async fn begin(budget: &'static Budget, pieces: impl IntoIterator<Item = usize>) -> Self {
        Self::begin_after(budget, Verdict::Collect, pieces).await
    }

    /// Starts a body after this verdict on its head.
    async fn begin_after(budget: &'static Budget, verdict: Verdict, pieces: impl IntoIterator<Item = usize>) -> Self {
        let (sender, receiver) = unbounded_channel::<Piece>();
        let received = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
        let reading = tokio::spawn(read_within(budget, received, verdict, BOUNDS));
        let sender = Self { pieces: sender, reading };
        // The sender is silent first, so that the body waits before its first byte.
        sender.send([0]).await;
        sender.send(pieces).await;
        sender
    }

    async fn send(&self, pieces: impl IntoIterator<Item = usize>) {
        for piece in pieces {
            // The reader may have refused the body.
            _ = self.pieces.send(Ok(vec![b'x'; piece].into()));
            settle().await;
        }
    }

    /// Ends the body.
    async fn end(self) -> Result<usize, ErrorKind> {
        drop(self.pieces);
        self.reading.await.unwrap().map(|body| body.len()).map_err(|unread| unread.error.kind())
    }
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_is_charged_for_received_bytes_only() {
    for (label, pieces, want) in [
        ("silent", vec![], CONNECTION),
        ("one byte", vec![1], CONNECTION + 2 + BLOCK),
        ("a block", vec![BLOCK], CONNECTION + 2 * BLOCK + BLOCK),
        ("a block and a byte", vec![BLOCK, 1], CONNECTION + 2 * (BLOCK + 1) + 2 * BLOCK),
        ("byte by byte", vec![1; 100], CONNECTION + 200 + BLOCK),
        ("nearly all of a mebibyte", vec![16 * 1024; 63], CONNECTION + SERVER_BUFFER + 63 * 16 * 1024),
    ] {
        let budget = budget(64 * MIB);
        let sender = Sender::begin(budget, pieces.clone()).await;
        assert_eq!(budget.held(), with_overhead(want), "{label}");
        assert_eq!(sender.end().await, Ok(pieces.iter().sum()), "{label}");
        assert_eq!(budget.held(), 0, "{label}: the place is given back");
    }
}

#[tokio::test]
async fn a_complete_body_takes_no_place_in_a_spent_budget() {
    let budget = budget(0);
    let stranger = Sender::begin(budget, [MIB / 2]).await;
    for pieces in [vec![], vec![1], vec![MIB], vec![1024; 1024], vec![1; 1000]] {
        let there = stream::iter(pieces.clone()).map(|length| Ok(vec![b'x'; length].into()));
        let body = read_within(budget, there, Verdict::Collect, BOUNDS).await.unwrap();
        assert_eq!(body.len(), pieces.iter().sum::<usize>());
    }
    assert_eq!(stranger.end().await, Ok(MIB / 2), "and displaces nothing");
}

#[tokio::test]
async fn the_oldest_body_is_displaced_at_once() {
    let budget = budget(8 * MIB);
    let mut strangers = Vec::new();
    for _ in 0..12 {
        strangers.push(Sender::begin(budget, [MIB / 2 - 1, MIB / 2 - 1]).await);
        assert!(budget.held() <= budget.limit(), "{} bytes are held", budget.held());
    }
    // Each body holds 1 MiB, and 0.8 MiB for the buffers and the allocator.
    let displaced: Vec<bool> = strangers.iter().map(|stranger| stranger.reading.is_finished()).collect();
    assert_eq!(displaced, [vec![true; 8], vec![false; 4]].concat());

    // A delivery in two pieces, or of the maximum length, has priority over them.
    for pieces in [[1, 2000], [MIB / 2, MIB / 2]] {
        let genuine = Sender::begin(budget, pieces).await;
        assert_eq!(genuine.end().await, Ok(pieces.iter().sum()));
    }
    for (number, stranger) in strangers.into_iter().enumerate() {
        let want = if number >= 9 { Ok(MIB - 2) } else { Err(ErrorKind::BodyBudgetSpent) };
        assert_eq!(stranger.end().await, want, "stranger {number}");
    }
    assert_eq!(budget.held(), 0);
}

#[tokio::test]
async fn lingering_connections_leave_half_of_the_budget() {
    let budget = budget(MIB);
    let lingering: Vec<_> = (0..100).map(|_| budget.linger()).collect();
    let old = Sender::begin(budget, [MIB / 8]).await;
    let young = Sender::begin(budget, [MIB / 8]).await;
    assert_eq!(old.end().await, Err(ErrorKind::BodyBudgetSpent));
    assert_eq!(young.end().await, Ok(MIB / 8));
    drop(lingering);
    assert_eq!(budget.held(), 0);
}

fn missing() -> Error {
    ErrorKind::MissingHeader("svix-id").into()
}

/// Reads a body of these pieces, which come at once.
async fn unread(verdict: Verdict, kept: usize, pieces: Vec<Piece>) -> (Unread, usize) {
    let left = AtomicUsize::new(pieces.len());
    let pieces = stream::iter(pieces).inspect(|_| _ = left.fetch_sub(1, Ordering::Relaxed));
    let unread = read_within(budget(64 * MIB), pieces, verdict, Bounds { kept, ..BOUNDS }).await.unwrap_err();
    (unread, left.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_refused_body_is_drained_and_cut() {
    let bytes = |length: usize| Ok(Bytes::from(vec![b'x'; length]));
    let (refused, large, cut) = (missing().kind(), ErrorKind::BodyTooLarge, ErrorKind::BodyIncomplete);
    let drain = Verdict::Drain(missing());
    for (label, verdict, kept, pieces, want, want_kept, want_length, want_left) in [
        ("empty", drain, 10, vec![], refused, 0, Some(0), 0),
        ("kept", drain, 10, vec![bytes(4), bytes(4)], refused, 8, Some(8), 0),
        ("cut", drain, 10, vec![bytes(4), bytes(4), bytes(4)], refused, 10, Some(12), 0),
        ("not kept", drain, 0, vec![bytes(MIB), bytes(MIB)], refused, 0, Some(2 * MIB as u64), 0),
        ("beyond the reach", drain, 0, vec![bytes(MIB), bytes(MIB + 1), bytes(1), bytes(1)], refused, 0, None, 2),
        ("broken off", drain, 9, vec![bytes(4), Err(cut.into()), bytes(1)], refused, 4, None, 1),
        ("withheld", drain, 9, vec![bytes(4), Err(large.into()), bytes(1)], refused, 4, Some(MIB as u64), 0),
        ("not drained", Verdict::Refuse(missing()), 9, vec![bytes(4)], refused, 0, None, 1),
        ("too large", Verdict::Collect, 9, vec![bytes(MIB), bytes(1), bytes(1)], large, 9, Some(MIB as u64 + 2), 0),
        ("larger piece", Verdict::Collect, 9, vec![bytes(4), bytes(MIB), bytes(1)], large, 9, Some(MIB as u64 + 5), 0),
        ("incomplete", Verdict::Collect, 9, vec![bytes(4), Err(cut.into()), bytes(1)], cut, 4, None, 1),
    ] {
        let (unread, left) = unread(verdict, kept, pieces).await;
        assert_eq!((unread.error.kind(), unread.kept.len(), left), (want, want_kept, want_left), "{label}");
        assert_eq!(unread.length.is_some(), want_length.is_some(), "{label}");
        assert!(label == "withheld" || unread.length == want_length, "{label}: {:?}", unread.length);
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_at_the_deadline_with_its_first_error() {
    let stranger = Sender::begin_after(budget(64 * MIB), Verdict::Drain(missing()), [1000]).await;
    assert!(!stranger.reading.is_finished());
    tokio::time::sleep(DEADLINE).await;
    settle().await;
    let unread = stranger.reading.await.unwrap().unwrap_err();
    assert_eq!((unread.error, unread.length), (missing(), None));
}

#[tokio::test]
async fn drained_bodies_displace_each_other_and_no_unproven_body() {
    let budget = budget(MIB);
    let genuine = Sender::begin(budget, [1000]).await;
    let mut strangers = Vec::new();
    for _ in 0..1000 {
        strangers.push(Sender::begin_after(budget, Verdict::Drain(missing()), [1000]).await);
        assert!(budget.held() <= MIB);
    }
    let draining = strangers.iter().filter(|stranger| !stranger.reading.is_finished()).count();
    assert_eq!(draining, MIB / 2 / with_overhead(CONNECTION + 2 * 1001));
    assert!(!strangers.last().unwrap().reading.is_finished(), "the oldest are displaced");

    // Unproven bodies take the whole budget.
    let mut unproven = Vec::new();
    for _ in 0..MIB / with_overhead(CONNECTION + 2 * 1001 + BLOCK) - 1 {
        unproven.push(Sender::begin(budget, [1000]).await);
    }
    assert!(strangers.iter().all(|stranger| stranger.reading.is_finished()));
    assert_eq!(genuine.end().await, Ok(1000));
}

#[tokio::test]
async fn a_growing_body_displaces_itself_if_it_is_the_oldest() {
    let budget = budget(MIB);
    let old = Sender::begin(budget, [1000]).await;
    let young = Sender::begin(budget, [1000]).await;
    old.send([MIB - 4000]).await;
    assert_eq!(old.end().await, Err(ErrorKind::BodyBudgetSpent));
    assert_eq!(young.end().await, Ok(1000));
    assert_eq!(budget.held(), 0);
}

#[tokio::test]
async fn the_number_of_silent_bodies_is_bounded() {
    let budget = budget(MIB);
    let mut silent = Vec::new();
    for _ in 0..1000 {
        silent.push(Sender::begin(budget, []).await);
    }
    let waiting = silent.iter().filter(|sender| !sender.reading.is_finished()).count();
    assert_eq!(waiting, MIB / with_overhead(CONNECTION));
}

#[tokio::test]
async fn a_single_body_larger_than_the_budget_is_read() {
    let budget = budget(1000);
    let alone = Sender::begin(budget, [MIB / 2, MIB / 2]).await;
    assert_eq!(alone.end().await, Ok(MIB));
}

#[tokio::test]
async fn a_smaller_budget_applies_from_the_next_byte() {
    let budget = budget(MIB);
    let old = Sender::begin(budget, [MIB / 4]).await;
    let young = Sender::begin(budget, [1]).await;
    budget.set_limit(MIB / 4);
    young.send([1]).await;
    assert_eq!(old.end().await, Err(ErrorKind::BodyBudgetSpent));
    assert_eq!(young.end().await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn every_path_frees_the_place_of_a_body() {
    let budget = budget(64 * MIB);
    let begin = || async {
        let sender = Sender::begin(budget, [1000, 1000]).await;
        assert!(budget.held() > 0);
        sender
    };
    // A whole body.
    assert_eq!(begin().await.end().await, Ok(2000));
    assert_eq!(budget.held(), 0, "whole");
    // A body over the limit.
    let sender = begin().await;
    sender.send([MIB]).await;
    assert_eq!(sender.end().await, Err(ErrorKind::BodyTooLarge));
    assert_eq!(budget.held(), 0, "too large");
    // An error of the connection.
    let sender = begin().await;
    sender.pieces.send(Err(ErrorKind::BodyIncomplete.into())).unwrap();
    assert_eq!(sender.end().await, Err(ErrorKind::BodyIncomplete));
    assert_eq!(budget.held(), 0, "error");
    // The deadline.
    let sender = begin().await;
    tokio::time::sleep(DEADLINE).await;
    settle().await;
    assert!(sender.reading.is_finished());
    assert_eq!(budget.held(), 0, "deadline");
    // The server drops the request, as it does after the sender closed the connection.
    let sender = begin().await;
    sender.reading.abort();
    settle().await;
    assert_eq!(budget.held(), 0, "dropped");
}

#[tokio::test]
async fn a_panicking_body_frees_its_place() {
    let budget = budget(MIB);
    let mut polls = 0;
    let pieces = stream::poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        match polls {
            1 => Poll::Ready(Some(Ok(Bytes::from_static(b"x")))),
            2 | 3 => Poll::Pending,
            _ => panic!("as a server's body might"),
        }
    });
    let reading = AssertUnwindSafe(read_within(budget, pieces, Verdict::Collect, BOUNDS)).catch_unwind();
    assert!(reading.await.is_err());
    assert_eq!(budget.held(), 0);
    let next = Sender::begin(budget, [1]).await;
    assert_eq!(next.end().await, Ok(1), "the budget is still at work");
}
