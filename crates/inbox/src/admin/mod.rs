//! The actions of operators. Each one writes a history line with the name of the person.

mod erase;
mod one_entry;
mod redecode;
mod redelivered;
mod selection;
mod stored;
mod stored_entry;

pub use self::erase::Erased;
pub use self::redecode::Redecoded;
pub use self::redelivered::Redelivered;
pub use self::selection::{Changed, Selection};
pub use self::stored_entry::StoredEntry;
