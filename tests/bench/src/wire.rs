//! HTTP/1.1 over one connection that stays open, with as little work as possible: the generator has
//! one core and must not be what is measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// A request, written out once and sent often.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    bytes: Arc<[u8]>,
}

impl Request {
    /// `POST` with a JSON body.
    pub(crate) fn post(path: &str, key: &str, body: &str) -> Self {
        let length = body.len();
        Self::new(format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// `GET` of JSON.
    pub(crate) fn get(path: &str, key: &str) -> Self {
        Self::new(format!(
            "GET {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nAccept: application/json\r\n\r\n"
        ))
    }

    /// `GET` of JSON through a proxy, from a caller at that address.
    pub(crate) fn forwarded(path: &str, key: &str, caller: Ipv4Addr) -> Self {
        Self::new(format!(
            "GET {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nAccept: application/json\r\n\
             X-Forwarded-For: {caller}\r\n\r\n"
        ))
    }

    fn new(text: String) -> Self {
        Self { bytes: text.into_bytes().into() }
    }
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub status: u16,
    /// Its first line and its headers.
    pub head: &'a [u8],
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// Fails unless it has this status and contains these bytes.
    pub(crate) fn must_be(&self, status: u16, part: &str) -> Result<()> {
        let has = part.is_empty() || self.body.windows(part.len()).any(|window| window == part.as_bytes());
        if self.status != status || !has {
            let body = String::from_utf8_lossy(self.body);
            bail!("expected {status} with {part}, got {} with {body}", self.status);
        }
        Ok(())
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was received; its front is the answer of the last exchange.
    received: Vec<u8>,
    /// Length of that answer.
    answered: usize,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(8 * 1024), answered: 0 })
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn exchange(&mut self, request: &Request) -> Result<Answer<'_>> {
        self.received.drain(..self.answered.min(self.received.len()));
        self.answered = 0;
        self.stream.write_all(&request.bytes).await?;
        let head = loop {
            if let Some(place) = self.received.windows(HEAD_END.len()).position(|window| window == HEAD_END) {
                break place;
            }
            self.receive().await?;
        };
        let begins = head + HEAD_END.len();
        let (status, length) = understand(self.received.get(..head).unwrap_or_default())?;
        while self.received.len() < begins + length {
            self.receive().await?;
        }
        self.answered = begins + length;
        let part = |range: Range<usize>| self.received.get(range).unwrap_or_default();
        Ok(Answer { status, head: part(0..head), body: part(begins..self.answered) })
    }

    async fn receive(&mut self) -> Result<()> {
        let count = self.stream.read_buf(&mut self.received).await?;
        ensure!(count > 0, "the server closed the connection");
        Ok(())
    }
}

/// Status and length of the body.
fn understand(head: &[u8]) -> Result<(u16, usize)> {
    let head = std::str::from_utf8(head).context("the head of an answer is no text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Ok((status.context("an answer without a status")?, length.context("an answer of unknown length")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_understood() {
        let head = b"HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length:  17";
        assert_eq!(understand(head).unwrap(), (202, 17));
        assert!(understand(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").is_err());
        assert!(understand(b"").is_err());
    }

    #[test]
    fn wrong_answers_are_errors() {
        let answer = Answer { status: 200, head: b"", body: b"{\"status\":\"failed\"}" };
        assert!(answer.must_be(200, "\"failed\"").is_ok());
        assert!(answer.must_be(200, "\"completed\"").is_err());
        assert!(answer.must_be(202, "").is_err());
    }
}
