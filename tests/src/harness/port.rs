//! Ports for what a test starts and cannot ask where it listens.

use std::net::TcpListener;

/// A port on which nobody listens right now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
