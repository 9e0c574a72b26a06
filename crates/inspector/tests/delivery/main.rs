//! The page of a delivery, refused requests, history and health, as a browser asks for them.

mod downloads;
mod endpoints;
mod history;
mod hostile;
mod kinds;
mod mask;
mod parts;
mod refused;
mod reveal;

mod site;
