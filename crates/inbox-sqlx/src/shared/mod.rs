//! The code of both engines, compiled once for each.
//!
//! sqlx has a type of connection for each engine, and functions that are generic over both would repeat a dozen bounds
//! each. The folder is a module of `sqlite` and of `postgres` instead. Its files use the `dialect`, the `statements`
//! and the `store` of the engine that they are compiled for.

use super::{dialect, statements, store};

pub(super) mod admin;
pub(super) mod attempt;
pub(super) mod claim;
pub(super) mod columns;
pub(super) mod conditions;
pub(super) mod history;
pub(super) mod keys;
pub(super) mod maintenance;
pub(super) mod marks;
pub(super) mod overview;
pub(super) mod payload;
pub(super) mod proof;
pub(super) mod read;
pub(super) mod refused;
pub(super) mod repeat;
pub(super) mod subjects;
pub(super) mod tables;
pub(super) mod traits;
pub(super) mod turns;
pub(super) mod waits;
