//! The console's listener: pages and server functions of `app`, its files, its stream.

mod assets;
mod backend;
mod guard;
mod listener;
mod stream;

pub use listener::server;
