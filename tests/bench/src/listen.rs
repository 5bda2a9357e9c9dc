//! Reading an event stream, and how old each event is when it arrives.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Where an event says when it was decided.
const TIME: &[u8] = b"\"time\":\"";

/// An open stream.
#[derive(Debug)]
pub(crate) struct Listener {
    stream: TcpStream,
}

impl Listener {
    /// Opens the stream at `path`; its head is read.
    pub(crate) async fn open(address: SocketAddr, path: &str, key: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nAccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        ensure!(head.starts_with(b"HTTP/1.1 200 "), "no stream: {}", String::from_utf8_lossy(&head));
        Ok(Self { stream })
    }

    /// Reads until then; how old each event was that was decided from `from` on.
    pub(crate) async fn listen(&mut self, from: OffsetDateTime, until: Instant) -> Result<Vec<Duration>> {
        let (mut ages, mut received) = (Vec::new(), Vec::with_capacity(8 * 1024));
        loop {
            let Ok(read) = tokio::time::timeout_at(until, self.stream.read_buf(&mut received)).await else {
                return Ok(ages);
            };
            ensure!(read? > 0, "the server closed the stream");
            let now = OffsetDateTime::now_utc();
            for at in times(&received)? {
                if at >= from {
                    ages.push((now - at).try_into().unwrap_or_default());
                }
            }
            // What may be the beginning of another time is looked at again.
            received.drain(..incomplete(&received).unwrap_or(received.len()));
        }
    }
}

/// Where a time begins whose end has not arrived.
fn incomplete(bytes: &[u8]) -> Option<usize> {
    let begins = bytes.windows(TIME.len()).rposition(|window| window == TIME);
    let open = begins.filter(|at| !bytes.get(at + TIME.len()..).unwrap_or_default().contains(&b'"'));
    let begun = || (1..TIME.len()).rev().find(|n| bytes.ends_with(TIME.get(..*n).unwrap_or(TIME)));
    open.or_else(|| begun().map(|n| bytes.len() - n))
}

/// The times that are there as a whole.
fn times(bytes: &[u8]) -> Result<Vec<OffsetDateTime>> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(TIME.len()).position(|window| window == TIME) {
        rest = rest.get(at + TIME.len()..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b'"') else { break };
        let text = std::str::from_utf8(rest.get(..end).unwrap_or_default())?;
        found.push(OffsetDateTime::parse(text, &Rfc3339).context("an event without a time")?);
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_wherever_they_are_cut() {
        let whole =
            b"id: 1\ndata: {\"seq\":1,\"time\":\"2026-01-31T09:30:00.125Z\",\"type\":\"x\"}\n\n".repeat(2);
        for cut in 0..whole.len() {
            let (mut received, mut found) = (Vec::new(), 0);
            for part in [&whole[..cut], &whole[cut..]] {
                received.extend_from_slice(part);
                found += times(&received).unwrap().len();
                received.drain(..incomplete(&received).unwrap_or(received.len()));
            }
            assert_eq!(found, 2, "cut at {cut}");
        }
    }
}
