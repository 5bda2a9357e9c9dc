//! One connection to the provider: as much of HTTP/1.1 as its callers speak.

use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::provider::Inner;
use super::{Call, Reply};

/// What an endless answer repeats.
const PIECE: &[u8] = &[b' '; 64 * 1024];
const ENDLESS: u64 = 10 << 30;

/// Answers requests until somebody closes.
pub async fn serve(mut socket: TcpStream, inner: Arc<Inner>) {
    while let Some((head, body)) = read(&mut socket).await {
        let call = note(&inner, &head, body);
        let reply = (inner.script)(&call);
        match answer(&mut socket, &inner, &reply, &call).await {
            Some(true) => inner.seen().answered += 1,
            Some(false) => return,
            None => {
                inner.seen().hung_up += 1;
                return;
            }
        }
    }
}

async fn read(socket: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let length: usize = header(&head, "content-length").parse().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some((head, serde_json::from_slice(&bytes[end + 4..]).ok()?));
            }
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn header(head: &str, name: &str) -> String {
    let found = head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    found.unwrap_or_default()
}

fn note(inner: &Inner, head: &str, body: Value) -> Call {
    let mut seen = inner.seen();
    let key = header(head, "idempotency-key");
    let call = Call {
        place: seen.calls.len(),
        before: seen.calls.iter().filter(|call| call.key == key).count(),
        key,
        authorization: header(head, "authorization"),
        body,
    };
    seen.calls.push(call.clone());
    call
}

/// Whether the connection goes on; `None`: the caller hung up.
async fn answer(socket: &mut TcpStream, inner: &Inner, reply: &Reply, call: &Call) -> Option<bool> {
    match reply {
        Reply::Close => return Some(false),
        Reply::Silence => {
            gone(socket).await;
            return None;
        }
        Reply::Endless => return endless(socket, inner).await,
        Reply::Held(_) => {
            let mut released = inner.released.subscribe();
            tokio::select! {
                _ = released.wait_for(|released| *released) => {}
                () = gone(socket) => return None,
            }
        }
        Reply::Say(_) | Reply::UseTool(_) | Reply::Status(..) => {}
    }
    let bytes = reply.bytes(call);
    socket.write_all(&bytes).await.ok()?;
    inner.seen().bytes += u64::try_from(bytes.len()).unwrap();
    Some(true)
}

/// Resolves when the caller closes: it sends nothing more before it has its answer.
async fn gone(socket: &mut TcpStream) {
    while socket.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
}

async fn endless(socket: &mut TcpStream, inner: &Inner) -> Option<bool> {
    let head =
        format!("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: {ENDLESS}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.ok()?;
    let mut left = ENDLESS;
    while left > 0 {
        socket.write_all(PIECE).await.ok()?;
        let written = u64::try_from(PIECE.len()).unwrap();
        left = left.saturating_sub(written);
        inner.seen().bytes += written;
    }
    Some(true)
}
