//! A server whose every byte is decided by the test.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::PATIENCE;

/// What the server does with one request.
#[derive(Clone)]
pub enum Reply {
    /// An answer as it should be.
    Whole { status: u16, headers: String, body: String },
    /// These bytes, then nothing, and the connection stays open.
    Stuck(String),
    /// These bytes, then the end.
    Cut(String),
    /// These bytes, then the second text again and again, 10 GiB of it.
    Endless(String, String),
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::with_headers(status, "", &body.to_string())
    }

    pub fn with_headers(status: u16, headers: &str, body: &str) -> Self {
        Self::Whole { status, headers: headers.to_owned(), body: body.to_owned() }
    }

    fn bytes(&self) -> String {
        match self {
            Self::Whole { status, headers, body } => format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n\
                 Content-Length: {}\r\n{headers}\r\n{body}",
                body.len()
            ),
            Self::Stuck(bytes) | Self::Cut(bytes) | Self::Endless(bytes, _) => bytes.clone(),
        }
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Value,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// How a connection ended: bytes written by the server in a reply that the client broke off, `None`
/// where the client let the server finish.
pub type Ended = Option<u64>;

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    arrived: mpsc::UnboundedReceiver<()>,
    ended: mpsc::UnboundedReceiver<Ended>,
}

impl Server {
    /// Gives these replies one after the other, the last one for ever.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let replies: Vec<Reply> = replies.into_iter().collect();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (tell_arrived, arrived) = mpsc::unbounded_channel();
        let (tell_ended, ended) = mpsc::unbounded_channel();
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            for turn in 0.. {
                let Ok((mut socket, _)) = listener.accept().await else {
                    return;
                };
                let Some(request) = read(&mut socket).await else {
                    continue;
                };
                record.lock().unwrap().push(request);
                let _ = tell_arrived.send(());
                let reply = replies.get(turn).or(replies.last()).cloned().unwrap();
                let tell_ended = tell_ended.clone();
                tokio::spawn(async move {
                    let _ = tell_ended.send(serve(&mut socket, &reply).await);
                });
            }
        });
        Self { url, seen, arrived, ended }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until a request has arrived.
    pub async fn arrival(&mut self) {
        tokio::time::timeout(PATIENCE, self.arrived.recv()).await.expect("a request arrives").unwrap();
    }

    /// Waits until a connection has ended.
    pub async fn ended(&mut self) -> Ended {
        tokio::time::timeout(PATIENCE, self.ended.recv()).await.expect("the connection ends").unwrap()
    }
}

async fn read(socket: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let seen = Seen { head, body: Value::Null };
            let length: usize = seen.header("content-length").unwrap_or("0").parse().ok()?;
            if bytes.len() >= end + 4 + length {
                let body = serde_json::from_slice(&bytes[end + 4..]).unwrap_or(Value::Null);
                return Some(Seen { body, ..seen });
            }
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

async fn serve(socket: &mut TcpStream, reply: &Reply) -> Ended {
    let bytes = reply.bytes();
    let mut written = u64::try_from(bytes.len()).unwrap();
    if socket.write_all(bytes.as_bytes()).await.is_err() {
        return Some(written);
    }
    match reply {
        Reply::Whole { .. } | Reply::Cut(_) => {
            let _ = socket.shutdown().await;
            None
        }
        Reply::Stuck(_) => {
            // Zero bytes and an error both mean that the client is gone.
            while socket.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
            Some(written)
        }
        Reply::Endless(_, piece) => {
            while written < 10 << 30 {
                if socket.write_all(piece.as_bytes()).await.is_err() {
                    return Some(written);
                }
                written += u64::try_from(piece.len()).unwrap();
            }
            None
        }
    }
}
