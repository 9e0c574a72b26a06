//! The process of a server.

use std::io::BufRead as _;
use std::net::{Ipv4Addr, TcpListener};

use super::kinds::{Framework, Handler};
use super::{actix, axum, tower};
use crate::meter::Meter;
use crate::place::Place;

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
