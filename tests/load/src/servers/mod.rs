//! The servers: each framework with each handler, in separate processes.

mod actix;
mod axum;
mod tower;

use std::io::BufRead as _;
use std::net::{Ipv4Addr, TcpListener};

use crate::meter::Meter;
use crate::place::Place;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
    /// No framework: our service under hyper.
    Tower,
}

impl Framework {
    /// The frameworks that are loaded, with every handler.
    pub(crate) const ALL: [Self; 2] = [Self::Axum, Self::Actix];
    /// The frameworks that strangers attack, with our handler.
    pub(crate) const WITH_OURS: [Self; 3] = [Self::Axum, Self::Actix, Self::Tower];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Tower => "tower",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::WITH_OURS.into_iter().find(|framework| framework.name() == name)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handler {
    /// Reads the body and answers 200.
    Bare,
    /// Extracts our `Webhook<Redpin>`, mounted as our documentation mounts it, and matches the event.
    Ours,
    /// Verifies with the `svix` crate, decodes with serde_json, and matches the event.
    Svix,
}

impl Handler {
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Ours, Self::Svix];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Ours => "webhook",
            Self::Svix => "svix",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|handler| handler.name() == name)
    }
}

/// Serves until standard input ends, which it does with the process that started this one. The first line of standard
/// output is the address. Every line of input is answered by the resources used until then.
pub(crate) fn serve(framework: Framework, handler: Handler) {
    // Before any other thread exists, so that all threads inherit this CPU and are counted.
    Place::Server.take();
    let mut meter = Meter::open();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    println!("{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            line.unwrap();
            println!("{}", meter.usage());
        }
        std::process::exit(0);
    });
    match framework {
        Framework::Axum => axum::serve(listener, handler),
        Framework::Actix => actix::serve(listener, handler),
        Framework::Tower => tower::serve(listener),
    }
}
