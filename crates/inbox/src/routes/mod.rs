//! Ready-made routes.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "tower")]
mod tower;
