//! One configuration for all verbs: flags, environment, `refhook.toml`, in this order.
//!
//! The values of the environment and of the file become flags in front of the given ones, so that clap parses them, and its rules for conflicts and
//! requirements hold for them. A value that conflicts with a given flag, or that lacks another argument which it requires, is not used.

mod endpoint;
mod file;
mod find;
mod key;
mod layers;
mod show;
mod value;
mod words;

pub(crate) use self::layers::apply;
pub(crate) use self::show::ConfigCommand;
pub(crate) use self::words::option;
