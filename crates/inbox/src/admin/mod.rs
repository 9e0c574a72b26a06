//! The actions of operators. Each one writes a history line with the name of the person.

mod erase;
mod one_entry;
mod redecode;
mod redelivered;
mod stored;

pub use self::erase::Erased;
pub use self::redecode::Redecoded;
pub use self::redelivered::Redelivered;
