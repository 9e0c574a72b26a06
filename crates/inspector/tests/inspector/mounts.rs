//! The page in real servers, over real sockets.
