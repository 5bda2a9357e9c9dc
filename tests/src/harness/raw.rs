//! HTTP by hand, for what no client sends.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::wait::PATIENCE;

/// A connection to the server at `url`.
pub fn connect(url: &str) -> TcpStream {
    let socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Sends bytes as they are.
pub fn send(socket: &mut TcpStream, bytes: &[u8]) {
    socket.write_all(bytes).unwrap();
    socket.flush().unwrap();
}

/// A request's text; the connection stays open.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    format!("{text}\r\n{body}")
}

/// Everything until the server closes.
pub fn read_to_end(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A server that refuses a body it has not read may reset the connection after its answer.
    let _ = socket.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The head of the next answer, up to its empty line.
pub fn read_head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let read = socket.read(&mut byte).expect("the head comes");
        assert_eq!(read, 1, "closed after {}", String::from_utf8_lossy(&head));
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Whether the server has said something.
pub fn has_answer(socket: &TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let answered = socket.peek(&mut [0]).is_ok();
    socket.set_nonblocking(false).unwrap();
    answered
}
