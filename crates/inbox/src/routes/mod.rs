//! Ready-made routes: verify a request, store the delivery, answer the platform.

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "tower")]
mod tower;
