//! A platform from a file: a [`Profile`] has the facts that a built-in platform has in code.
//!
//! Its events are raw: a name, an id, and values [by JSON pointer](Event::get). For typed events, write a type of your own
//! that implements [`Platform`](crate::platform::Platform).
//!
//! ```toml
//! name = "rewardful"                      # in URLs, logs and metrics
//! title = "Rewardful"                     # for people
//! scheme = { kind = "body-hmac", header = "X-Rewardful-Signature", encoding = "hex", key = "text" }
//! event = { name = ["/event/type"], id = ["/event/id"], strength = "platform" }
//! time = { at = "/event/created_at", unit = "rfc3339", of = "event" }
//! contract = { success = [200], transient = 503, give-up = "3d" }
//! personal = ["/object/email", "/object/first_name", "/object/last_name", "/object/affiliate"]
//! ```
//!
//! An unknown key is an error that names the nearest one. `refhook profile check FILE` explains a profile, and
//! [`notices`](Profile::notices) lists its open points.
//!
//! # The proof: `scheme`
//!
//! | `kind` | settings |
//! |---|---|
//! | `body-hmac` | `header`; `prefix`, such as `sha256=`; `encoding`: `hex`, `base64` or `either`; `key`: `text`, `hex` or `text-or-hex`; `form`: the field of a form that holds the JSON |
//! | `timestamped-hmac` | `header`; `time` and `signature`: the names of the elements, by default `t` and `v1`; `unit`: `s` or `ms` |
//! | `svix` | |
//! | `url-token` | |
//! | `header-token` | `header`; `prefix`, such as `Bearer ` |
//! | `body-token` | `member`: the member at the top of the body that holds the secret; `form`: the field of a form whose JSON may hold the body |
//! | `detached-jws` | `header`; `algorithm`: `rs256` or `es256` alone. It needs the feature `jws`, and its secret is a key set |
//! | `unsigned` | `token`: `url`, `header` or `body`, with the settings of the three above |
//!
//! MD5 and SHA-1 are refused. Treat their senders as unsigned.
//!
//! # Name and id: `event`, `items`, `scope`
//!
//! - `event.name`: a pointer; a list of pointers (the first present one counts); `{ fixed = "…" }` for every
//!   request to the URL; or `{ header = "…" }`, which no signature covers, so that it names an event and
//!   identifies none, see [`is_name_proven`](Event::is_name_proven).
//! - `event.id`: a pointer; a list of pointers, which are joined; `{ first = […] }`, of which the first present one counts;
//!   `message-id` of the scheme; or `digest`. Without it, it is the scheme's message id or a digest. If a member is missing,
//!   it is a digest. A number and a text with the same digits are one id.
//! - `event.ids`: a table of such rules by the event's name.
//! - `event.strength`: `platform` if the platform makes the id for this purpose, or `fields` (default).
//! - `event.digest-without`: pointers to values that a retry changes.
//! - `items.at`: a pointer to a list of which each element is an event. `items.id`: a pointer that begins at the element; or
//!   a list, of which the first present one counts. The event's name is a part of an item's id.
//! - `scope`: a pointer to a tenant, which is a part of every id.
//!
//! # Time: `time`, `tolerance`
//!
//! - `time.at`, `time.unit` (`rfc3339`, `s`, `ms`) and `time.of`: the time of the `event`, which can be old in a genuine
//!   delivery, or of the `sending`.
//! - `tolerance`: a duration, or `{ past = "…", future = "…" }`. It needs a signed time: of the scheme, or of the `sending`
//!   in a signed body.
//!
//! # Marks: `test`, `personal`, `secret`
//!
//! - `test.at` and `test.is`: a pointer, and its value in a test delivery.
//! - `personal`, `secret`: pointers, in which `*` stands for every member or element. Without `personal`, the whole body is
//!   personal.
//!
//! # What happened: `summary`
//!
//! By the event's name, one of the words of [`Happening`](crate::summary::Happening), or a table: `is`; `amount` with `unit`
//! (`minor`, `major`, `points`, `unknown`) and `currency` (a pointer, or three letters); `advocate` and `friend`, each with
//! pointers `id`, `own-id`, `code`, `name`, `email`; `subject`. The pointers begin at the event, or at the item.
//!
//! ```toml
//! [summary]
//! "partner.created" = "member-joined"
//! "reward.created" = { is = "reward-earned", amount = "/data/amount", unit = "minor", currency = "/data/currency" }
//! ```
//!
//! # Answers: `contract`
//!
//! - `success`: `[200]` (default) or `"2xx"`. `transient`, `unproven`, `undecided`, `stale`: statuses as in
//!   [`Contract`](crate::Contract). `retry-after`, `deadline`: durations.
//! - `retries`: `{ offsets = […] }` from the first attempt, `{ delays = […] }` between attempts, `{ step = "15m", until =
//!   "24h" }`, `{ step = "1h", times = 72 }`, `{ growing-step = "20m", times = 3 }` for 20, 60 and 120 minutes, `"none"`, or
//!   `"unknown"` (default). `unbounded = true` says that they never end, also after offsets.
//! - `give-up`: the time after which the platform gives up.
//! - `redelivery`: `"never"`, `"any-time"`, `{ within = "90d" }` or `"unknown"` (default).
//! - `disabling`: `"never"`, `{ after = "5d" }`, `{ failures = 20 }` in a row, or `"unknown"` (default).
//! - `never`: a list of `{ status = 410, effect = "…" }`; `status = [500, 599]` is a range.
//! - `acknowledges`: by the event's name, `"receipt"` (default), `"fulfilment"`, or the two answers to a question, `{ yes =
//!   200, no = 400 }`.
//!
//! Durations are texts such as `"3d"` and `"2h 35m 5s"`, with the units ms, s, m, h, d and w.

mod clock;
mod duration;
mod event;
mod explain;
mod facts;
mod fault;
mod identify;
mod identity;
mod loaded;
mod nearest;
mod node;
mod notice;
mod pointer;
mod privacy;
#[expect(clippy::module_inception, reason = "the type has the name of its concept")]
mod profile;
mod proof;
mod reactions;
mod reading;
mod sample;
mod scan;
mod schedule;
mod spec;
mod table;
mod view;

pub use event::Event;
pub use notice::Notice;
pub use profile::Profile;
