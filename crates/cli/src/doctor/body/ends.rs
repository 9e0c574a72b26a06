//! Accidents of the ends of a body and of its lines.

use bytes::Bytes;

use super::circumstances::{Circumstances, RAW};
use crate::doctor::undo::{Originals, Undo};
use crate::secret::without_line_end;

const LENGTH: &str = "the body must be as long as it was sent; leave `content-length` out if the message was edited";

pub(super) const TRACES: &[Undo<Bytes, Circumstances>] = &[
    Undo { name: "body-line-end", help: RAW, back: appended },
    Undo { name: "body-length", help: LENGTH, back: surplus },
    Undo { name: "body-doubled", help: RAW, back: doubled },
];

pub(super) const TEXTS: &[Undo<Bytes, Circumstances>] = &[Undo { name: "body-line-ends", help: RAW, back: line_ends }];

pub(super) const GUESSES: &[Undo<Bytes, Circumstances>] =
    &[Undo { name: "body-line-end", help: RAW, back: cut }, Undo { name: "body-encoding", help: RAW, back: mark }];

fn appended(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let without = without_line_end(body);
    if without.len() != body.len() {
        originals.add("a line end was appended to the body", body.slice_ref(without));
    }
    if body.trim_ascii().len() != without.len() {
        originals.add("white space was put around the body", body.slice_ref(body.trim_ascii()));
    }
}

fn surplus(body: &Bytes, circumstances: &Circumstances, originals: &mut Originals<Bytes>) {
    if !circumstances.surplus.is_empty() {
        let longer = [body, &circumstances.surplus[..]].concat();
        originals.add("`content-length` is smaller than the body", longer.into());
    }
}

fn doubled(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let half = body.len() / 2;
    if half > 0 && body[..half] == body[half..] {
        originals.add("the body is there twice", body.slice(..half));
    }
}

fn line_ends(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    if !body.iter().any(|byte| b"\r\n".contains(byte)) {
        return;
    }
    let line_feeds = replace(&replace(body, b"\r\n", b"\n"), b"\r", b"\n");
    originals.add("the body's line ends became CR LF", line_feeds.clone().into());
    originals.add("the body's line ends became LF", replace(&line_feeds, b"\n", b"\r\n").into());
}

fn cut(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    for (end, name) in [("\n", "LF"), ("\r\n", "CR LF"), ("\n\n", "two LF"), (" ", "a blank")] {
        let what = format!("white space ({name}) after the body was cut off");
        originals.add(what, [body, end.as_bytes()].concat().into());
    }
}

fn mark(body: &Bytes, _: &Circumstances, originals: &mut Originals<Bytes>) {
    let marked = [b"\xef\xbb\xbf", &body[..]].concat();
    originals.add("the byte order mark before the body was cut off", marked.into());
}

/// Replaces a text everywhere.
fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = match rest.strip_prefix(old) {
            Some(after) => {
                replaced.extend_from_slice(new);
                after
            }
            None => {
                replaced.push(*first);
                after
            }
        };
    }
    replaced
}
