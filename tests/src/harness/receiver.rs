//! A receiver of webhooks that does as it is told and keeps what arrives.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::outside::{block_on, spawn};
use super::until;

const ENDLESS: u64 = 10 << 30;

/// What is done with a post.
#[derive(Clone, Debug)]
pub enum Reaction {
    /// An answer with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Nothing, and the connection stays open.
    Hang,
    /// Nothing, and the connection closes.
    Close,
    /// A head, half of a body, and the connection closes.
    CloseInside,
    /// A head with this status, and then a byte now and then for ever.
    Drip(u16),
    /// A head, and 10 GiB.
    Endless,
}

impl Reaction {
    /// An answer without headers.
    pub fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), format!("said {status}"))
    }
}

/// A post as it arrived.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its path.
    pub path: String,
    /// Headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body, byte by byte.
    pub text: String,
}

impl Post {
    /// `webhook-id`.
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// The body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

#[derive(Default)]
struct Seen {
    connections: usize,
    posts: Vec<Post>,
    written: u64,
}

type Script = dyn Fn(&Post, usize) -> Reaction + Send + Sync;

/// A running receiver.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Receiver {
    /// `script` gets each post with how many there were before.
    pub fn start(script: impl Fn(&Post, usize) -> Reaction + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", script)
    }

    /// The same at that address.
    pub fn at(address: &str, script: impl Fn(&Post, usize) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = block_on(TcpListener::bind(address)).unwrap();
        let receiver = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let (seen, script): (_, Arc<Script>) = (Arc::clone(&receiver.seen), Arc::new(script));
        spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                lock(&seen).connections += 1;
                spawn(serve(socket, Arc::clone(&seen), Arc::clone(&script)));
            }
        });
        receiver
    }

    /// Always 204.
    pub fn content() -> Self {
        Self::start(|_, _| Reaction::status(204))
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A URL there.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything that arrived.
    pub fn posts(&self) -> Vec<Post> {
        lock(&self.seen).posts.clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        lock(&self.seen).connections
    }

    /// How many bytes of endless answers were written.
    pub fn written(&self) -> u64 {
        lock(&self.seen).written
    }

    /// Waits until so many posts arrived; all of them.
    pub fn wait_for(&self, posts: usize) -> Vec<Post> {
        until(&format!("{posts} posts arrive"), || (self.posts().len() >= posts).then(|| self.posts()))
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut socket: TcpStream, seen: Arc<Mutex<Seen>>, script: Arc<Script>) {
    let Some(post) = read(&mut socket).await else { return };
    let before = {
        let mut seen = lock(&seen);
        seen.posts.push(post.clone());
        seen.posts.len() - 1
    };
    // Whoever hung up meanwhile is none of our business.
    let _ = react(&mut socket, script(&post, before), &seen).await;
}

async fn react(socket: &mut TcpStream, reaction: Reaction, seen: &Mutex<Seen>) -> std::io::Result<()> {
    match reaction {
        Reaction::Answer(status, headers, body) => {
            let headers: String =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let body = if status == 204 { String::new() } else { body };
            let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
            socket.write_all(format!("{head}{body}").as_bytes()).await
        }
        Reaction::Hang => {
            while socket.read(&mut [0; 64]).await? > 0 {}
            Ok(())
        }
        Reaction::Close => Ok(()),
        Reaction::CloseInside => {
            socket.write_all(b"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nhalf of it").await
        }
        Reaction::Drip(status) => {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 1000000\r\n\r\n");
            socket.write_all(head.as_bytes()).await?;
            loop {
                socket.write_all(b".").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Reaction::Endless => {
            let head = format!("HTTP/1.1 500 X\r\nContent-Length: {ENDLESS}\r\n\r\n");
            socket.write_all(head.as_bytes()).await?;
            loop {
                socket.write_all(&[b' '; 65_536]).await?;
                lock(seen).written += 65_536;
            }
        }
    }
}

async fn read(socket: &mut TcpStream) -> Option<Post> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let (line, headers) = head.split_once("\r\n")?;
            let headers = headers.lines().filter_map(|line| line.split_once(':'));
            let headers: BTreeMap<_, _> =
                headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
            let length: usize = headers.get("content-length")?.parse().ok()?;
            if bytes.len() >= end + 4 + length {
                let path = line.split(' ').nth(1)?.to_owned();
                let text = String::from_utf8(bytes[end + 4..end + 4 + length].to_vec()).ok()?;
                return Some(Post { path, headers, text });
            }
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
