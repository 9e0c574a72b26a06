//! The admission of operators, and the protection of their forms.
//!
//! - Guarantees: a page is shown to a person whom the application's hook or the token link has admitted, under a name that
//!   the application allows. An action needs the token of its session and a request of the page's own origin.
//! - Assumes: the browser keeps cookies apart by host, and states the origin of a request truthfully.
//! - Without it: a foreign page processes deliveries again through the browser of an operator.

mod authorise;
mod hosts;
mod key;
mod link;
mod operator;
mod origin;
mod session;

pub use self::authorise::Access;
pub(crate) use self::authorise::{Authorise, hook};
pub(crate) use self::hosts::{Hosts, host_of};
pub(crate) use self::key::{Key, nonce};
pub use self::link::LinkToken;
pub use self::operator::{Operator, Rights};
pub(crate) use self::origin::{Origin, origin_of};
pub(crate) use self::session::Session;
