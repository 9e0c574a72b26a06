//! Accidents as people's tools cause them, one row each, alone and in pairs.
//!
//! The rows are made of literals and of other serialisers than the doctor's, so that they do not agree with it by
//! construction.

mod bodies;
mod grid;
mod heads;
mod limits;
mod made;
mod places;
mod secrets;
mod silence;
