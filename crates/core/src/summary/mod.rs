//! The platform-neutral view of an event.
//!
//! A merchant who changes the platform, or has two, writes one handler for [`Summary`]. The view is derived from the typed
//! event and replaces neither the event nor the body: two platforms that report one happening may mean it differently. The
//! page `docs/events.md` maps every event of every platform, and marks each cell as documented or assumed.

mod happening;
mod party;
mod sum;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
mod summary;

pub use happening::Happening;
pub use party::Party;
pub use sum::{Sum, Unit};
pub use summary::Summary;
