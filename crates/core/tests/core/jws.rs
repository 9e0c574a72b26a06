//! Detached JSON Web Signatures: published vectors, forgeries, key sets.

mod forgeries;
mod key_sets;
mod known;
mod vectors;
