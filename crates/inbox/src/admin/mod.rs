//! The actions of operators. Each one writes a history line with the name of the person.

mod any_intake;
mod erase;
mod erase_everywhere;
mod one_entry;
mod redecode;
mod redelivered;
mod selection;
mod stored;
mod stored_request;

pub use self::any_intake::AnyIntake;
pub use self::erase::Erased;
pub use self::erase_everywhere::Concerned;
pub use self::redecode::Redecoded;
pub use self::redelivered::Redelivered;
pub use self::selection::{Changed, Selection};
pub use self::stored_request::StoredRequest;
